"""One true sentence about a run's curves: level, direction, gap, and what is unusual."""

import numpy as np

from llmstudio.base import units
from llmstudio.gui.widgets.plotdata import Array, Smoother
from llmstudio.gui.widgets.plotnumbers import figure

ENOUGH = 500  # readings after which an average of weight 0.9 no longer knows what came before
MANY = 20_000  # readings of which a share tells the direction as well as all do
FEW = 8  # readings below which nothing can be said about a direction


def loss_sentence(
    steps: Array,
    loss: Array,
    val_steps: Array,
    val_loss: Array,
    *,
    jump: tuple[float, float, float] | None = None,
    done: bool = False,
) -> str:
    """Where the loss is, whether it still falls, and how far validation is from it.

    `jump` = (step, before, after) of a spike that has not come back. Losses in nats per token.
    """
    begin, late = _finite(loss[:ENOUGH]), _finite(loss[-ENOUGH:])
    late = late if len(late) else _finite(loss)[-ENOUGH:]
    if not len(late):
        return ""
    first = float(begin[0]) if len(begin) else float(late[0])
    smooth = Smoother(0.9).line(late)
    if jump is not None:
        step, before, after = jump
        words = f"Loss fell to {before:.2f} by step {units.number(step)}, then jumped to {after:.2f}."
    else:
        verb = "fell" if done else "has fallen"
        words = f"Loss {verb} from {first:.2f} to {smooth[-1]:.2f} over {units.number(float(steps[-1]))} steps"
        words += _direction(loss, done=done) + "."
    return f"{words} {_gap(steps, loss, val_steps, val_loss)}".strip()


def _finite(values: Array) -> Array:
    return values[np.isfinite(values)]


def _direction(loss: Array, *, done: bool) -> str:
    loss = _finite(loss[:: max(1, len(loss) // MANY)])
    if len(loss) < FEW or done:
        return ""
    calm = Smoother(0.9).line(loss) if len(loss) <= ENOUGH else loss  # of many readings the mean is calm enough
    tail = calm[-max(FEW, len(calm) // 5) :]
    third = max(1, len(tail) // 3)
    change = float(np.mean(tail[-third:]) - np.mean(tail[:third]))
    level = abs(float(np.mean(tail))) or 1.0
    if change < -0.003 * level:
        return " and is still improving"
    if change > 0.02 * level:
        return " and is rising"
    return " and has levelled off"


def _gap(steps: Array, loss: Array, val_steps: Array, val_loss: Array) -> str:
    known = np.isfinite(val_loss)
    if not known.any():
        return ""
    at, value = float(val_steps[known][-1]), float(val_loss[known][-1])
    before = loss[: int(np.searchsorted(steps, at, "right"))]
    before = before[-ENOUGH:][np.isfinite(before[-ENOUGH:])]
    if not len(before):
        return f"Validation is at {value:.2f}."
    gap = value - float(Smoother(0.9).line(before)[-1])
    if abs(gap) < 0.005:
        return "Validation is level with training."
    return f"Validation is {abs(gap):.2f} {'above' if gap > 0 else 'below'} training."


def plain_sentence(name: str, steps: Array, values: Array, *, decimals: int, unit: str = "") -> str:
    """Level and range of any other figure: "Learning rate is 0.0012 at step 2,410, at most 0.002 so far."."""
    sound = np.isfinite(values)
    if not sound.any():
        return ""
    now, most = float(values[sound][-1]), float(values[sound].max())
    unit = f" {unit}" if unit else ""
    step = units.number(float(steps[sound][-1]))
    words = f"{name} is {figure(now, decimals)}{unit} at step {step}"
    if figure(now, decimals) == figure(most, decimals):
        return f"{words}, its highest so far."
    return f"{words}; its highest was {figure(most, decimals)}{unit}."


def runs_sentence(named: list[tuple[str, Array, Array]]) -> str:
    """Which of several validation (or training) curves is lowest, and which stopped improving."""
    ends = [(name, x, y[np.isfinite(y)]) for name, x, y in named if np.isfinite(y).any()]
    if not ends:
        return ""
    lowest = min(ends, key=lambda entry: float(entry[2].min()))
    at = float(lowest[1][int(np.argmin(np.where(np.isfinite(lowest[2]), lowest[2], np.inf)))])
    words = [f"“{lowest[0]}” is lowest: {lowest[2].min():.3f} at step {units.number(at)}."]
    for name, x, y in ends:
        best = int(np.argmin(y))
        if name != lowest[0] and len(y) >= 4 and best < 0.75 * (len(y) - 1):
            words.append(f"“{name}” stopped improving near step {units.number(float(x[best]))}.")
            break
    return " ".join(words)
