"""Cutting a text: what is shown belongs to the newest text and tokenizer, and to no other."""

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer import presenter
from llmstudio.gui.tabs.tokenizer.presenter import SAMPLE, InspectPresenter
from llmstudio.gui.tabs.tokenizer.shelf import CHARACTERS, Shelf
from tests.gui.tabs.data_fixtures import settle
from tests.gui.tabs.tokenizer_fixtures import keep_tokenizer


@pytest.fixture
def inspect(qtbot: QtBot, session: Session) -> InspectPresenter:
    made = InspectPresenter(session, Shelf(session.workspace))
    made.refresh()
    qtbot.waitUntil(lambda: made.state.a.report is not None, timeout=10_000)
    return made


def test_the_sample_is_cut_by_gpt2_at_the_start(inspect: InspectPresenter) -> None:
    side = inspect.state.a
    assert side.name == "gpt2"
    assert side.report is not None
    assert side.report.round_trip
    assert "".join(piece.bytes.decode("latin-1") for piece in side.cut).encode("latin-1").decode() == SAMPLE


def test_text_is_cut_again_after_the_last_key(inspect: InspectPresenter, qtbot: QtBot) -> None:
    for text in ("a", "ab", "the the"):
        inspect.set_text(text)
    qtbot.waitUntil(lambda: inspect.state.a.report is not None and inspect.state.a.report.characters == 7)
    assert [piece.text for piece in inspect.state.a.cut] == ["the", " the"]


def test_a_second_tokenizer_cuts_the_same_text(inspect: InspectPresenter, qtbot: QtBot) -> None:
    inspect.compare(True)
    qtbot.waitUntil(lambda: inspect.state.b is not None and inspect.state.b.report is not None)
    assert inspect.state.b is not None
    assert inspect.state.b.name == "bytes"
    assert inspect.state.b.report is not None
    assert inspect.state.b.report.tokens == len(SAMPLE.encode())
    inspect.compare(False)
    assert inspect.state.b is None
    assert [name for name, _ in inspect.state.sides] == ["a"]


def test_a_new_tokenizer_is_chosen_as_soon_as_it_is_kept(inspect: InspectPresenter, qtbot: QtBot) -> None:
    kept = keep_tokenizer(inspect.session.workspace)
    inspect.choose("a", kept.id)
    qtbot.waitUntil(lambda: inspect.state.a.name == kept.id and inspect.state.a.report is not None)
    assert inspect.state.title(kept.id) == "Stories pieces"


def test_characters_cut_any_text_one_by_one(inspect: InspectPresenter, qtbot: QtBot) -> None:
    inspect.choose("a", CHARACTERS)
    qtbot.waitUntil(lambda: inspect.state.a.name == CHARACTERS and inspect.state.a.report is not None)
    assert len(inspect.state.a.cut) == len(SAMPLE)
    inspect.set_text("")
    qtbot.waitUntil(lambda: inspect.state.a.cut == ())
    settle(qtbot, inspect.session)


def test_of_a_book_only_the_beginning_is_cut(inspect: InspectPresenter, qtbot: QtBot) -> None:
    inspect.choose("a", "bytes")
    inspect.set_text("x" * (presenter.LONGEST + 10))
    assert inspect.state.clipped
    qtbot.waitUntil(lambda: len(inspect.state.a.cut) == presenter.LONGEST, timeout=20_000)
    settle(qtbot, inspect.session)


def test_a_damaged_tokenizer_says_why(inspect: InspectPresenter, qtbot: QtBot) -> None:
    kept = keep_tokenizer(inspect.session.workspace)
    (kept.path / "tokenizer.json").write_text("{}", encoding="utf-8")
    inspect.choose("a", kept.id)
    qtbot.waitUntil(lambda: bool(inspect.state.a.trouble))
    assert "damaged" in inspect.state.a.trouble or "not the one" in inspect.state.a.trouble
