"""How long a plot of a million points takes to show ten more: the thinning, the sentence and the painting."""

import time

import numpy as np

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.lossplot import LossPlot
from llmstudio.gui.widgets.plotdata import Array, Curve, Picture
from llmstudio.gui.widgets.plotwords import loss_sentence
from llmstudio.store.series import Series

POINTS = 1_000_000
UPDATES = 50
MORE = 10  # points that come with each update
VALIDATED = 1000  # steps between two points of the other curve
SIZE = (850, 400)  # pixels: the plot of the Train tab in the smallest window


def updates(theme: Theme, points: int = POINTS, count: int = UPDATES) -> list[float]:
    """Seconds of each of `count` updates of a plot of `points` noisy losses and their validation curve.

    The first picture, for which every point is looked at once, is not among them.
    """
    series, steps = Series(), np.arange(1.0, points + 1)
    noise = np.random.default_rng(0).normal(0, 0.08, points)
    for step, loss in zip(steps, _loss(steps) + noise, strict=True):
        series.append(step, loss)
    plot = LossPlot(theme)
    plot.resize(*SIZE)
    plot.show()
    found = []
    for _ in range(count + 1):
        began = time.perf_counter()
        plot.show_picture(_picture(series))
        plot.paint_now()
        plot.canvas.viewport().repaint()
        found.append(time.perf_counter() - began)
        for _ in range(MORE):
            series.append(series.arrays()[0][-1] + 1, 1.4)
    plot.hide()
    plot.deleteLater()
    return found[1:]


def _loss(steps: Array) -> Array:
    return 1.4 + 3 / (1 + steps / 60) ** 0.8


def _picture(series: Series) -> Picture:
    x, y = series.arrays()
    steps = np.arange(VALIDATED / 10, x[-1], VALIDATED)
    losses = 0.05 + _loss(steps)
    return Picture(
        curves=(
            Curve("loss", "Train", x, y, 0, smoothed=True, mark="disc"),
            Curve("val_loss", "Validation", steps, losses, 1, dashed=True),
        ),
        best=(float(steps[-1]), float(losses[-1])),
        planned=2.0 * x[-1],
        sentence=loss_sentence(x, y, steps, losses),
        live=True,
    )
