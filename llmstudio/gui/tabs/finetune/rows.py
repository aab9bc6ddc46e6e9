"""Which rows of the form mean something for a task and a method, and how they are grouped in the three cards."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from llmstudio.config import option
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.config.option import OptionInfo

MODEL_ROWS = ("model", "name")
COLUMNS = ("text_column", "label_column", "instruction_column", "input_column", "answer_column", "system_column",
           "messages_column")  # fmt: skip
DATA_ROWS = ("dataset", "task", *COLUMNS, "label_separator", "template", "template_own", "train_on", "split",
             "balance", "on_fault")  # fmt: skip
APART = (*MODEL_ROWS, *DATA_ROWS, "method")
SIMPLE = ("last_layers", "lora_rank", "epochs", "batch_size", "learning_rate", "patience")
GROUPS = {"Learning rate": "Training"}
CLASSES = frozenset({"classify", "multilabel"})
JUDGED = frozenset({"classify", "multilabel", "regress"})


def model_rows() -> tuple[OptionInfo, ...]:
    """The rows of the first card."""
    return _chosen(MODEL_ROWS)


def data_rows() -> tuple[OptionInfo, ...]:
    """The rows of the second card."""
    return _chosen(DATA_ROWS)


def method_rows() -> tuple[OptionInfo, ...]:
    """The rows of the third card: the method's own settings first, then training, evaluation, machine."""
    known = {info.name: info for info in option.describe(FinetuneConfig)}
    order = [*SIMPLE, *(name for name in known if name not in (*APART, *SIMPLE))]
    found = []
    for name in order:
        info = known[name]
        group = "Training" if name == "patience" else GROUPS.get(info.group, info.group)
        found.append(replace(info, group=group, advanced=name not in SIMPLE))
    return tuple(found)


def _chosen(names: tuple[str, ...]) -> tuple[OptionInfo, ...]:
    known = {info.name: info for info in option.describe(FinetuneConfig)}
    return tuple(replace(known[name], group="", advanced=False) for name in names)


def hidden(values: Mapping[str, Any], found: tuple[str, ...]) -> frozenset[str]:
    """The rows that mean nothing for these values; `found` are the names of the dataset's columns."""
    task = str(values.get("task") or "classify")
    method = str(values.get("method") or "auto")
    away = set(_columns_away(values, task, found)) | set(_data_away(values, task))
    if method != "lora":
        away |= {"lora_rank", "lora_alpha", "lora_dropout", "lora_targets"}
    if method != "last-layers":
        away.add("last_layers")
    if task != "continue":
        away.add("old_dataset")
    if task not in CLASSES:
        away.add("baseline")
    if task in JUDGED:
        away.add("sample_tokens")
    else:
        away |= {"reading_share", "word_dropout"}
    return frozenset(away)


def _columns_away(values: Mapping[str, Any], task: str, found: tuple[str, ...]) -> list[str]:
    if task in JUDGED:
        kept = {"text_column", "label_column"}
    elif task == "continue":
        kept = {"text_column"}
    elif values.get("messages_column"):
        kept = {"messages_column"}
    else:
        kept = {"instruction_column", "input_column", "answer_column"}
        kept |= {"system_column"} if len(found) > 3 else set()
        kept |= {"messages_column"} if {"messages", "conversations"} & {name.casefold() for name in found} else set()
    return [name for name in COLUMNS if name not in kept or not found]


def _data_away(values: Mapping[str, Any], task: str) -> list[str]:
    away = []
    if task != "multilabel":
        away.append("label_separator")
    if task != "instruct":
        away += ["template", "template_own", "train_on"]
    elif values.get("template") != "own":
        away.append("template_own")
    if task not in CLASSES:
        away.append("balance")
    return away
