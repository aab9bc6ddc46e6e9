"""The key for the hub, kept and removed by a person."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from llmstudio.base.errors import UserError
from llmstudio.gui.tabs.settings import keys as section
from llmstudio.gui.tabs.settings.keys import KeysCard
from llmstudio.store.keys import Key
from tests.gui.tabs.desk import make_session

WORD = "hf_abcdefghijklmnopqrst"


class Ring:
    """Stands in for the keyring's module."""

    VARIABLE = "HF_TOKEN"

    def __init__(self) -> None:
        self.kept, self.reason, self.source = "", "", "keyring"
        self.refusal: UserError | None = None

    def key(self) -> Key:
        return Key(self.kept, self.source) if self.kept else Key()

    def unavailable(self) -> str:
        return self.reason

    def save(self, value: str) -> None:
        if self.refusal:
            raise self.refusal
        self.kept = value

    def remove(self) -> None:
        self.kept = ""


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    made = Ring()
    monkeypatch.setattr(section, "keys", made)
    return made


def card(qtbot: QtBot, tmp_path: Path) -> Any:
    session = make_session(tmp_path)
    session.theme.apply()
    made = KeysCard(session)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: "Looking" not in made.state.text())
    return made


def test_a_key_is_typed_unseen_kept_and_removed(qtbot: QtBot, tmp_path: Path, ring: Ring) -> None:
    made = card(qtbot, tmp_path)
    assert made.state.text() == "No key is kept."
    assert not made.save_button.isEnabled()
    assert made.field.echoMode() == QLineEdit.EchoMode.Password
    QTest.keyClicks(made.field, WORD)
    QTest.mouseClick(made.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "hf_…qrst" in made.state.text())
    assert ring.kept == WORD
    assert made.field.text() == ""
    QTest.mouseClick(made.remove_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: made.state.text() == "No key is kept.")
    assert ring.kept == ""
    assert not made.remove_button.isEnabled()


def test_without_a_keyring_it_says_what_else_works(qtbot: QtBot, tmp_path: Path, ring: Ring) -> None:
    ring.reason = "This system has no keyring."
    made = card(qtbot, tmp_path)
    assert "no keyring" in made.state.text()
    assert "HF_TOKEN" in made.state.text()
    assert not made.field.isEnabled()


def test_the_environment_is_told(qtbot: QtBot, tmp_path: Path, ring: Ring) -> None:
    ring.kept, ring.source = WORD, "environment"
    made = card(qtbot, tmp_path)
    assert made.state.text() == "HF_TOKEN in the environment is used: hf_…qrst"
    assert not made.remove_button.isEnabled()


def test_a_refusal_stands_below_the_field(qtbot: QtBot, tmp_path: Path, ring: Ring) -> None:
    ring.refusal = UserError("The keyring refused the key.", "Unlock it.")
    made = card(qtbot, tmp_path)
    QTest.keyClicks(made.field, WORD)
    QTest.keyClick(made.field, Qt.Key.Key_Return)
    qtbot.waitUntil(made.trouble.isVisible)
    assert made.trouble.text() == "The keyring refused the key. Unlock it."
    assert made.field.text() == WORD
