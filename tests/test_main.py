"""The entry, before anything else is loaded: no screen, an early Ctrl+C."""

from pathlib import Path

import pytest

from llmstudio import __main__ as entry
from llmstudio.base.errors import UserError


def test_without_a_screen_the_terminal_is_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(UserError) as told:
        entry.window(tmp_path)
    assert "quickstart" in told.value.hint


def test_ctrl_c_while_modules_are_loaded_is_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(began: float) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(entry, "_dispatch", pressed)
    assert entry.main() == 130
