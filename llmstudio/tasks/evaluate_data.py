"""The rows an evaluation judges: which task, which columns, which part; for each model rows that it never learned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.data import labelled, labelled_split
from llmstudio.data.documents import Documents
from llmstudio.data.labelled import Columns, Example, Labelled, LabelledTask
from llmstudio.data.labelled_split import DATASET, Parts
from llmstudio.jobs.context import Context
from llmstudio.store.catalog import Kept

TASK_WORDS = {
    "continue": "text", "classify": "labels", "multilabel": "sets of labels", "regress": "numbers",
    "instruct": "answers",
}  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """What one model is judged on. `train` are rows to learn from or to show as examples, none of them judged."""

    judged: list[Example]
    train: list[Example]
    split: str
    note: str = ""


def task_of(config: EvaluateConfig, documents: Documents, models: Sequence[Kept]) -> LabelledTask:
    """The task asked for; else that of the first fine-tuned model; else what the columns look like."""
    if config.task != "auto":
        return config.task
    tuned = [str(task["kind"]) for task in map(task_facts, models) if task.get("kind") in TASK_WORDS]
    if tuned:
        return tuned[0]  # type: ignore[return-value]
    return labelled.guess(documents).task


def task_facts(kept: Kept) -> dict[str, Any]:
    """What the manifest says of a fine-tuned model's task; {} of other models."""
    facts = kept.manifest.get("task")
    return facts if isinstance(facts, dict) else {}


def learned_from(kept: Kept, dataset: Kept) -> bool:
    """Whether a model was trained on this very dataset."""
    lineage = kept.manifest.get("lineage")
    source = lineage.get("dataset") if isinstance(lineage, dict) else None
    if not isinstance(source, dict):
        return False
    known, wanted = source.get("sha256"), dataset.manifest.get("documents_sha256")
    return bool(known and known == wanted) or source.get("id") == dataset.id


