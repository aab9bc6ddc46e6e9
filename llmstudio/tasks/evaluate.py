"""The job that measures several models on the same rows; one that fails gives its reason, and the others go on."""

import functools
import gc
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import torch

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.data.documents import Documents
from llmstudio.data.labelled_split import DATASET
from llmstudio.engine import device
from llmstudio.engine.device import Place
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import catalog, evaluations
from llmstudio.store.catalog import Kept
from llmstudio.tasks import evaluate_answers, evaluate_baseline, evaluate_heads, evaluate_labels, evaluate_text
from llmstudio.tasks.evaluate_data import Rows, Table, task_of
from llmstudio.tasks.evaluate_report import Entry, Report
from llmstudio.tasks.evaluate_trial import Trial
from llmstudio.tasks.loading import Loaded, load_model

Records = list[dict[str, Any]]


def run(job: Job, context: Context) -> None:
    """Measure one model after the other, then the baselines; the report grows with each."""
    config = EvaluateConfig(**job.config)
    context.stage("Reading the rows", 0.05)
    dataset = catalog.find(context.workspace, "dataset", config.dataset)
    kept = [catalog.find(context.workspace, "model", name) for name in config.models]
    place = device.choose(config.device, config.precision, config.threads)
    place.settle()
    evaluation = Evaluation(config, dataset, kept, place, context)
    context.resolve(
        task=evaluation.task, split=evaluation.split, device=place.device, precision=place.precision,
        threads=place.threads, dataset=dataset.id, models=[one.id for one in kept],
    )  # fmt: skip
    evaluation.run()


