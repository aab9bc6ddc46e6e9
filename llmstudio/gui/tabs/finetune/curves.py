"""The pictures of a fine-tuning's figures: loss, accuracy, macro-F1 and what other tasks measure. Knows no widgets."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from llmstudio.base import units
from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.widgets.plotdata import Array, Curve, Mark, Picture, Smoother
from llmstudio.store.run import RunState

# task: (metric, words) in the order of the segments
METRICS: dict[str, tuple[tuple[str, str], ...]] = {
    "classify": (("loss", "Loss"), ("accuracy", "Accuracy"), ("macro_f1", "Macro-F1")),
    "multilabel": (("loss", "Loss"), ("accuracy", "Accuracy"), ("macro_f1", "Macro-F1")),
    "regress": (("loss", "Loss"), ("mae", "Mean error"), ("r2", "R²")),
    "instruct": (("loss", "Loss"), ("rouge_l", "ROUGE-L")),
    "continue": (("loss", "Loss"), ("learning_rate", "Learning rate")),
}
BASELINES = {"accuracy": "baseline_accuracy", "macro_f1": "baseline_macro_f1", "mae": "baseline_mae"}
HIGHER = {"accuracy", "macro_f1", "r2", "rouge_l"}
PERCENT = {"accuracy"}
MOST_EPOCHS = 8
LEVEL = 0.01  # validation within one per cent of its best is level


def picture(model: RunModel, task: str, metric: str, *, live: bool, empty: str,
            unusual: tuple[float, float] | None = None) -> Picture:  # fmt: skip
    """What the plot shows for a metric of `METRICS[task]`."""
    if metric == "loss":
        return _loss(model, task, live=live, empty=empty, unusual=unusual)
    words = dict(METRICS[task])[metric]
    steps, values = _copied(model, metric)
    scale = 100.0 if metric in PERCENT else 1.0
    dashed = metric != "learning_rate"
    curves = [Curve(metric, "Validation" if dashed else words, steps, values * scale, 1 if dashed else 0,
                    dashed=dashed)] if len(steps) else []  # fmt: skip
    baseline = _baseline(model, metric)
    if curves and math.isfinite(baseline):
        end = max(_planned(model.state), float(steps[-1]))
        level = np.full(2, baseline * scale)
        curves.append(Curve("baseline", "Bag of words", np.array([0.0, end]), level, 7, dashed=True))
    return Picture(
        tuple(curves),
        best=_best(steps, values * scale, higher=metric in HIGHER) if dashed else None,
        planned=_planned(model.state),
        marks=_marks(model),
        unit="%" if metric in PERCENT else "",
        decimals=1 if metric in PERCENT else 5 if metric == "learning_rate" else 3,
        sentence=_sentence(words, steps, values * scale, baseline * scale, metric),
        empty=empty,
        live=live,
    )


def _loss(model: RunModel, task: str, *, live: bool, empty: str, unusual: tuple[float, float] | None) -> Picture:
    (steps, loss), (val_steps, val_loss) = _copied(model, "loss"), _copied(model, "val_loss")
    old_steps, old = _copied(model, "old_loss")
    curves = []
    if len(steps):
        curves.append(Curve("loss", "Train", steps, loss, 0, smoothed=True, mark="disc" if live else ""))
    if len(val_steps):
        curves.append(Curve("val_loss", "Validation", val_steps, val_loss, 1, dashed=True))
    if task == "continue" and len(old_steps):
        curves.append(Curve("old_loss", "Old domain", old_steps, old, 2, dashed=True))
    best = model.state.best
    return Picture(
        tuple(curves),
        best=(float(best[0]), best[1]) if best else None,
        planned=_planned(model.state),
        marks=_marks(model),
        unusual=unusual,
        decimals=3,
        sentence=loss_sentence(model, loss, (val_steps, val_loss), (old_steps, old), live=live),
        empty=empty,
        legend_band="Each batch, unsmoothed",
        live=live,
        zero=bool(len(loss)) and float(np.nanmin(loss)) >= 0,
    )


def loss_sentence(
    model: RunModel, loss: Array, validation: tuple[Array, Array], old: tuple[Array, Array], *, live: bool
) -> str:
    """Where training and validation are, since when nothing got better, and when it stops by itself."""
    sound = loss[np.isfinite(loss)]
    if not len(sound):
        return ""
    words = [f"Training {Smoother(0.9).line(sound[-500:])[-1]:.2f}"]
    steps, values = validation
    known = np.isfinite(values)
    steps, values = steps[known], values[known]
    if len(values):
        words.append(f"validation {values[-1]:.2f}{_direction(steps, values)}")
    text = ", ".join(words)
    left = evaluations_left(model.state) if live else None
    if left is not None:
        more = "one more evaluation" if left == 1 else f"{left} more evaluations"
        text += f"; {more} without progress, then it stops"
    return f"{text}.{_forgetting(old)}"


def _direction(steps: Array, values: Array) -> str:
    if len(values) < 2:
        return ""
    best = int(np.argmin(values))
    if best == len(values) - 1:
        return " and falling"
    room = abs(float(values[best])) * LEVEL
    return f" and {'level' if values[-1] <= values[best] + room else 'rising'} since step {units.number(steps[best])}"


def _forgetting(old: tuple[Array, Array]) -> str:
    values = old[1][np.isfinite(old[1])]
    if len(values) < 2:
        return ""
    change = float(values[-1] - values[0])
    if abs(change) < 0.005:
        return " The old domain is as it was."
    return f" The old domain went {'up' if change > 0 else 'down'} by {abs(change):.2f}."


def evaluations_left(state: RunState) -> int | None:
    """How many evaluations without progress are left before it stops; None while there was progress, or never."""
    patience = state.config.get("patience")
    if not isinstance(patience, int) or patience < 1 or state.best is None:
        return None
    since = sum(1 for step, _ in state.validations if step > state.best[0])
    return max(1, patience - since) if since else None


def _sentence(words: str, steps: Array, values: Array, baseline: float, metric: str) -> str:
    known = np.isfinite(values)
    if not known.any():
        return ""
    now, step = float(values[known][-1]), float(steps[known][-1])
    if metric in PERCENT:
        text = f"{words} {now:.1f} % at step {units.number(step)}"
    else:
        text = f"{words} {now:.{5 if metric == 'learning_rate' else 3}f} at step {units.number(step)}"
    if not math.isfinite(baseline):
        return f"{text}."
    gap = (now - baseline) * (1 if metric in HIGHER else -1)
    size = f"{abs(gap):.1f} points" if metric in PERCENT else f"{abs(gap):.3f}"
    return f"{text}, {size} {'better' if gap >= 0 else 'worse'} than bag of words."


def _best(steps: Array, values: Array, *, higher: bool) -> tuple[float, float] | None:
    if not np.isfinite(values).any():
        return None
    at = int(np.nanargmax(values) if higher else np.nanargmin(values))
    return float(steps[at]), float(values[at])


def _baseline(model: RunModel, metric: str) -> float:
    _, values = model.series.get(BASELINES.get(metric, "")).arrays()
    return float(values[-1]) if len(values) else math.nan


def _copied(model: RunModel, metric: str) -> tuple[Array, Array]:
    # The arrays of a series are views that the next reading may move.
    steps, values = model.series.get(metric).arrays()
    return steps.copy(), values.copy()


def _planned(state: RunState) -> float:
    return float(state.config.get("max_steps") or 0)


def _marks(model: RunModel) -> tuple[Mark, ...]:
    marks = [Mark(step, "resumed") for step in model.series.resumed if step]
    marks += [Mark(step, "new rate") for step in model.rate_marks if step]
    return tuple(sorted([*marks, *epoch_marks(model.state.config)], key=lambda mark: mark.step))


def epoch_marks(config: Mapping[str, Any]) -> list[Mark]:
    """Where each further epoch begins, also those to come; none where there are too many to tell apart."""
    steps, epochs = config.get("max_steps"), config.get("epochs")
    if not isinstance(steps, int) or not isinstance(epochs, int | float) or not 1 < epochs <= MOST_EPOCHS:
        return []
    return [Mark(steps * done / epochs, f"epoch {done + 1}") for done in range(1, math.ceil(epochs))]
