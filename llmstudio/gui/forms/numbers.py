"""Numbers as people read and type them: separators between thousands, no exponents, and steps that make sense."""

import math
from decimal import Decimal
from typing import Any

from llmstudio.config.option import OptionInfo


def shown(value: Any, *, name: bool = False) -> str:
    """A number for an editor: 4000 is "4,000", 2e-05 is "0.00002". Anything else, and a `name`, as it is."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, int):
        return str(value) if name else f"{value:,}"
    if isinstance(value, float) and math.isfinite(value):
        text = format(Decimal(repr(value)), ",f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def read(text: str, kind: str) -> Any:
    """The number a person typed, the text itself where it is none (the check then says so), None for nothing."""
    bare = text.strip().replace(",", "").replace(" ", "").replace("\u202f", "").replace("_", "")
    if not bare:
        return None
    try:
        number = float(bare)
    except ValueError:
        return text.strip()
    if not math.isfinite(number):
        return text.strip()
    if kind == "int":
        return int(number) if number == int(number) else number
    return number


def stepped(value: float, up: bool, info: OptionInfo) -> float | int:
    """The next value for an arrow key: by one or doubled, by a twentieth or by a quarter, inside the bounds."""
    if info.kind == "int":
        stepping: float = value * 2 if up else value // 2
        moved = stepping if info.scale == "log" and value else value + (1 if up else -1)
    elif info.scale == "log":
        moved = float(f"{value * (1.25 if up else 0.8):.2g}")
    else:
        size = 0.05 if (info.maximum or 10) <= 1 else 0.1
        moved = round(value + (size if up else -size), 6)
    return _bounded(moved, info)


def _bounded(value: float, info: OptionInfo) -> float | int:
    if info.minimum is not None:
        value = max(value, info.minimum)
    if info.maximum is not None:
        value = min(value, info.maximum)
    return int(value) if info.kind == "int" else value
