"""The form before a training: proposals, faults at rows, warnings and readiness."""

from pathlib import Path

import pytest

from llmstudio.gui.tabs.train.corpus import Shelf
from llmstudio.gui.tabs.train.plan import Machine
from llmstudio.gui.tabs.train.presenter_setup import Setup, SetupPresenter, rows
from llmstudio.store import catalog
from tests.gui.tabs.train_fixtures import keep_dataset, workspace


@pytest.fixture
def presenter(tmp_path: Path) -> SetupPresenter:
    return SetupPresenter(Shelf(workspace(tmp_path)), Machine(16 * 10**9, 200 * 10**9))


def wrong(state: Setup) -> list[str]:
    return [check.text for check in state.checks if check.state == "wrong"]


def test_the_simple_view_has_twelve_rows_in_the_order_of_the_page() -> None:
    simple = [info for info in rows() if not info.advanced]
    assert len(simple) == 12
    assert list(dict.fromkeys(info.group for info in simple)) == ["Ingredients", "Model", "Training"]
    assert len(rows()) == len({info.name for info in rows()})


def test_a_workspace_with_text_is_ready_at_once(presenter: SetupPresenter) -> None:
    state = presenter.state({})
    assert state.can_start
    assert state.config is not None
    assert state.config.name == "Stories model"
    assert state.config.device == "auto"
    assert state.config.n_layer
    assert state.plan is not None
    assert state.plan.seconds > 0


def test_without_text_start_waits(tmp_path: Path) -> None:
    state = SetupPresenter(Shelf(workspace(tmp_path, filled=False)), Machine(1, 1)).state({})
    assert state.empty
    assert not state.can_start
    assert wrong(state) == ["There is no text to learn from"]


def test_heads_that_cannot_share_the_width_are_told_at_their_row(presenter: SetupPresenter) -> None:
    state = presenter.state({"n_embd": 192, "n_head": 7})
    assert state.faults["n_head"].message == "192 cannot be shared by 7 heads. Use 6 or 8."
    assert state.faults["n_head"].suggestion == 6
    assert not state.can_start
    assert ("n_head", "Go to Heads") in [(check.row, check.link) for check in state.checks]


def test_heads_alone_lead_the_width(presenter: SetupPresenter) -> None:
    state = presenter.state({"n_head": 7})
    assert state.can_start
    assert state.config is not None
    assert (state.config.n_embd or 1) % 7 == 0


def test_what_the_person_set_is_not_called_a_proposal(presenter: SetupPresenter) -> None:
    proposed = presenter.state({}).proposal["n_layer"]
    state = presenter.state({"n_layer": proposed + 3})
    assert state.proposal["n_layer"] == proposed
    assert state.helps["n_layer"] == f"Proposed {proposed}"
    assert state.config is not None
    assert state.config.n_layer == proposed + 3


def test_a_wider_model_moves_the_rate_that_nobody_set(presenter: SetupPresenter) -> None:
    narrow, wide = presenter.state({"n_embd": 128}), presenter.state({"n_embd": 512})
    assert narrow.proposal["learning_rate"] > wide.proposal["learning_rate"]


def test_text_that_is_no_number_is_a_fault(presenter: SetupPresenter) -> None:
    assert presenter.state({"max_steps": "many"}).faults["max_steps"].message == "Steps must be a whole number."
    assert presenter.state({"max_steps": 0}).faults["max_steps"].message == "Steps must be at least 1."


def test_a_context_longer_than_the_text_names_one_that_fits(tmp_path: Path) -> None:
    ws = workspace(tmp_path, filled=False)
    keep_dataset(ws, "Tiny", train=180, val=0)
    state = SetupPresenter(Shelf(ws), Machine(10**10, 10**11)).state({"block_size": 256})
    assert state.faults["block_size"].message == (
        "The text has 180 tokens, the context needs 257. Add text or choose a context of 128."
    )
    assert state.faults["block_size"].suggestion == 128


def test_a_taken_name_offers_a_free_one(presenter: SetupPresenter) -> None:
    with catalog.keep(presenter.shelf._workspace, "model", "Stories model") as keeping:
        keeping.facts["parameters"] = 1
    presenter.shelf.refresh()
    assert presenter.free_name("Stories model") == "Stories model 2"
    fault = presenter.state({"name": "stories model"}).faults["name"]
    assert fault.suggestion == "stories model 2"


def test_many_passes_warn_but_do_not_block(presenter: SetupPresenter) -> None:
    state = presenter.state({"max_steps": 100_000})
    assert "about 20 are enough" in state.warnings["max_steps"]
    assert state.can_start


def test_too_little_memory_blocks(tmp_path: Path) -> None:
    state = SetupPresenter(Shelf(workspace(tmp_path)), Machine(10**6, 10**11)).state({})
    assert not state.can_start
    assert any("of memory" in text for text in wrong(state))


def test_too_little_disk_blocks(tmp_path: Path) -> None:
    state = SetupPresenter(Shelf(workspace(tmp_path)), Machine(10**11, 10)).state({})
    assert any("of disk" in text for text in wrong(state))


def test_a_read_only_workspace_blocks(presenter: SetupPresenter) -> None:
    presenter.read_only = True
    assert wrong(presenter.state({})) == ["This workspace is open in another window"]


def test_a_timed_test_is_taken_in(presenter: SetupPresenter) -> None:
    state = presenter.state({})
    assert presenter.take_measurement({"tokens_per_second": 50_000, "seconds": 6}, state)
    again = presenter.state({})
    assert again.plan is not None
    assert again.plan.timed
    assert not presenter.take_measurement({}, state)
