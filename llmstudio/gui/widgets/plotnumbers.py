"""Numbers of axes and cards: round tick values, and how they are written. Plain Python, loaded at once."""

import math


def ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round values between `low` and `high`: steps of 1, 2 or 5 times a power of ten, at most `most`."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    rough = (high - low) / max(1, most - 1)
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(n * step, 12) for n in range(first, last + 1)]


def log_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round values between two positive numbers on a logarithmic axis, spread by factors of 10, 5 or 2."""
    if not (0 < low < high):
        return []
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        found = [f * 10.0**p for p in powers for f in factors if low * 0.999 <= f * 10.0**p <= high * 1.001]
        if len(found) <= most:
            return found if len(found) >= 2 else ticks(low, high, most)
    stride = math.ceil(len(found) / most)
    return found[::stride]


def rounded(low: float, high: float, most: int = 7) -> tuple[float, float]:
    """The range opened to round values at both ends."""
    if high <= low:
        pad = abs(low) * 0.05 or 0.5
        low, high = low - pad, high + pad
    found = ticks(low, high, most)
    step = found[1] - found[0] if len(found) > 1 else high - low
    return math.floor(low / step + 1e-6) * step, math.ceil(high / step - 1e-6) * step


def label(value: float, step: float) -> str:
    """A tick's number with as many decimals as tell it from its neighbour: (0.5, 0.5) -> "0.5"."""
    if value == 0:
        return "0" if step >= 1 else f"{0:.{_decimals(step)}f}"
    if abs(value) < 1e-4 or abs(value) >= 1e9:
        return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e")
    return f"{value:,.{_decimals(step)}f}"


def figure(value: float, decimals: int = 3) -> str:
    """A value as cards and tables write it: fixed decimals, three figures where that would leave none."""
    if not math.isfinite(value):
        return "–"
    if value and abs(value) < 10.0 ** (1 - decimals):
        return f"{value:.3g}"
    return f"{value:,.{decimals}f}"


def _decimals(step: float) -> int:
    """Decimals that show `step` exactly: 0.5 -> 1, 0.25 -> 2, 100 -> 0."""
    for decimals in range(12):
        if math.isclose(round(step, decimals), step, rel_tol=1e-6):
            return decimals
    return 12
