"""The sheet "New evaluation": what is proposed for, missing from and wrong with its values; starts the job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from llmstudio.base import units
from llmstudio.config import option
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.config.option import Fault
from llmstudio.gui.session import Session
from llmstudio.store.catalog import Kept

MEASURED = {
    "continue": "Perplexity and bits per byte",
    "classify": "Accuracy, precision, recall, F1, confusion, calibration",
    "multilabel": "F1, all labels right, Hamming loss",
    "regress": "Mean error, root mean square error, R2",
    "instruct": "ROUGE, BLEU, chrF, exact match",
}
_TEXT = frozenset({"stride", "block_size"})
_PROMPT = frozenset({"shots", "question", "label_words"})
_ANSWERS = frozenset({"max_tokens", "stemming", "template", "template_own"})
_TALK = frozenset({"instruction_column", "input_column", "answer_column", "system_column", "messages_column"})
_LABELLED = frozenset({"label_column", "baseline"})


@dataclass(frozen=True)
class Line:
    """One line of readiness: state "good", "warning" or "wrong", a sentence, the row it is about, its link."""

    state: str
    text: str
    row: str = ""
    link: str = ""


@dataclass(frozen=True)
class NewState:
    """What the sheet shows."""

    task: str = "auto"
    faults: dict[str, Fault] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    hidden: frozenset[str] = frozenset()
    config: EvaluateConfig | None = None

    @property
    def ready(self) -> bool:
        """Whether it can start."""
        return self.config is not None and all(line.state != "wrong" for line in self.lines)


def judge(
    values: Mapping[str, Any], chosen: Sequence[str], models: Sequence[Kept], datasets: Sequence[Kept]
) -> NewState:
    """What is to be said of the values of the form and the models ticked."""
    dataset = next((kept for kept in datasets if kept.id == values.get("dataset")), None)
    picked = [kept for kept in models if kept.id in chosen]
    task = guess(str(values.get("task", "auto")), picked, dataset)
    config, faults = option.check(EvaluateConfig, {**values, "models": tuple(chosen)})
    wrong = tuple(Line("wrong", fault.message, name, "Go there") for name, fault in faults.items() if name in values)
    lines = (_models_line(picked, task, bool(values.get("baseline"))), _data_line(dataset, values), *wrong)
    measured = (Line("good", f"Measured: {MEASURED[task]}"),) if task in MEASURED and dataset else ()
    ready = config if not faults and dataset is not None else None
    shown = {name: fault for name, fault in faults.items() if name in values and name != "dataset"}
    return NewState(task, shown, (*lines, *measured), hidden_rows(task), ready)


def guess(task: str, models: Sequence[Kept], dataset: Kept | None) -> str:
    """What will be measured, as far as manifests tell; "auto" where only the job finds out."""
    if task != "auto":
        return task
    tuned = [facts.get("kind") for kept in models if isinstance(facts := kept.manifest.get("task"), dict)]
    if tuned and tuned[0] in MEASURED:
        return str(tuned[0])
    if dataset is None:
        return "auto"
    names = {str(name).casefold() for name in dataset.manifest.get("columns") or ()}
    if names & {"messages", "conversations"} or {"instruction", "output"} <= names:
        return "instruct"
    return "auto" if dataset.manifest.get("label_column") else "continue"


def hidden_rows(task: str) -> frozenset[str]:
    """Rows that mean nothing for a task."""
    if task == "continue":
        return _PROMPT | _ANSWERS | _TALK | _LABELLED | {"label_separator"}
    if task == "instruct":
        return _TEXT | _LABELLED | {"label_separator", "label_words", "question", "text_column"}
    if task in ("classify", "multilabel", "regress"):
        several = frozenset() if task == "multilabel" else frozenset({"label_separator"})
        prompts = frozenset() if task == "classify" else _PROMPT
        return _TEXT | _ANSWERS | _TALK | several | prompts
    return frozenset()


def _models_line(picked: Sequence[Kept], task: str, baseline: bool) -> Line:
    if picked:
        words = units.plural(len(picked), "model")
        with_baselines = baseline and task in ("classify", "multilabel", "regress", "auto")
        return Line("good", f"{words} and the baselines" if with_baselines else words)
    if baseline and task in ("classify", "multilabel", "regress"):
        return Line("warning", "No model is ticked: only the baselines are measured")
    return Line("wrong", "Tick the models to measure")


def _data_line(dataset: Kept | None, values: Mapping[str, Any]) -> Line:
    if dataset is None:
        return Line("wrong", "Choose the data to measure on", "dataset", "Go to Dataset")
    splits = dataset.manifest.get("splits")
    parts = splits if isinstance(splits, dict) else {}
    part = str(values.get("split", "auto"))
    if values.get("rule") or part in ("auto", "all"):
        return Line("good", f"{units.plural(int(dataset.manifest.get('documents', 0)), 'document')} in the dataset")
    known = parts.get(part)
    number = int(known.get("documents", 0)) if isinstance(known, dict) else 0
    if not number:
        return Line("warning", "The dataset's own split has nothing in this part", "split", "Go to Part")
    return Line("good", units.plural(number, "document") + " in this part of the dataset")


def start(session: Session, config: EvaluateConfig, title: str) -> str:
    """Start the job and return its run id. Raises UserError."""
    inputs = [config.dataset, *config.models]
    return session.jobs.submit("evaluate", config, title=title, inputs=inputs)


def title_of(picked: Sequence[str], dataset: str) -> str:
    """What the run is called."""
    if not picked:
        return f"Baselines on {dataset}"
    return f"{picked[0]} on {dataset}" if len(picked) == 1 else f"{len(picked)} models on {dataset}"
