"""The theme follows choices, fills the style sheet, and tells whoever paints."""

import re
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from llmstudio.base.paths import resource
from llmstudio.gui.theme import ZOOMS, Theme


class Memory:
    """Settings in memory."""

    def __init__(self, **values: Any) -> None:
        self.values = values

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self.values[key] = value


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_style_sheet_has_no_open_slot(qapp: QApplication, mode: str) -> None:
    theme = Theme()
    theme.mode = mode
    sheet = theme.stylesheet()
    assert "${" not in sheet
    assert theme.hex("accent") in sheet


def test_the_style_sheet_names_no_colour_of_its_own() -> None:
    assert not re.findall(r"#[0-9A-Fa-f]{6}|rgb\(", resource("style.qss").read_text("utf-8"))


def test_a_choice_is_told_and_remembered(qapp: QApplication, qtbot: QtBot) -> None:
    memory = Memory()
    theme = Theme(memory)
    with qtbot.waitSignal(theme.changed):
        theme.set_mode("dark")
    assert theme.dark
    assert Theme(memory).dark
    theme.set_mode("nonsense")
    assert theme.mode == "system"


def test_a_damaged_choice_is_ignored(qapp: QApplication) -> None:
    theme = Theme(Memory(**{"appearance.theme": "pink", "appearance.zoom": "huge"}))
    assert (theme.mode, theme.zoom) == ("system", 1.0)


def test_zoom_goes_by_steps_and_stops_at_the_ends(qapp: QApplication) -> None:
    theme = Theme()
    theme.zoom_by(1)
    assert theme.zoom == 1.1
    theme.zoom_by(99)
    assert theme.zoom == ZOOMS[-1]
    assert theme.font("body").pixelSize() == 13 * ZOOMS[-1]
    theme.zoom_by(0)
    assert theme.px(32) == 32


def test_reduced_motion_lets_nothing_move(qapp: QApplication) -> None:
    theme = Theme()
    theme.set_reduced_motion(True)
    assert theme.motion(160) == 0


def test_widgets_take_the_colours_of_the_theme(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme()
    label = QLabel("x")
    qtbot.addWidget(label)
    for mode in ("light", "dark"):
        theme.set_mode(mode)
        label.ensurePolished()
        assert label.palette().windowText().color() == theme.colour("text")


def test_the_tick_in_a_box_has_the_ink_of_its_theme(qapp: QApplication) -> None:
    theme = Theme()
    for mode in ("light", "dark"):
        theme.mode = mode
        assert theme.hex("accent-text") in resource(f"themes/check-{mode}.svg").read_text("utf-8")


def test_plots_tell_curves_apart_by_hue_and_dash(qapp: QApplication) -> None:
    theme = Theme()
    seen = {(theme.plot(at)[0].name(), tuple(theme.plot(at)[1])) for at in range(8)}
    assert len(seen) == 8
    assert theme.plot(0)[1] == []
    assert theme.piece(9) == theme.piece(1)
