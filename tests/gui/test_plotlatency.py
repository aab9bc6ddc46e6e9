"""The measured plot is a whole one: its points are there, and each update was painted."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui import plotlatency
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.lossplot import LossPlot
from llmstudio.store.settings import Settings


def test_every_update_is_painted_and_timed(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown: list[int] = []
    paint = LossPlot.paint_now

    def counting(plot: LossPlot) -> None:
        paint(plot)
        shown.append(len(plot.canvas.picture.curves[0].x))

    monkeypatch.setattr(LossPlot, "paint_now", counting)
    found = plotlatency.updates(Theme(Settings(tmp_path / "settings.json")), points=5000, count=4)
    assert len(found) == 4
    assert min(found) > 0
    assert shown == [5000, 5010, 5020, 5030, 5040]
