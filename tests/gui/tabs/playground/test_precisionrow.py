"""The choice of precision in the sampling card, and what it does to the loaded model."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.precisionrow import PrecisionRow, meaning
from llmstudio.gui.tabs.playground.presenter_model import PRECISION, ModelHolder
from tests.gui.tabs.desk import RememberingJobs, keep_model, make_session


def test_it_offers_every_precision_and_says_what_one_means(qtbot: QtBot, tmp_path: Path) -> None:
    row = PrecisionRow(make_session(tmp_path).theme)
    qtbot.addWidget(row)
    row.show_precision("int8", 135_000_000, enabled=True)
    assert [entry.key for entry in row.picker.entries] == ["auto", "f32", "bf16", "int8", "int4"]
    assert row.picker.accessibleName() == "Precision"
    assert row.meaning.text() == "About 138 MB, slightly worse."
    heard: list[str] = []
    row.chosen.connect(heard.append)
    row.picker.chosen.emit("int4")
    assert heard == ["int4"]
    row.show_precision("int4", 135_000_000, enabled=False)
    assert not row.picker.isEnabled()


@pytest.mark.parametrize(
    ("precision", "parameters", "words"),
    [
        ("auto", 135_000_000, "16 bits here: about 270 MB, almost exact."),
        ("auto", 1_000_000, "32 bits here: about 4 MB, exact."),
        ("int4", 0, "Clearly worse in small models."),
    ],
)
def test_memory_and_quality_in_a_few_words(precision: str, parameters: int, words: str) -> None:
    assert meaning(precision, parameters).replace(".0 MB", " MB") == words


def test_another_precision_loads_the_model_anew_and_is_kept(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    keep_model(session, "One")
    jobs: RememberingJobs = session.jobs  # type: ignore[assignment]
    holder = ModelHolder(session)
    holder.refresh()
    holder.set_precision("int8")
    assert jobs.submitted == [], "nothing was loaded, nothing is"
    number = holder.ask({"op": "generate"})
    assert jobs.submitted[-1][1].model_dump()["precision"] == "int8"
    jobs.say_from_child("run-1", op="ready")
    holder.set_precision("int4")
    assert holder.state.precision == "int8", "not while it writes"
    jobs.say_from_child("run-1", op="done", id=number)
    holder.set_precision("nonsense")
    holder.set_precision("int4")
    assert jobs.submitted[-1][1].model_dump()["precision"] == "int4"
    assert len(jobs.submitted) == 2
    assert session.settings.get(PRECISION) == "int4"
    assert ModelHolder(session).state.precision == "int4"
