"""A conversation to read: one Tab stop, keys for each turn, and following only from the end."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.transcript import Transcript
from llmstudio.gui.widgets.turnview import Answer, Line, OwnTurn
from llmstudio.gui.widgets.writing import Ink

ALL = ("copy", "edit", "regenerate", "branch")
HOSTILE = "<b>X</b><img src='http://example.org/x.png'> & “so”"


def lines(*texts: str, live: bool = False) -> list[Line]:
    found = []
    for at, text in enumerate(texts):
        own = at % 2 == 0
        inks = () if own else (Ink(0, 3, 1.0), Ink(3, len(text), 4.0))
        last = live and at == len(texts) - 1
        found.append(
            Line(f"t{at}", own, text, inks, "" if own else "2 tokens", ("copy", "edit") if own else ALL, live=last)
        )
    return found


@pytest.fixture
def transcript(theme: Theme, qtbot: QtBot) -> Transcript:
    made = Transcript(theme)
    qtbot.addWidget(made)
    made.resize(520, 300)
    made.show()
    return made


def test_turns_stay_where_they_are_and_only_what_differs_is_made_anew(transcript: Transcript) -> None:
    transcript.show_lines(lines("Why?", "Because"))
    first = list(transcript.turns)
    assert isinstance(first[0], OwnTurn)
    assert isinstance(first[1], Answer)
    transcript.show_lines(lines("Why?", "Because of it", "Who?"))
    assert transcript.turns[:2] == first
    assert transcript.text() == "Why?\nBecause of it\nWho?"
    transcript.show_lines(lines("Why?"))
    assert transcript.turns == first[:1]


def test_markup_stays_text_and_own_turns_stand_at_the_right(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.show_lines(lines(HOSTILE, HOSTILE))
    own, answer = transcript.turns
    assert own.text.toPlainText() == answer.text.toPlainText() == HOSTILE
    qtbot.waitUntil(lambda: own.text.mapTo(transcript, own.text.rect().topLeft()).x() > 60)
    assert answer.text.mapTo(transcript, answer.text.rect().topLeft()).x() < 60


def test_a_long_turn_is_as_high_as_it_is(transcript: Transcript, qtbot: QtBot) -> None:
    words = "The rope went with the ferry, and nobody wanted to be the one to say so. " * 6
    transcript.show_lines(lines(words, words))
    for view in transcript.turns:
        qtbot.waitUntil(lambda view=view: view.text.height() >= view.text.document().size().height())  # type: ignore[misc]
        assert view.text.verticalScrollBar().maximum() == 0


def test_arrows_choose_a_turn_and_letters_act_on_it(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.show_lines(lines("Why?", "Because"))
    QTest.keyClick(transcript, Qt.Key.Key_Down)
    assert transcript.current() == "t1"
    for key, deed in (
        (Qt.Key.Key_C, "copy"),
        (Qt.Key.Key_E, "edit"),
        (Qt.Key.Key_R, "regenerate"),
        (Qt.Key.Key_B, "branch"),
    ):
        with qtbot.waitSignal(transcript.deed) as told:
            QTest.keyClick(transcript, key)
        assert told.args == [deed, "t1"]
    assert "Because" in transcript.accessibleDescription()
    QTest.keyClick(transcript, Qt.Key.Key_Up)
    assert transcript.current() == "t0"
    with qtbot.assertNotEmitted(transcript.deed):
        QTest.keyClick(transcript, Qt.Key.Key_R)
    QTest.keyClick(transcript, Qt.Key.Key_End)
    assert transcript.current() == "t1"


def test_alt_and_arrows_walk_tokens_and_enter_opens_the_marked_one(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.show_lines(lines("Why?", "Because"))
    with qtbot.waitSignal(transcript.walked) as told:
        QTest.keyClick(transcript, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert told.args == ["t1", -1]
    shown = lines("Why?", "Because")
    transcript.show_lines([shown[0], Line(**{**shown[1].__dict__, "marked": 1})])
    with qtbot.waitSignal(transcript.opened) as told:
        QTest.keyClick(transcript, Qt.Key.Key_Return)
    assert told.args == ["t1", 1]


def test_a_click_on_a_token_opens_it(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.show_lines(lines("Why?", "Because"))
    text = transcript.turns[1].text
    qtbot.waitUntil(lambda: text.token_rect(1).width() > 0)
    with qtbot.waitSignal(transcript.opened) as told:
        QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=text.token_rect(1).center())
    assert told.args == ["t1", 1]


def test_it_follows_from_the_end_and_offers_the_way_back_elsewhere(transcript: Transcript, qtbot: QtBot) -> None:
    long = "One line.\n" * 30
    transcript.show_lines(lines("Why?", long, live=True))
    bar = transcript.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    bar.setValue(0)
    transcript.show_lines(lines("Why?", long + "More.\n" * 5, live=True))
    qtbot.waitUntil(transcript.newer.isVisible)
    assert bar.value() == 0
    QTest.mouseClick(transcript.newer, Qt.MouseButton.LeftButton)
    assert bar.value() == bar.maximum()
    assert not transcript.newer.isVisible()


def test_it_is_one_tab_stop(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    transcript = Transcript(theme)
    transcript.setParent(window)
    window.show()
    transcript.show_lines(lines("Why?", "Because"))
    stops = [
        widget
        for widget in transcript.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible()
    ]
    assert stops == []
    transcript.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.sendPostedEvents()
    if transcript.hasFocus():
        assert transcript.current() == "t1"
