"""The whole dataset: figures are those of the token files, and measuring makes the missing ones."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.data.tokenizers.byte import ByteTokenizer
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.presenter_dataset import DatasetPresenter, Figures, lines
from llmstudio.gui.tabs.tokenizer.shelf import CHARACTERS, Shelf
from tests.gui.tabs.data_fixtures import STORIES, keep_dataset, run_inline, settle


@pytest.fixture
def dataset(qtbot: QtBot, session: Session, tmp_path: Path) -> DatasetPresenter:
    run_inline(session)
    keep_dataset(session.workspace, tmp_path)
    made = DatasetPresenter(session, Shelf(session.workspace))
    made.refresh()
    made.show_tokenizers(["bytes"])
    settle(qtbot, session)
    return made


def test_nothing_is_claimed_before_the_dataset_was_measured(dataset: DatasetPresenter) -> None:
    assert dataset.state.dataset == "small-stories"
    assert dataset.state.missing() == ["bytes"]


def test_measuring_encodes_and_shows_the_figures(dataset: DatasetPresenter, qtbot: QtBot) -> None:
    dataset.measure()
    qtbot.waitUntil(lambda: dataset.state.missing() == [], timeout=20_000)
    figures = dict(dataset.state.figures)["bytes"]
    assert figures is not None
    size = sum(len(story.replace("\n", " ").encode()) for story in STORIES)
    assert figures.tokens == size + len(STORIES)  # every document is closed by one id
    assert figures.bytes_per_token == pytest.approx(size / figures.tokens)
    assert figures.vocab_size == ByteTokenizer().vocab_size
    assert len(figures.rarest) == 6


def test_measuring_characters_keeps_their_tokenizer(dataset: DatasetPresenter, qtbot: QtBot) -> None:
    dataset.show_tokenizers([CHARACTERS])
    settle(qtbot, dataset.session)
    with qtbot.waitSignal(dataset.made, timeout=20_000) as told:
        dataset.measure()
    settle(qtbot, dataset.session)
    assert told.args is not None
    assert Shelf(dataset.session.workspace).load(told.args[0]).kind == "char"


def test_of_two_tokenizers_the_better_one_of_each_row_is_named() -> None:
    good = Figures(472_180, 4.32, 0.978, 90, 4_096)
    other = Figures(501_940, 4.06, 0.084, 46_000, 50_257)
    rows = {line.title: line for line in lines([good, other])}
    assert rows["Tokens"].cells == ("472,180", "501,940")
    assert [rows[title].best for title in rows] == [0, 0, 0, 0]
    assert rows["Embedding at width 256"].cells == ("1.05 M", "12.9 M")
    assert all(line.best == -1 for line in lines([good]))


def test_without_a_dataset_there_is_nothing_to_measure(qtbot: QtBot, session: Session) -> None:
    made = DatasetPresenter(session, Shelf(session.workspace))
    made.refresh()
    made.show_tokenizers(["gpt2"])
    settle(qtbot, session)
    assert made.state.kept is None
    made.measure()
    assert made.state.job == ""
