"""Notes on a model's figures add up."""

from typing import Any

from llmstudio.tasks.evaluate_report import Entry
from llmstudio.tasks.evaluate_trial import Trial


def test_notes_add_up() -> None:
    nothing: Any = None
    trial = Trial(nothing, nothing, nothing, nothing, nothing, Entry("m", "M"))
    trial.add_note("One thing.")
    trial.add_note("Another.")
    assert trial.entry.note == "One thing. Another."
