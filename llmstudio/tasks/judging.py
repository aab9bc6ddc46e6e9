"""What a fine-tuned model with a head says of texts: probabilities of its labels, or a number."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine.device import Place
from llmstudio.engine.heads import Judging, Student
from llmstudio.engine.lessons import Judged
from llmstudio.tasks.loading import Loaded

Ids = NDArray[Any]
Floats = NDArray[np.float64]


def encode_texts(tokenizer: Tokenizer, texts: Sequence[str], limit: int, threads: int = 1) -> tuple[list[Ids], int]:
    """The ids a head reads of each text, at most `limit` of them, and how many texts were longer.

    The mark with which texts begin comes first where the model knows one; an empty text is one end.
    """
    first = np.array([] if tokenizer.begin_id is None else [tokenizer.begin_id], dtype=np.uint32)
    found = [np.concatenate([first, ids.astype(np.uint32)]) for ids in tokenizer.encode_many(texts, threads)]
    empty = np.array([tokenizer.end_id], dtype=np.uint32)
    return [ids[:limit] if len(ids) else empty for ids in found], sum(len(ids) > limit for ids in found)


def judging_of(task: dict[str, Any]) -> Judging:
    """How the numbers of a kept model's head are read; `task` as its manifest tells it."""
    return Judging(task["kind"], None, float(task.get("mean") or 0.0), float(task.get("scale") or 1.0))


def judge(loaded: Loaded, texts: Sequence[str], place: Place, check: Callable[[], None] = lambda: None) -> Floats:
    """What the head says of each text [rows, outputs]: probabilities of its labels, or the value in its own unit."""
    assert loaded.head is not None, "the caller checks that there is a head"
    outputs = loaded.head.out_features
    if not texts:
        return np.zeros((0, outputs))
    student = Student(loaded.model)
    student.score = loaded.head
    rows, _ = encode_texts(loaded.tokenizer, texts, limit_of(loaded), place.threads)
    lesson = Judged(rows, _anything(str(loaded.task["kind"]), len(rows), outputs), judging_of(loaded.task))
    for found in lesson.examine(student, place):
        check()
        if found is not None and found.said is not None:
            return found.said
    raise AssertionError("an examination ends with its outcome")


def limit_of(loaded: Loaded) -> int:
    """The most tokens of a text that are read: as many as it was trained with."""
    known, block = loaded.task.get("block_size"), loaded.model.config.block_size
    return min(known, block) if isinstance(known, int) and known > 0 else block


def _anything(kind: str, rows: int, outputs: int) -> NDArray[Any]:
    """A truth that nobody asks for."""
    if kind == "multilabel":
        return np.zeros((rows, outputs), np.float32)
    return np.zeros(rows, np.int64 if kind == "classify" else np.float32)
