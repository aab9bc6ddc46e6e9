"""Words for counts, bytes, rates and durations, the same in the window and in the terminal."""

import math

_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_BYTES = ("bytes", "KB", "MB", "GB", "TB", "PB")


def number(value: float, decimals: int = 0) -> str:
    """A number with thousands separators: 1234 -> "1,234"; not finite -> an en dash."""
    return f"{value:,.{decimals}f}" if math.isfinite(value) else "–"


def count(value: float) -> str:
    """A count in words above a million: 1,234,567 -> "1.23 million"."""
    for scale, word in _SCALES:
        if abs(value) >= scale:
            return f"{value / scale:.3g} {word}"
    return number(value)


def short(value: float) -> str:
    """A count for narrow places: 1,234,567 -> "1.23 M", 12,345 -> "12.3 k"."""
    for scale, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= scale:
            return f"{value / scale:.3g} {letter}"
    return number(value)


def size(value: float) -> str:
    """Bytes in decimal units: 3,400,000 -> "3.4 MB"."""
    if abs(value) < 1000:
        return "1 byte" if value == 1 else f"{value:.0f} bytes"
    power = 0
    while abs(value) >= 999.5 and power < len(_BYTES) - 1:
        value /= 1000
        power += 1
    return f"{value:.3g} {_BYTES[power]}"


def duration(seconds: float) -> str:
    """A duration in its two largest units: 440 -> "7 min 20 s"."""
    if not math.isfinite(seconds):
        return "–"
    if seconds < 1:
        return "under 1 s"
    whole = round(seconds)
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    first = next(i for i, (amount, _) in enumerate(parts) if amount)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[first : first + 2] if amount)


def rate(value: float, unit: str) -> str:
    """A rate: (74512, "tokens") -> "74,500 tokens/s", three figures kept."""
    if not math.isfinite(value):
        return "–"
    if value >= 100:
        step = 10 ** max(0, math.floor(math.log10(value)) - 2)
        return f"{round(value / step) * step:,.0f} {unit}/s"
    return f"{value:.3g} {unit}/s"


def percent(share: float, decimals: int = 0) -> str:
    """A share of one as per cent: 0.6 -> "60 %"."""
    return f"{100 * share:.{decimals}f} %" if math.isfinite(share) else "–"


def plural(value: int, word: str, many: str = "") -> str:
    """(1, "row") -> "1 row", (41200, "row") -> "41,200 rows"."""
    return f"{number(value)} {word if value == 1 else many or word + 's'}"


def measured(value: float, unit: str) -> str:
    """A measured figure with its unit, three figures kept: (6.1e11, "FLOP/s") -> "611 GFLOP/s"."""
    if not math.isfinite(value):
        return "–"
    if unit == "bytes/s":
        return f"{size(value)}/s"
    if unit == "bytes":
        return size(value)
    if unit == "s":
        return f"{1000 * value:.3g} ms" if value < 1 else f"{value:.3g} s"
    if unit == "FLOP/s":
        for scale, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
            if value >= scale:
                return f"{value / scale:.3g} {letter}FLOP/s"
    name, _, per = unit.partition("/")
    return rate(value, name) if per == "s" else f"{value:,.3g} {unit}"


def times(value: float) -> str:
    """How many times better: 4.132 -> "4.13 times"."""
    return f"{value:.3g} times" if math.isfinite(value) else "–"
