"""The choice "How long may it take?": what it offers, what it shows, and what follows from it."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.config import dial
from llmstudio.config.dial import Reason
from llmstudio.gui.tabs.train.corpus import Shelf
from llmstudio.gui.tabs.train.dialrow import QUESTION, Dial, entries
from llmstudio.gui.tabs.train.presenter_setup import SetupPresenter, rows
from llmstudio.gui.theme import Theme
from llmstudio.gui.timing import Machine
from llmstudio.gui.widgets.card import Card
from tests.gui.tabs.train_fixtures import workspace

WHY = (Reason("n_embd", "2 layers of width 128: enough."), Reason("max_steps", "140 steps fill the time."))


@pytest.fixture
def shown(qtbot: QtBot) -> Dial:
    card = Card("What this run needs")
    row = Dial(Theme())
    row.stand_on(card)
    qtbot.addWidget(card)
    card.show()
    row.card = card  # type: ignore[attr-defined]  # it would be collected
    return row


def test_the_times_are_told_in_the_words_of_people() -> None:
    assert [words for _, words in entries()] == ["1 min", "5 min", "20 min", "1 h", "8 h"]
    assert [float(key) for key, _ in entries()] == list(dial.MINUTES)


def test_choosing_a_time_tells_the_minutes_once(shown: Dial, qtbot: QtBot) -> None:
    shown.show_dial(5.0, WHY, read_only=False)
    with qtbot.waitSignal(shown.turned) as told:
        shown.times.set_current("60")
    assert told.args == [60.0]
    with qtbot.assertNotEmitted(shown.turned):
        shown.show_dial(1.0, WHY, read_only=False)  # showing is not choosing
    assert shown.times.current() == "1"


def test_the_reasons_are_folded_and_read_out(shown: Dial) -> None:
    shown.show_dial(5.0, WHY, read_only=False)
    assert not any(label.isVisible() for label in shown.reasons)
    assert all(reason.words in shown.times.accessibleDescription() for reason in WHY)
    shown.fold.click()
    assert [label.text() for label in shown.reasons if label.isVisible()] == [reason.words for reason in WHY]
    shown.show_dial(5.0, (), read_only=False)
    assert not any(label.isVisible() for label in (*shown.reasons, shown.fold))


def test_a_read_only_window_shows_the_time_and_takes_none(shown: Dial) -> None:
    shown.show_dial(20.0, WHY, read_only=True)
    assert not shown.times.isEnabled()
    assert shown.times.current() == "20"
    assert shown.times.accessibleName() == QUESTION


def test_more_time_proposes_a_longer_training(tmp_path: Path) -> None:
    presenter = SetupPresenter(Shelf(workspace(tmp_path)), Machine(16 * 10**9, 200 * 10**9))
    assert presenter.state({}).minutes == dial.USUAL
    found = {}
    for minutes in (1.0, 60.0):
        presenter.minutes = minutes
        state = presenter.state({"learning_rate": 0.5})
        assert state.config is not None
        assert state.config.minutes == minutes
        assert state.config.learning_rate == 0.5
        assert "learning_rate" not in {reason.field for reason in state.reasons}  # it was said, not chosen
        assert {"tokenizer", "n_embd", "max_steps"} <= {reason.field for reason in state.reasons}
        found[minutes] = state
    assert found[1.0].proposal["max_steps"] < found[60.0].proposal["max_steps"]
    assert found[1.0].plan is not None
    assert found[60.0].plan is not None
    assert found[1.0].plan.seconds < found[60.0].plan.seconds


def test_the_time_has_no_row_of_its_own() -> None:
    assert "minutes" not in {info.name for info in rows()}
