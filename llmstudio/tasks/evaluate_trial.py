"""One model on trial: all that the measures of the different tasks need at hand."""

from dataclasses import dataclass

from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.engine.device import Place
from llmstudio.jobs.context import Context
from llmstudio.store.catalog import Kept
from llmstudio.tasks.evaluate_report import Entry
from llmstudio.tasks.loading import Loaded


@dataclass(frozen=True)
class Trial:
    """A loaded model, by which rules it is judged, and the row of the table that is filled."""

    loaded: Loaded
    dataset: Kept
    config: EvaluateConfig
    place: Place
    context: Context
    entry: Entry

    def add_note(self, text: str) -> None:
        """A sentence more about this model's figures."""
        self.entry.note = f"{self.entry.note} {text}".strip()
