"""From what was typed to columns, proposal, faults and readiness."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from llmstudio.data.tokenizers.byte import ByteTokenizer
from llmstudio.gui.tabs.finetune import reading
from llmstudio.gui.tabs.finetune.presenter_setup import Setup, SetupPresenter
from llmstudio.gui.tabs.finetune.shelf import Shelf
from llmstudio.gui.timing import Machine
from llmstudio.store.workspace import Workspace
from tests.gui.tabs import finetune_fixtures as made

ROOM = Machine(16 * 10**9, 200 * 10**9)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ws = Workspace.open(tmp_path_factory.mktemp("filled") / "workspace")
    made.labelled_dataset(ws, "Moods", made.moods(), label="mood")
    made.labelled_dataset(ws, "Orders", made.instructions(60), text="instruction", year=2025)
    ByteTokenizer().save(ws.models / made.keep_model(ws, "Base"))
    ws.close()
    return ws.root


@pytest.fixture
def ws(filled: Path, tmp_path: Path) -> Workspace:
    return Workspace.open(Path(shutil.copytree(filled, tmp_path / "workspace")))


@pytest.fixture
def presenter(ws: Workspace) -> SetupPresenter:
    return SetupPresenter(Shelf(ws), ROOM)


def settled(presenter: SetupPresenter, **said: Any) -> Setup:
    """The state once everything it waits for was read."""
    setup = presenter.state(said)
    for _ in range(3):
        dataset = presenter.shelf.dataset(str(setup.values.get("dataset")))
        if dataset is not None and not presenter.looked_at(dataset.id):
            presenter.take_look(reading.look(dataset.path))
        elif setup.question is not None and not presenter.knows(setup.question):
            presenter.take(reading.read(setup.question, 128))
        setup = presenter.state(said)
    return setup


def states(setup: Setup) -> list[str]:
    return [check.state for check in setup.checks]


def test_before_the_rows_are_read_start_waits_for_them(presenter: SetupPresenter) -> None:
    setup = presenter.state({})
    assert not setup.can_start
    assert setup.checks[0].text == "Reading the rows"
    assert setup.values["dataset"] == "moods"


def test_the_defaults_are_ready_to_start(presenter: SetupPresenter) -> None:
    setup = settled(presenter)
    assert setup.can_start
    assert set(states(setup)) == {"good"}
    assert setup.config is not None
    assert (setup.config.label_column, setup.config.split) == ("mood", "70,10,20")
    assert (setup.config.device, setup.config.precision) == ("auto", "auto")
    assert setup.plan is not None
    assert setup.plan.rows.exact
    assert setup.helps["dataset"] == "60 rows"
    assert setup.helps["label_column"] == "“happy”, “sad”"


def test_what_was_said_differs_from_a_proposal_that_does_not_follow_it(presenter: SetupPresenter) -> None:
    setup = settled(presenter, dataset="orders", lora_rank=4, method="lora", epochs=1.0)
    assert setup.proposal["dataset"] == "moods"
    assert setup.values["dataset"] == "orders"
    assert setup.proposal["lora_rank"] == 8
    assert setup.proposal["epochs"] != 1.0
    assert setup.resolved is not None
    assert (setup.resolved.lora_rank, setup.resolved.epochs) == (4, 1.0)


def test_instructions_hide_what_is_about_labels(presenter: SetupPresenter) -> None:
    setup = settled(presenter, dataset="orders")
    assert setup.values["task"] == "instruct"
    assert [key for key, _ in setup.methods] == ["full", "last-layers", "lora"]
    assert {"label_column", "text_column", "balance", "baseline", "old_dataset"} <= setup.hidden
    assert "sample_tokens" not in setup.hidden
    assert setup.plan is not None
    assert setup.plan.rows.learned < 1


def test_a_name_for_the_kept_model_is_free(presenter: SetupPresenter, ws: Workspace) -> None:
    assert settled(presenter).proposal["name"] == "Base on Moods"
    made.keep_model(ws, "Base on Moods", task={"kind": "classify"})
    presenter.shelf.refresh()
    assert settled(presenter).proposal["name"] == "Base on Moods 2"
    assert settled(presenter, name="Base").faults["name"].suggestion == "Base 2"


def test_a_column_that_teaches_nothing_is_a_fault_at_its_row(presenter: SetupPresenter) -> None:
    setup = settled(presenter, label_column="topic")
    assert "All 60 rows" in setup.faults["label_column"].message
    assert not setup.can_start
    assert setup.checks[0].row == "label_column"


def test_too_large_a_model_does_not_fit(ws: Workspace) -> None:
    setup = settled(SetupPresenter(Shelf(ws), Machine(10**8, 10**12)))
    assert any(check.text.startswith("Needs ") for check in setup.checks)
    assert not setup.can_start
    full = settled(SetupPresenter(Shelf(ws), Machine(16 * 10**9, 10**3)))
    assert any("of disk" in check.text for check in full.checks)


def test_faulty_rows_are_left_out_only_when_that_was_said(ws: Workspace) -> None:
    rows = made.moods(40)
    rows[3]["mood"] = " "
    made.labelled_dataset(ws, "Holes", rows, label="mood", year=2030)
    presenter = SetupPresenter(Shelf(ws), ROOM)
    setup = settled(presenter)
    assert setup.faults["on_fault"].suggestion == "skip"
    assert not setup.can_start
    skipped = settled(presenter, on_fault="skip")
    assert skipped.can_start
    assert skipped.warnings["on_fault"] == "1 faulty row left out"
    assert "warning" in states(skipped)


def test_what_does_not_fit_the_model_names_its_row(presenter: SetupPresenter) -> None:
    setup = settled(presenter, method="last-layers", last_layers=9)
    assert setup.faults["last_layers"].suggestion == 4
    assert not setup.can_start


def test_an_empty_workspace_says_what_is_missing(tmp_path: Path) -> None:
    bare = Workspace.open(tmp_path / "bare")
    assert SetupPresenter(Shelf(bare), ROOM).state({}).empty == "model"
    made.keep_model(bare, "Base")
    assert SetupPresenter(Shelf(bare), ROOM).state({}).empty == "dataset"


def test_things_that_are_gone_are_faults(presenter: SetupPresenter) -> None:
    setup = presenter.state({"model": "gone", "dataset": "gone"})
    assert setup.faults["model"].message.startswith("This model is not there")
    assert setup.faults["dataset"].message.startswith("This dataset is not there")


def test_a_second_window_starts_nothing(presenter: SetupPresenter) -> None:
    presenter.read_only = True
    assert not settled(presenter).can_start


def test_a_damaged_dataset_is_a_fault(presenter: SetupPresenter, ws: Workspace) -> None:
    (ws.datasets / "moods" / "index.parquet").unlink()
    setup = settled(presenter)
    assert "damaged" in setup.faults["dataset"].message


def test_a_measurement_is_taken_in(presenter: SetupPresenter) -> None:
    setup = settled(presenter)
    assert presenter.take_measurement({"tokens_per_second": 1e4, "seconds": 6}, setup)
    timed = settled(presenter).plan
    assert timed is not None
    assert timed.timed
    assert not presenter.take_measurement({}, setup)
