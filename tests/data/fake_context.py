"""A job's context that only remembers: for running an import without a run folder."""

from pathlib import Path
from typing import Any

from llmstudio.base.errors import Interrupt
from llmstudio.config.dataset import ImportConfig
from llmstudio.jobs.job import Job
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import import_dataset


class FakeContext:
    """Remembers what a task reports; `stop_after` raises an Interrupt at that many checks."""

    def __init__(self, workspace: Workspace, stop_after: int = 0) -> None:
        self.workspace = workspace
        self.results: dict[str, Any] = {}
        self.stages: list[str] = []
        self.notes: list[str] = []
        self.steps: list[tuple[float, float, str]] = []
        self.checks, self.stop_after = 0, stop_after

    def stage(self, name: str, share: float = 0.0) -> None:
        self.stages.append(name)

    def progress(self, done: float, total: float, unit: str = "") -> None:
        self.steps.append((done, total, unit))

    def note(self, text: str, level: str = "info") -> None:
        self.notes.append(text)

    def artifact(self, kind: str, path: Path | str, **facts: Any) -> None:
        self.artifacts = [(kind, path)]

    def result(self, **values: Any) -> None:
        self.results.update(values)

    def check(self) -> None:
        self.checks += 1
        if self.stop_after and self.checks >= self.stop_after:
            raise Interrupt("cancel")


def import_into(workspace: Workspace, *paths: Path | str, stop_after: int = 0, **options: Any) -> FakeContext:
    """Import as the job would; what it reported."""
    context = FakeContext(workspace, stop_after)
    config = ImportConfig(**{"name": "set", **options, "paths": tuple(map(str, paths))})
    job = Job(id="run", kind="import_dataset", title="set", config=config.model_dump(), inputs=(), created="")
    import_dataset.run(job, context)
    return context
