"""How tasks, methods and figures of a fine-tuning are called."""

import math
from collections.abc import Mapping
from typing import Any

from llmstudio.base import units

TASKS = {
    "classify": "Classify text",
    "multilabel": "Several labels",
    "regress": "Predict a number",
    "instruct": "Follow instructions",
    "continue": "Read on",
}
TASK_NOTES = {
    "classify": "one label for a text",
    "multilabel": "any number of labels",
    "regress": "a number for a text",
    "instruct": "answers and chats",
    "continue": "more text of one kind",
}
METHODS = {"full": "All weights", "last-layers": "Last layers", "head": "Head", "lora": "LoRA"}
CHOICES: dict[str, dict[str, str]] = {
    "balance": {
        "none": "As they are",
        "weights": "Count more",
        "sampling": "Are drawn more often",
        "undersample": "Others are left out",
    },
    "on_fault": {"stop": "Stop at them", "skip": "Leave them out"},
    "train_on": {"answers": "Answers only", "all": "Questions too"},
    "template": {
        "auto": "The model's own",
        "alpaca": "Alpaca",
        "chatml": "ChatML",
        "llama3": "Llama 3",
        "plain": "Plain",
        "own": "Written here",
    },
    "lora_targets": {"all": "All matrices", "attention": "Attention", "feed-forward": "Feed-forward"},
}
CLASSES = ("classify", "multilabel")


def noun(config: Mapping[str, Any], column: str = "") -> str:
    """What a label is called: the name of its column where that is a word, else "label".

    `column` is the one the dataset was imported with, which settings need not name.
    """
    name = str(config.get("label_column") or column).strip().replace("_", " ")
    plain = name.replace(" ", "").isalpha() and 1 < len(name) <= 16
    return name.lower() if plain else "label"


def share(value: float | None, decimals: int = 1) -> str:
    """A share of one as the figure of a tile, without its sign: 0.914 -> "91.4"; a dash where there is none."""
    return f"{100 * value:.{decimals}f}" if known(value) and value is not None else "–"


def figure(value: float | None, decimals: int = 3) -> str:
    """A number as the figure of a tile; a dash where there is none."""
    return units.number(value, decimals) if known(value) and value is not None else "–"


def known(value: float | None) -> bool:
    """Whether a figure is there."""
    return value is not None and math.isfinite(value)


def method(config: Mapping[str, Any]) -> str:
    """The method with the setting that matters: "LoRA, rank 8"."""
    chosen = str(config.get("method", ""))
    words = METHODS.get(chosen, chosen)
    if chosen == "lora" and config.get("lora_rank"):
        return f"{words}, rank {config['lora_rank']}"
    if chosen == "last-layers" and config.get("last_layers"):
        layers = int(config["last_layers"])
        return "The last layer" if layers == 1 else f"The last {layers} layers"
    return words
