"""The window's settings as options."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from llmstudio.config.option import check, describe
from llmstudio.gui.tabs.settings.options import MODES, Appearance, values_of, zoom_entries
from llmstudio.gui.theme import MODES as THEME_MODES
from llmstudio.gui.theme import ZOOMS
from tests.gui.tabs.desk import make_session


def test_every_mode_has_words_and_every_zoom_a_key() -> None:
    assert set(MODES) == set(THEME_MODES)
    theme = next(info for info in describe(Appearance) if info.name == "theme")
    assert set(theme.choices) == set(THEME_MODES)
    assert [key for key, _ in zoom_entries(ZOOMS)] == ["80", "90", "100", "110", "125", "150", "175", "200"]


def test_what_the_theme_is_now_is_a_valid_set_of_options(qtbot: QtBot, tmp_path: Path) -> None:
    theme = make_session(tmp_path).theme
    config, faults = check(Appearance, values_of(theme))
    assert config is not None, faults
