"""Cleaning steps on a sample, and the job that makes a new dataset of them."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.config.dataset import CLEANING
from llmstudio.data.documents import Documents
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data import presenter_cleaning
from llmstudio.gui.tabs.data.presenter_cleaning import CleaningPresenter
from llmstudio.store import catalog
from tests.gui.tabs.data_fixtures import keep_dataset, run_inline, settle

TEXTS = ("Hello,  World", "Hello,  World", "<b>x</b>", "Café")


def test_every_cleaning_option_has_its_step() -> None:
    assert {info.name for info in presenter_cleaning.step_infos()} == set(CLEANING)
    assert all(info.group == "Cleaning" for info in presenter_cleaning.step_infos())


def test_each_step_counts_what_it_touches_and_shows_one_place() -> None:
    values = {"whitespace": True, "markup": True, "duplicates": True, "min_length": 5, "max_length": 10}
    reports = presenter_cleaning.try_steps(values, TEXTS)
    assert (reports["whitespace"].touched, reports["whitespace"].before) == (2, "Hello,  World")
    assert reports["markup"].after == "x"
    assert reports["duplicates"].touched == 1
    assert (reports["min_length"].touched, reports["min_length"].before) == (1, "Café")
    assert reports["max_length"].touched == 2


def test_steps_that_contradict_each_other_are_a_fault(session: Session) -> None:
    made = CleaningPresenter(session)
    made.set_step("min_length", 10)
    made.set_step("max_length", 5)
    fault = made.fault()
    assert fault is not None
    assert "must not be below" in fault.message
    assert presenter_cleaning.try_steps(made.state.values, TEXTS) == {}


@pytest.fixture
def cleaning(qtbot: QtBot, session: Session, tmp_path: Path) -> CleaningPresenter:
    run_inline(session)
    made = CleaningPresenter(session)
    made.show(keep_dataset(session.workspace, tmp_path), frozenset({"small stories"}))
    settle(qtbot, session)
    return made


def test_a_step_is_tried_on_the_documents(cleaning: CleaningPresenter, qtbot: QtBot) -> None:
    cleaning.set_step("lowercase", True)
    qtbot.waitUntil(lambda: "lowercase" in cleaning.state.reports)
    report = cleaning.state.reports["lowercase"]
    assert presenter_cleaning.touched_words(report, cleaning.state.sample) == "60 of 60 would change"
    assert report.after.startswith("mira found")
    cleaning.set_step("lowercase", False)
    assert cleaning.state.switched_on == []


def test_cleaning_makes_a_new_dataset_and_leaves_the_old_one(cleaning: CleaningPresenter, qtbot: QtBot) -> None:
    workspace = cleaning.session.workspace
    cleaning.set_step("lowercase", True)
    name = cleaning.propose_name("cleaned")
    assert name == "Small stories, cleaned"
    run = cleaning.apply(name)
    settle(qtbot, cleaning.session)
    assert cleaning.session.jobs.state(run).status == "finished"
    new, old = (catalog.find(workspace, "dataset", title) for title in (name, "Small stories"))
    assert Documents(new.path).text(0).startswith("mira found")
    assert Documents(old.path).text(0).startswith("Mira found")
    assert new.manifest["split"]["seed"] == old.manifest["split"]["seed"]
    done = presenter_cleaning.done_before(new.manifest)
    assert (done[0][0], done[0][1]) == ("Lower case", "60 documents changed")


def test_splitting_anew_keeps_the_text(cleaning: CleaningPresenter, qtbot: QtBot) -> None:
    run = cleaning.split("Other split", {"split_by": "position", "split": "50,50,0", "seed": 1})
    settle(qtbot, cleaning.session)
    assert cleaning.session.jobs.state(run).status == "finished"
    new = catalog.find(cleaning.session.workspace, "dataset", "Other split")
    assert new.manifest["split"]["by"] == "position"
    assert new.manifest["documents"] == 60
    assert new.manifest["splits"]["test"]["characters"] == 0


def test_a_taken_name_is_numbered(cleaning: CleaningPresenter) -> None:
    cleaning.taken = frozenset({"small stories, cleaned"})
    assert cleaning.propose_name("cleaned") == "Small stories, cleaned 2"


def test_near_duplicates_of_the_sample_are_counted() -> None:
    story = " ".join(f"w{number}" for number in range(60))
    reports = presenter_cleaning.try_steps({"near_duplicates": 0.8}, ("other words", story, f"{story} end"))
    assert (reports["near_duplicates"].touched, reports["near_duplicates"].before) == (1, f"{story} end"[:160])


def test_all_documents_are_looked_through_when_asked(cleaning: CleaningPresenter, qtbot: QtBot) -> None:
    cleaning.look()
    assert not cleaning.state.looking, "the step is off"
    cleaning.set_step("near_duplicates", 0.5)
    cleaning.look()
    assert cleaning.state.looking
    settle(qtbot, cleaning.session)
    qtbot.waitUntil(lambda: cleaning.state.found is not None)
    found = cleaning.state.found
    assert found is not None
    assert "of 60 documents" in found.words
    assert not cleaning.state.looking


def test_what_was_found_is_told_in_words() -> None:
    result = {"documents": 60, "duplicates": 2, "near_duplicates": 5, "clusters": 3, "similarity": 0.8}
    example = {"documents": 4, "similarity": 0.91, "stays": "a", "goes": "b"}
    found = presenter_cleaning.repeats_of({**result, "examples": [example]})
    assert found.words.startswith("7 of 60 documents would go: 2 equal to an earlier one, 5 near-duplicates in 3")
    assert found.clusters == (("4 documents, 91 % alike", "a", "b"),)
    none = presenter_cleaning.repeats_of({**result, "duplicates": 0, "near_duplicates": 0, "examples": []})
    assert none.words == "None of 60 documents is repeated, at a likeness of 0.8."
