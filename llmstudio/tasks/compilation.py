"""Whether a training is compiled: as the user says, or where that saves more time than it takes. Never in silence."""

import hashlib
import json
from typing import Any

import torch

from llmstudio.base import paths, units
from llmstudio.config.train import PretrainConfig
from llmstudio.engine import compiling
from llmstudio.engine.trainer import Trainer
from llmstudio.jobs.context import Context
from llmstudio.store import machine

FOLDER = "compiled"
USUAL_WAIT = 60.0
"""Seconds that a first compilation takes, about; one that is kept takes a fraction."""

USUAL_GAIN = 0.1
"""The share of a training's time that a compiled step saves, as long as it was not measured."""

LEAST_GAIN = 0.03
CACHED_SHARE = 0.25


def settle(config: PretrainConfig, trainer: Trainer, context: Context) -> PretrainConfig:
    """Compile the trainer's steps or leave them; the settings say which, from now on for good."""
    if config.compile == "off":
        return config
    choice = "on" if _compile(config.compile == "on", trainer, context) else "off"
    context.resolve(compile=choice)
    return config.model_copy(update={"compile": choice})


def _compile(asked: bool, trainer: Trainer, context: Context) -> bool:
    hindrance = compiling.obstacle(trainer.place.device)
    if hindrance is None and type(trainer) is not Trainer:
        hindrance = "Trainings in several processes are not compiled."
    if hindrance is not None:
        if asked:
            context.note(f"{hindrance} The training goes on uncompiled.", "warning")
        return False
    if asked:
        return _announced(trainer, context)
    place = paths.user_cache() / FOLDER / f"{_key(trainer)}.json"
    known = machine.load(place)
    eager = compiling.step_seconds(trainer, rounds=1) if known is None else float(known["eager"])
    if not _worth_trying(trainer, eager, known):
        return False
    eager = compiling.step_seconds(trainer)
    if not _announced(trainer, context):
        return False
    gain = 1 - (seconds := compiling.step_seconds(trainer)) / eager
    machine.save({"eager": eager, "gain": gain}, place)
    if gain >= LEAST_GAIN:
        context.note(f"A batch takes {units.duration(seconds)} instead of {units.duration(eager)}.")
        return True
    trainer.compiled = None
    context.note("Compiled steps are no faster here: the training goes on uncompiled.")
    return False


def _worth_trying(trainer: Trainer, eager: float, known: dict[str, Any] | None) -> bool:
    """Whether what is left to train is long enough to win the wait back."""
    plan = trainer.plan
    left = (plan.steps - trainer.state.step) * plan.accumulate * eager
    if known is None:
        return left * USUAL_GAIN > USUAL_WAIT
    gain = float(known["gain"])
    return gain >= LEAST_GAIN and left * gain > USUAL_WAIT * CACHED_SHARE


def _announced(trainer: Trainer, context: Context) -> bool:
    """Compile, and say so before and after."""
    context.stage("Compiling", 0.02)
    context.note(f"Compiling, about {units.duration(USUAL_WAIT)}; cached afterwards.")
    try:
        seconds = compiling.compile_steps(trainer, paths.user_cache() / FOLDER)
    except compiling.Broken as error:
        context.note(f"The compiler failed ({error}). The training goes on uncompiled.", "warning")
        return False
    context.note(f"Compiled in {units.duration(seconds)}.")
    return True


def _key(trainer: Trainer) -> str:
    """Names what is compiled: the shape of the model and of its batches, the precision, the threads, and torch."""
    plan, place = trainer.plan, trainer.place
    parts = [trainer.model.config.facts(), plan.batch, plan.block, place.device, place.precision, place.threads]
    text = json.dumps([*parts, torch.__version__], sort_keys=True)
    return "gain-" + hashlib.sha256(text.encode()).hexdigest()[:16]
