"""Compiles what a training step computes with torch's inductor, where there is a compiler; else says why not.

A compiled step fuses the small parts between the matrix products. It costs a wait before the first step, once for
each shape: what was compiled is kept in the app's cache.
"""

import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from llmstudio.engine import products
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import Trainer

Loss = Callable[[Tensor, Tensor], Tensor]

CACHE = "TORCHINDUCTOR_CACHE_DIR"
MOST_WORDS = 200


class Broken(Exception):
    """The compiler is there but failed; the words say how."""


def obstacle(device: str) -> str | None:
    """Why nothing can be compiled for this device here, as a sentence; None where nothing is known against it."""
    if getattr(sys, "frozen", False):
        return "The packaged app does not compile."
    if device == "cuda":
        return None if importlib.util.find_spec("triton") else "Triton, the compiler for this card, is not installed."
    if device != "cpu":
        return "There is no compiler for this device."
    return None if compiler() else "No C++ compiler was found."


def compiler() -> str | None:
    """The path of the C++ compiler that inductor would take."""
    usual = ("cl",) if sys.platform == "win32" else ("clang++", "g++") if sys.platform == "darwin" else ("g++",)
    named = os.environ.get("CXX")
    return next((found for name in ((named,) if named else usual) if (found := shutil.which(name))), None)


def compiled(model: GPT, cache: Path) -> Loss:
    """The loss of a model, compiled at its first call for the shapes of that call; kept below `cache`.

    On a CPU the head stays as it is: for large vocabularies it works in parts.
    """
    cache.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault(CACHE, str(cache))
    _show_products()
    if model.embedding.weight.device.type != "cpu":
        return torch.compile(model.loss, dynamic=False)
    stream = torch.compile(model.stream, dynamic=False)
    return lambda ids, targets: model.loss_of(stream(ids), targets)


def reason(error: BaseException) -> str:
    """What a compiler complained of, in few words: its last line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:MOST_WORDS]


def _show_products() -> None:
    """Let the compiler call our products as they are: it has none that are faster."""
    if hasattr(torch.ops.llmstudio, "product"):
        return
    made: Any = torch.library.custom_op("llmstudio::product", _product, mutates_args=())
    made.register_fake(lambda left, right, bias: left.new_empty(left.size(0), right.size(0)))


def _product(left: Tensor, right: Tensor, bias: Tensor | None) -> Tensor:
    return products.product(left, right, bias)


def compile_steps(trainer: Trainer, cache: Path) -> float:
    """Let a trainer compute compiled from now on; the seconds that took. Its numbers and its chance stay as they are.

    Broken if the compiler fails; the trainer then goes on as before.
    """
    begin = time.perf_counter()
    with torch.random.fork_rng():
        try:
            trainer.compiled = compiled(trainer.model, cache)
            _rehearse(trainer)
        except Exception as error:  # a compiler can fail in any way
            trainer.compiled = None
            trainer.model.zero_grad(set_to_none=True)
            raise Broken(reason(error)) from error
    return time.perf_counter() - begin


def step_seconds(trainer: Trainer, rounds: int = 3) -> float:
    """The best time of a batch forward and backward as the trainer now computes it; it changes nothing."""
    times = []
    with torch.random.fork_rng():
        for _ in range(rounds):
            begin = time.perf_counter()
            _rehearse(trainer)
            times.append(time.perf_counter() - begin)
    return min(times)


def _rehearse(trainer: Trainer) -> None:
    trainer.model.train()
    with trainer.place.autocast():
        trainer.rehearse()
    trainer.place.synchronise()
