"""The pictures of a run's figures: loss, learning rate, gradient, speed and memory. Knows no widgets."""

import numpy as np

from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.widgets import plotwords
from llmstudio.gui.widgets.plotdata import Array, Curve, Mark, Picture

METRICS = (
    ("loss", "Loss"),
    ("learning_rate", "Learning rate"),
    ("grad_norm", "Gradient"),
    ("tokens_per_second", "Speed"),
    ("memory_bytes", "Memory"),
)
# metric: (name of the curve, decimals, unit, divisor, smoothed)
OTHERS: dict[str, tuple[str, int, str, float, bool]] = {
    "learning_rate": ("Learning rate", 5, "", 1.0, False),
    "grad_norm": ("Gradient length", 3, "", 1.0, True),
    "tokens_per_second": ("Speed", 0, "tokens/s", 1.0, True),
    "memory_bytes": ("Memory", 2, "GB", 1e9, False),
}
KEPT_MARKS = 6


def picture(model: RunModel, metric: str, *, live: bool, empty: str, unusual: tuple[float, float] | None) -> Picture:
    """What the plot shows for a metric of `METRICS`."""
    if metric == "loss":
        return _loss(model, live=live, empty=empty, unusual=unusual)
    name, decimals, unit, divisor, smoothed = OTHERS[metric]
    steps, values = model.series.get(metric).arrays()
    values = values / divisor if divisor != 1 else values
    curve = Curve(metric, f"{name}, {unit}" if unit else name, steps, values, 0, smoothed=smoothed, mark=_now(live))
    return Picture(
        (curve,) if len(steps) else (),
        planned=_planned(model),
        marks=_marks(model),
        unusual=unusual,
        unit=unit,
        decimals=decimals,
        sentence=plotwords.plain_sentence(name, steps, values, decimals=decimals, unit=unit),
        empty=empty,
        legend_band="Each step, unsmoothed" if smoothed else "",
        live=live,
        zero=metric in ("tokens_per_second", "memory_bytes"),
    )


def _loss(model: RunModel, *, live: bool, empty: str, unusual: tuple[float, float] | None) -> Picture:
    (steps, loss), (val_steps, val_loss) = _read(model, "loss"), _read(model, "val_loss")
    bits = _read(model, "bits_per_byte")
    curves = []
    if len(steps):
        curves.append(Curve("loss", "Train", steps, loss, 0, smoothed=True, mark=_now(live)))
    if len(val_steps):
        curves.append(Curve("val_loss", "Validation", val_steps, val_loss, 1, dashed=True))
    counted = _counted(model)
    curves += _level(counted, max([0.0, *steps[-1:], *val_steps[-1:]]))
    words = plotwords.loss_sentence(steps, loss, val_steps, val_loss, jump=_jump(model, unusual), done=not live)
    best = model.state.best
    return Picture(
        tuple(curves),
        best=(float(best[0]), best[1]) if best else None,
        planned=_planned(model),
        marks=_marks(model),
        unusual=unusual,
        decimals=3,
        sentence=f"{words} {_against(counted, val_loss)}".strip() if words else "",
        empty=empty,
        legend_band="Each batch, unsmoothed",
        live=live,
        extra={"Bits per byte": bits} if len(bits[0]) else {},
    )


def _counted(model: RunModel) -> float | None:
    """The loss of a counting model on the same text, where the run has told it."""
    _, values = model.series.get("counting_loss").arrays()
    return float(values[-1]) if len(values) and np.isfinite(values[-1]) else None


def _level(counted: float | None, last: float) -> list[Curve]:
    """What counting reaches, as a line as long as the run so far."""
    if counted is None or last <= 0:
        return []
    return [Curve("counting_loss", "Counting model", np.array([0.0, last]), np.full(2, counted), 7, dashed=True)]


def _against(counted: float | None, val_loss: Array) -> str:
    known = val_loss[np.isfinite(val_loss)]
    if counted is None or not len(known):
        return ""
    gap = counted - float(known.min())
    side = "below" if gap > 0 else "above"
    return f"Counting alone reaches {counted:.2f}; the best validation is {abs(gap):.2f} {side}."


def _read(model: RunModel, metric: str) -> tuple[Array, Array]:
    return model.series.get(metric).arrays()


def _now(live: bool) -> str:
    return "disc" if live else ""


def _planned(model: RunModel) -> float:
    return float(model.state.config.get("max_steps") or 0)


def _marks(model: RunModel) -> tuple[Mark, ...]:
    marks = [Mark(step, "resumed") for step in model.series.resumed if step]
    marks += [Mark(step, "new rate") for step in model.rate_marks if step]
    return tuple(sorted(marks, key=lambda mark: mark.step)[-KEPT_MARKS:])


def _jump(model: RunModel, unusual: tuple[float, float] | None) -> tuple[float, float, float] | None:
    if unusual is None:
        return None
    spikes = [alarm for alarm in model.state.alarms if alarm.cause == "spike" and alarm.start == unusual[0]]
    if not spikes or not {"before", "after"} <= spikes[-1].facts.keys():
        return None
    return unusual[0], spikes[-1].facts["before"], spikes[-1].facts["after"]


def sparkline(model: RunModel) -> list[tuple[float, float]]:
    """The validation curve for the tile, thinned; the training curve before the first evaluation."""
    name = "val_loss" if len(model.series.get("val_loss")) > 1 else "loss"
    steps, values = model.series.get(name).arrays()
    stride = max(1, len(steps) // 60)
    keep = np.isfinite(values[::stride])
    return list(zip(steps[::stride][keep].tolist(), values[::stride][keep].tolist(), strict=True))
