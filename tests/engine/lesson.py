"""Lessons so small that a student learns them in a second: what the last number of a row is, and what follows."""

from typing import Any

import numpy as np
import torch

from llmstudio.engine import optim
from llmstudio.engine.freezing import Choice, apply
from llmstudio.engine.heads import Judging, Student
from llmstudio.engine.lessons import Judged, Lesson, Read
from llmstudio.engine.lora import LoraSettings
from llmstudio.engine.trainer import Plan
from llmstudio.engine.tuner import Tuner
from tests.engine import tiny

LORA = Choice("lora", lora=LoraSettings(4, 8.0), family="llama")


def judged(rows: int = 60, seed: int = 0) -> Judged:
    """Three classes: the last number of a row, divided by 4."""
    chance = np.random.default_rng(seed)
    ids = [chance.integers(0, 11, chance.integers(1, 8)) for _ in range(rows)]
    return Judged(ids, np.array([row[-1] // 4 for row in ids]), Judging("classify"))


def read(rows: int = 60, seed: int = 0) -> Read:
    """Numbers that go up by one; only the second half of each row counts."""
    chance = np.random.default_rng(seed)
    starts, lengths = chance.integers(0, 11, rows), chance.integers(4, 9, rows)
    ids = [(start + np.arange(length)) % 11 for start, length in zip(starts, lengths, strict=True)]
    return Read(ids, [np.arange(len(row)) >= len(row) // 2 for row in ids])


def student(choice: Choice, outputs: int | None = 3, **shape: Any) -> Student:
    model = tiny.model("llama", **{"dropout": 0.1, **shape})
    torch.manual_seed(1)
    one = Student(model, outputs)
    apply(one, choice, tiny.HERE)
    return one


def tuner(choice: Choice, lesson: Lesson | None = None, *, outputs: int | None = 3, **changes: Any) -> Tuner:
    lesson = lesson or judged()
    validation: Lesson = judged(30, 1) if isinstance(lesson, Judged) else read(30, 1)
    return Tuner(student(choice, outputs), lesson, validation, plan(**changes), tiny.HERE)


def plan(**changes: Any) -> Plan:
    adam = optim.Settings("adamw", 0.9, 0.999, 0.01)
    return tiny.plan(**{"optimizer": adam, "batch": 8, "rate": 0.01, **changes})
