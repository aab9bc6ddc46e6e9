"""The small JSON files beside foreign weights. Nothing in them is ever a path, a class or code to us."""

import json
from pathlib import Path
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.engine.convert.tensorfile import AGAIN

LARGEST = 16 * 1024 * 1024
LARGEST_INDEX = 64 * 1024 * 1024


def table(path: Path, most: int = LARGEST) -> dict[str, Any]:
    """The table in a JSON file. UserError where it is missing, too large, or holds something else."""
    return parsed(path.name, text(path, most))


def parsed(name: str, content: str) -> dict[str, Any]:
    """The table in the text of a file called `name`."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name} is damaged: it is not JSON.", AGAIN) from error
    if not isinstance(found, dict):
        raise UserError(f"{name} is damaged: it is no table.", AGAIN)
    return found


def optional(path: Path) -> dict[str, Any]:
    """As `table`; empty where there is no such file."""
    return table(path) if path.is_file() else {}


def text(path: Path, most: int = LARGEST) -> str:
    """The text of a file. UserError where it is missing, too large, or no UTF-8."""
    try:
        if path.stat().st_size > most:
            raise UserError(f"{path.name} is far too large.", AGAIN)
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UserError(f"{path.name} cannot be read.", "Check that the file exists and may be read.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is damaged: it is not UTF-8.", AGAIN) from error


def licence(folder: Path) -> str:
    """What the card of a model (README.md) names as its licence before its text; "" where it names none."""
    card = folder / "README.md"
    if not card.is_file():
        return ""
    with card.open("rb") as file:
        head = file.read(65_536).decode("utf-8", "replace")
    lines = head.split("---")[1].splitlines() if head.startswith("---") and head.count("---") > 1 else []
    named = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    found = named.get("license_name") if named.get("license") == "other" else named.get("license")
    return (found or "").strip("\"'")[:80]