class Table:
    """A labelled dataset that is read once, and split as often as models need."""

    def __init__(
        self, config: EvaluateConfig, dataset: Kept, task: LabelledTask, models: Sequence[Kept], context: Context
    ) -> None:
        self.config, self.dataset, self.task = config, dataset, task
        own = [one for one in models if learned_from(one, dataset) and task_facts(one).get("kind") == task]
        documents = Documents(dataset.path)
        try:
            columns = self._columns(documents, own)
            self.labelled: Labelled = labelled.load(
                documents,
                task,
                columns,
                label_separator=config.label_separator or self._recorded(own, "label_separator"),
                on_fault="skip",
                check=context.check,
            )
        finally:
            documents.close()
        self._parts: dict[str, Parts] = {}
        self.rule = self._common_rule(own)

    def _columns(self, documents: Documents, own: Sequence[Kept]) -> Columns:
        """What was said, else what a model learned from, else what the names look like."""
        names = ("text", "label", "instruction", "input", "answer", "system", "messages")
        said = {name: getattr(self.config, f"{name}_column") for name in names}
        recorded = next((task_facts(one).get("columns") for one in own), None)
        known: dict[str, Any] = {}
        if isinstance(recorded, dict):
            known = {name: str(recorded[name]) for name in names if isinstance(recorded.get(name), str)}
        guessed = labelled.guess(documents)
        if (not known and guessed.task == self.task) or self.task != "instruct":
            known = {**guessed.columns.record(), **known}
        return Columns(**{**known, **{name: value for name, value in said.items() if value}})

    @staticmethod
    def _recorded(own: Sequence[Kept], name: str) -> str:
        columns = next((task_facts(one).get("columns") for one in own), None)
        value = columns.get(name) if isinstance(columns, dict) else None
        return value if isinstance(value, str) else ""

    def _common_rule(self, own: Sequence[Kept]) -> dict[str, Any]:
        """The split for models that have none of their own, and for the baselines."""
        if self.config.rule:
            return {"rule": self.config.rule, "seed": self.config.seed}
        recorded = next((rule for rule in map(recorded_rule, own) if rule), None)
        return recorded or {"rule": DATASET, "seed": 0}

    def rows_for(self, kept: Kept | None) -> Rows:
        """The rows a model (None: a baseline) is judged on."""
        own = recorded_rule(kept) if kept is not None and learned_from(kept, self.dataset) else {}
        rule = own if own and task_facts(kept).get("kind") == self.task else self.rule  # type: ignore[arg-type]
        parts = self._split(rule)
        if own and rule is own and own.get("sha256") not in (None, parts.sha256):
            raise UserError(
                f"The rows that {kept.title if kept else ''} learned cannot be told from the others any more.",
                "Its dataset or its columns were changed: fine-tune it again, or choose another dataset.",
                field="dataset",
            )
        rows = self._chosen(parts)
        note = self._note(kept, rule, rows.split)
        return replace(rows, note=note)

    def _note(self, kept: Kept | None, rule: dict[str, Any], split: str) -> str:
        if kept is None or not learned_from(kept, self.dataset):
            return ""
        tuned = bool(recorded_rule(kept))
        if split in ("train", "all"):
            return "It learned from rows that it is judged on here."
        if tuned and rule != self.rule:
            return "It is judged by the split it was trained with: other rows than the others."
        if not tuned and rule.get("rule") != DATASET:
            return "Its training text may hold rows that it is judged on here."
        return "It is judged by the split it was trained with." if tuned else ""

    def _split(self, rule: dict[str, Any]) -> Parts:
        key = str(sorted(rule.items()))
        if key not in self._parts:
            known = {name: rule[name] for name in ("rule", "seed", "balance") if name in rule}
            try:
                self._parts[key] = labelled_split.split(self.labelled, **known)
            except UserError:
                if known.get("rule") != DATASET:
                    raise
                self._parts[key] = self._as_imported()  # nothing is learned here, so a part may be empty
        return self._parts[key]

    def _as_imported(self) -> Parts:
        by_name: dict[str, list[Example]] = {name: [] for name in ("train", "val", "test")}
        for example in self.labelled.rows:
            by_name.setdefault(example.split, []).append(example)
        return Parts(by_name["train"], by_name["val"], by_name["test"])

    def _chosen(self, parts: Parts) -> Rows:
        split = self.config.split
        if split == "auto":
            split = "test" if parts.test else "val"
        judged = parts.part(split)
        if not judged:
            raise UserError(
                f"The part {split} of {self.dataset.title} has no rows.",
                "Choose another part, or a split such as 70,10,20.",
                field="split",
            )
        judged = drawn(judged, self.config.max_rows, self.config.seed)
        keys = {example.key for example in judged}
        return Rows(judged, [example for example in parts.train if example.key not in keys], split)

    def warnings(self) -> Iterable[str]:
        """What a person should know of the rows."""
        if self.labelled.fault_count:
            first = self.labelled.faults[0]
            number = units.plural(self.labelled.fault_count, "row was", "rows were")
            yield f"{number} left out; the first: row {first.row:,} {first.reason}."
        yield from self.labelled.warnings


def recorded_rule(kept: Kept) -> dict[str, Any]:
    """The rule by which a fine-tuned model's rows were split; {} where none is recorded."""
    rule = task_facts(kept).get("split")
    if not isinstance(rule, dict) or not isinstance(rule.get("rule"), str):
        return {}
    return {name: rule[name] for name in ("rule", "seed", "balance", "sha256") if name in rule}


def drawn(rows: list[Example], most: int | None, seed: int) -> list[Example]:
    """At most `most` rows, drawn at random but the same for everybody, in their order."""
    if most is None or most >= len(rows):
        return rows
    chosen = np.random.default_rng(seed).choice(len(rows), most, replace=False)
    return [rows[place] for place in sorted(chosen.tolist())]
