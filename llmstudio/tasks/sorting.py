"""Sorts a text under labels for the Playground: by a fine-tuned head, or by the likeliest label word."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from llmstudio.base.errors import UserError
from llmstudio.engine import shared
from llmstudio.engine.device import Place
from llmstudio.tasks.judging import judge
from llmstudio.tasks.loading import Loaded

MOST_LABELS = 100


def by_head(loaded: Loaded, text: str, place: Place, check: Callable[[], None]) -> dict[str, Any]:
    """What the model's own head says: `labels` as (label, probability), likeliest first, or a `value`."""
    if loaded.head is None:
        raise UserError(f"{loaded.kept.title} has no labels of its own.", "Say which labels there are.")
    said = judge(loaded, [text], place, check)[0]
    if loaded.task["kind"] == "regress":
        return {"labels": [], "value": float(said[0])}
    return {"labels": _ranked([str(label) for label in loaded.task["labels"]], said.tolist())}


def by_words(
    loaded: Loaded, prompt: Sequence[int], labels: Sequence[str], check: Callable[[], None], *, spaced: bool
) -> dict[str, Any]:
    """How likely each label's words are to come next, among the labels. `spaced`: a space stands before them."""
    tokenizer, limit = loaded.tokenizer, loaded.model.config.block_size
    choices = [tokenizer.encode(f" {label}" if spaced else label) for label in labels]
    if len(prompt) + max(map(len, choices)) > limit:
        raise UserError(f"The text is too long: the model reads {limit:,} tokens at once.", "Shorten it.")
    (_, found), *_ = shared.likelihoods(loaded.language, [list(prompt)], choices, check)
    scores = found[0].numpy()
    shares = np.exp(scores - scores.max())
    return {"labels": _ranked(list(labels), (shares / shares.sum()).tolist())}


def labels_of(given: Any) -> list[str]:
    """Label words that somebody sent; UserError where they are none."""
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise UserError("The labels cannot be read.", "Send a list of words.")
    found = list(dict.fromkeys(one.strip() for one in given if one.strip()))
    if len(found) < 2:
        raise UserError("There are fewer than two labels.", "Name two or more, separated by commas.")
    if len(found) > MOST_LABELS:
        raise UserError(f"{len(found):,} labels are too many; {MOST_LABELS} is the most.", "Name fewer.")
    return found


def _ranked(labels: Sequence[str], shares: Sequence[float]) -> list[tuple[str, float]]:
    pairs = zip(labels, shares, strict=True)
    return sorted(pairs, key=lambda pair: -pair[1])