class Evaluation:
    """The rows, the models and the report."""

    def __init__(
        self, config: EvaluateConfig, dataset: Kept, models: list[Kept], place: Place, context: Context
    ) -> None:
        self.config, self.dataset, self.models = config, dataset, models
        self.place, self.context = place, context
        documents = Documents(dataset.path)
        try:
            self.task = task_of(config, documents, models)
        finally:
            documents.close()
        self.table = self._table()
        common = self.table.rows_for(None) if self.table else None
        self.split = common.split if common else evaluate_text.part_of(dataset, config.split)
        self.report = Report(context, self.task, self._facts(common))

    def _table(self) -> Table | None:
        """The rows, except where a text is read by the dataset's own split."""
        if self.task == "continue" and self.config.rule in ("", DATASET):
            return None
        table = Table(self.config, self.dataset, self.task, self.models, self.context)
        for warning in table.warnings():
            self.context.note(warning, "warning")
        return table

    def _facts(self, rows: Rows | None) -> dict[str, Any]:
        sha256 = str(self.dataset.manifest.get("documents_sha256", ""))
        about = {"id": self.dataset.id, "title": self.dataset.title, "sha256": sha256}
        count, unit = len(rows.judged) if rows else 0, "rows"
        if self.task == "continue":
            count, unit = 0, "tokens"  # known once the first model has cut the text
        return {"dataset": about, "split": self.split, "rows": count, "unit": unit}

    def run(self) -> None:
        """Everything in turn; fails only where no model could be measured."""
        share = 0.9 / max(1, len(self.models))
        failures: list[UserError] = []
        done = {entry.id for entry in self.report.entries if entry.kind != "baseline"}
        for kept in self.models:
            if kept.id in done:
                continue
            self.context.stage(f"Measuring {kept.title}", share)
            entry = Entry(kept.id, kept.title)
            records, failure = self._guarded(entry, functools.partial(self._model, kept, entry))
            self._add(entry, records)
            failures += [failure] if failure else []
            if not failure:
                self._remember(kept, entry)
        if self.config.baseline and self.table and self.task in evaluate_baseline.NAMES:
            self._baselines(self.table)
        self._tell_result()
        if failures and len(failures) == len(self.models):
            raise failures[0]

    def _guarded(self, entry: Entry, work: Callable[[], Records]) -> tuple[Records, UserError | None]:
        """The predictions; where it fails the entry says why, and nothing half measured stays."""
        started = time.monotonic()
        failure: UserError | None = None
        records: Records = []
        try:
            records = work()
        except Interrupt:
            raise
        except UserError as error:  # without its traceback, which holds the model in memory
            failure = UserError(error.message, error.hint, field=error.field, location=error.location)
        except Exception as error:  # the others go on
            failure = _unforeseen(error)
            self.context.note(traceback.format_exc(limit=8), "warning")
        if failure:
            entry.metrics, entry.intervals, entry.error = {}, {}, str(failure)
            self.context.note(f"{entry.title}: {failure}", "warning")
        entry.seconds = round(time.monotonic() - started, 2)
        return records, failure

    def _model(self, kept: Kept, entry: Entry) -> Records:
        loaded = load_model(self.context.workspace, kept.id, self.place)
        trial = Trial(loaded, self.dataset, self.config, self.place, self.context, entry)
        rows = self.table.rows_for(kept) if self.table else None
        try:
            records = self._measured(trial, loaded, rows)
        finally:
            del trial, loaded
            gc.collect()  # the next model needs the memory
        if rows and rows.note:
            entry.note = f"{rows.note} {entry.note}".strip()
        return records

    def _measured(self, trial: Trial, loaded: Loaded, rows: Rows | None) -> Records:
        if self.task == "continue":
            return evaluate_text.measure(trial, rows)
        assert rows is not None, "only a text is read without rows"
        assert self.table is not None
        if self.task == "instruct":
            return evaluate_answers.measure(trial, rows)
        if loaded.head is not None and loaded.task.get("kind") == self.task:
            return evaluate_heads.measure(trial, rows, self.table.labelled.labels)
        if self.task == "classify":
            return evaluate_labels.by_words(trial, rows, self.table.labelled.labels)
        words = {"multilabel": "several labels", "regress": "numbers"}[self.task]
        raise UserError(f"{loaded.kept.title} has no head for {words}.", "Fine-tune it on this task first.")

    def _baselines(self, table: Table) -> None:
        self.context.stage("Measuring the baselines", 0.05)
        rows = table.rows_for(None)
        done = {entry.id for entry in self.report.entries if entry.kind == "baseline"}
        for name, title in evaluate_baseline.NAMES.get(self.task, ()):
            if name in done:
                continue
            entry = Entry(name, title, kind="baseline")
            labels, check = table.labelled.labels, self.context.check
            work = functools.partial(evaluate_baseline.measure, entry, self.task, rows, labels, check)
            self._add(entry, self._guarded(entry, work)[0])

    def _add(self, entry: Entry, records: Records) -> None:
        if not self.report.facts["rows"]:
            self.report.facts["rows"] = entry.rows
        self.report.add(entry, records)

    def _remember(self, kept: Kept, entry: Entry) -> None:
        """Put the figures into the model's manifest, so that copies and exports carry them."""
        facts = self.report.facts
        record = {
            "run": self.context.folder.name, "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "dataset": facts["dataset"], "split": self.split, "task": self.task, "kind": entry.kind,
            "rows": entry.rows, "unit": facts["unit"], "metrics": entry.record()["metrics"],
            "rules": entry.rules, "note": entry.note,
        }  # fmt: skip
        try:
            evaluations.remember(kept, record)
        except UserError as error:  # a model on a read-only disk can be measured all the same
            self.context.note(f"The figures could not be noted in {kept.title}: {error}", "warning")

    def _tell_result(self) -> None:
        entries = [entry.record() for entry in self.report.entries]
        first = next((one for one in entries if one["kind"] != "baseline" and not one["error"]), None)
        keys = ("id", "title", "kind", "metrics", "error", "note")
        self.context.result(
            run=self.context.folder.name,
            dataset=self.dataset.id,
            split=self.split,
            task=self.task,
            rows=self.report.facts["rows"],
            metrics=(first or (entries[0] if entries else {"metrics": {}}))["metrics"],
            models=[{key: one[key] for key in keys} for one in entries],
        )


def _unforeseen(error: Exception) -> UserError:
    """A failure of one model in words; the details stand in the notes."""
    words = str(error).lower()
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or "allocate memory" in words:
        return UserError("Memory ran out.", "Close other programs, or choose a shorter context.")
    return UserError(f"It could not be measured: {type(error).__name__}.", "The details are among the run's events.")
