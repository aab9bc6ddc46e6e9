"""Which dataset is shown, and its figures in words."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data import presenter
from llmstudio.gui.tabs.data.presenter import DataPresenter, DataState
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from tests.gui.tabs.data_fixtures import keep_dataset, settle

COUNTED = {
    "documents": 4812,
    "length": {
        "min": 96,
        "median": 396.0,
        "max": 1204,
        "histogram": {"edges": [96, 200, 400, 1205], "counts": [12, 4000, 800]},
    },
    "scripts": [["Latin", 0.981], ["Greek", 0.019]],
    "distinct_words": 1764,
    "words": 382410,
    "frequent_words": [["the", 20114], ["and", 14090]],
    "frequent_characters": [[" ", 90000], ["e", 40000], ["\n", 9000]],
}
MANIFEST = {
    "documents": 4812,
    "characters": 2_040_000,
    "removed": {"duplicate": 180, "short": 8},
    "splits": {
        "train": {"documents": 4300, "characters": 1_836_000},
        "val": {"documents": 256, "characters": 102_000},
        "test": {"documents": 256, "characters": 102_000},
    },
    "split": {"by": "document", "why": "4,812 documents", "seed": 3},
}


def state() -> DataState:
    kept = Kept("dataset", "small-stories", "Small stories", Path(), "", MANIFEST)
    return DataState(True, (kept,), kept, COUNTED)


def test_tiles_have_figure_unit_and_scope() -> None:
    tiles = presenter.tiles(state())
    assert (tiles["documents"].figure, tiles["documents"].note) == ("4,812", "5,000 read, 188 removed")
    assert (tiles["characters"].figure, tiles["characters"].unit) == ("2.04", "million")
    assert tiles["characters"].note == "98.1 % Latin script"
    assert (tiles["words"].figure, tiles["words"].note) == ("1,764", "382,410 words in all")
    assert (tiles["length"].figure, tiles["length"].note) == ("396", "from 96 to 1,204")


def test_a_sampled_count_of_words_says_so() -> None:
    counted = {**COUNTED, "distinct_words_is_a_lower_bound": True}
    words = presenter.tiles(DataState(True, (), None, counted))["words"]
    assert (words.figure, words.note) == ("≥ 1,764", "counted in a sample")


def test_tiles_of_nothing_are_dashes_not_errors() -> None:
    tiles = presenter.tiles(DataState())
    assert tiles["words"].figure == tiles["length"].figure == "–"


def test_the_split_is_told_by_what_was_reached() -> None:
    split = presenter.split_words(MANIFEST)
    assert [(part, round(share, 2)) for part, share, _, _ in split.parts] == [
        ("train", 0.9),
        ("val", 0.05),
        ("test", 0.05),
    ]
    assert (split.by, split.seed) == ("document", 3)


def test_lengths_carry_the_median_and_a_logarithmic_axis_where_they_are_far_apart() -> None:
    bins = presenter.length_bins(COUNTED)
    assert bins.counts == (12, 4000, 800)
    assert bins.marker == (396.0, "median 396")
    assert bins.log
    assert presenter.length_bins({}).empty
    one = {"length": {"min": 5, "median": 5.0, "max": 5, "histogram": {"edges": [5, 6], "counts": [9]}}}
    assert presenter.length_bins(one).counts == (9,)


def test_invisible_characters_are_signs_that_are_spoken_as_words() -> None:
    ranks = presenter.ranks(COUNTED, "characters")
    assert [(rank.label, rank.spoken) for rank in ranks] == [("·", "space"), ("e", ""), ("↵", "line end")]
    assert presenter.ranks(COUNTED, "scripts")[0].value == 98.1
    assert presenter.ranks(COUNTED, "words")[0].label == "the"


def test_the_newest_dataset_is_shown_and_another_is_remembered(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    keep_dataset(session.workspace, tmp_path, "First")
    keep_dataset(session.workspace, tmp_path, "Second")
    data = DataPresenter(session)
    data.refresh()
    settle(qtbot, session)
    assert data.state.current is not None
    assert data.state.current.title == "Second"
    assert data.state.counted["documents"] == 60
    data.choose("first")
    again = DataPresenter(session)
    again.refresh()
    settle(qtbot, session)
    assert again.state.current is not None
    assert again.state.current.id == "first"


def test_a_deleted_dataset_gives_way_to_another(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    kept = keep_dataset(session.workspace, tmp_path, "First")
    keep_dataset(session.workspace, tmp_path, "Second")
    data = DataPresenter(session)
    data.choose(kept.id)
    settle(qtbot, session)
    catalog.trash(session.workspace, kept)
    session.changed("dataset")
    settle(qtbot, session)
    assert data.state.current is not None
    assert data.state.current.title == "Second"
