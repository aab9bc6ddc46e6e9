"""The short timed test: of this machine (remembered for proposals), or of one training on it."""

import time
from typing import Any

import numpy as np
import torch

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config import propose, sizing
from llmstudio.config.option import check
from llmstudio.config.probe import ProbeConfig
from llmstudio.config.propose import CorpusFacts
from llmstudio.config.train import PretrainConfig
from llmstudio.engine import device
from llmstudio.engine.device import Place
from llmstudio.engine.trainer import Step, Trainer, plan_of, seeded_model
from llmstudio.jobs import system
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import machine
from llmstudio.tasks.probe_tuning import probe_tuning

TYPICAL = {"n_layer": 4, "n_embd": 256, "n_head": 8, "block_size": 128, "batch_size": 16, "max_steps": 1000}
TYPICAL_VOCABULARY = 2048
LONG_TEXT = CorpusFacts(train_tokens=50_000_000, val_tokens=1_000_000, vocab_size=0)


def run(job: Job, context: Context) -> None:
    """Measure, report, and remember what holds for the machine as a whole."""
    config = ProbeConfig(**job.config)
    if config.settings:
        timed = probe_tuning if config.what == "finetune" else probe_training
        context.result(**timed(config, context))
        return
    facts = probe_machine(config.seconds, context)
    machine.save(facts)
    words = (
        f"{float(facts['flops']) / 1e9:,.0f} billion operations a second in training, precision {facts['precision']}"
    )
    context.note(f"{device.name(str(facts['device']))}: {words}.")
    context.result(**facts)


def probe_machine(seconds: float, context: Context) -> dict[str, float | str]:
    """What this machine reaches in training steps of a typical small model, in fp32 and in bf16."""
    place = device.choose()
    place.settle()
    context.stage("Measuring precision", 1.0)
    settings = _settled({**TYPICAL, "name": "probe", "dataset": "probe"}, TYPICAL_VOCABULARY, place)
    rates, others = {}, system.Others()
    for number, precision in enumerate(("fp32", "bf16")):
        context.check()
        here = Place(place.device, precision, place.threads)
        rates[precision] = _rate(settings, TYPICAL_VOCABULARY, here, seconds / 2, context)
        context.progress(number + 1, 2, "tests")
    gain = rates["bf16"] / rates["fp32"]
    precision = "bf16" if gain >= device.BF16_MARGIN else "fp32"
    shape = propose.model_config(settings, TYPICAL_VOCABULARY)
    return {
        "device": place.device,
        "device_name": device.name(place.device),
        "precision": precision,
        "threads": place.threads,
        "memory_bytes": device.memory_bytes(place.device),
        "flops": rates[precision] * sizing.flops_per_token(shape),
        "bf16_gain": gain,
        "busy": others.share(),
        "torch": torch.__version__,
    }


def probe_training(config: ProbeConfig, context: Context) -> dict[str, float | str]:
    """Tokens a second, seconds a step and memory of the training that the settings describe."""
    given = {"name": "probe", "dataset": "probe", **config.settings}
    asked = _checked(given)
    place = device.choose(asked.device, asked.precision, asked.threads)
    place.settle()
    context.stage("Timing this training", 1.0)
    settled = _settled(given, config.vocab_size, place)
    spent = 0.0
    if asked.precision == "auto" and place.device != "cuda":
        begin = time.perf_counter()
        trial = _trainer(settled, config.vocab_size, place)
        precision, _ = device.faster_precision(trial.rehearse, place, config.seconds / 3)
        place, spent = Place(place.device, precision, place.threads), time.perf_counter() - begin
    context.check()
    rate = _rate(settled, config.vocab_size, place, max(0.5, config.seconds - spent), context)
    context.note(units.rate(rate, "tokens"))
    return {
        "tokens_per_second": rate,
        "seconds_per_step": settled.tokens_per_step / rate,
        "memory_bytes": device.memory_used(place.device),
        "precision": place.precision,
        "device": place.device,
        "threads": place.threads,
    }


def _settled(values: dict[str, Any], vocab_size: int, place: Place) -> PretrainConfig:
    facts = CorpusFacts(LONG_TEXT.train_tokens, LONG_TEXT.val_tokens, vocab_size)
    known = {**(machine.load() or {}), "device": place.device}
    return propose.resolve(_checked(values), facts, propose.machine_facts(known))


def _checked(values: dict[str, Any]) -> PretrainConfig:
    settings, faults = check(PretrainConfig, values)
    for name, fault in faults.items():
        raise UserError(fault.message, "Change this setting.", field=name)
    return PretrainConfig.model_validate(settings)


def _trainer(config: PretrainConfig, vocab_size: int, place: Place) -> Trainer:
    """A trainer on random text: how fast it is does not depend on what it reads."""
    model = seeded_model(propose.model_config(config, vocab_size), config.seed, place)
    length = 4 * config.tokens_per_step + 2 * (config.block_size or 1)
    ids = np.random.default_rng(0).integers(0, vocab_size, length, dtype=np.uint32)
    return Trainer(model, ids, ids[:0], plan_of(config), place)


def _rate(config: PretrainConfig, vocab_size: int, place: Place, seconds: float, context: Context) -> float:
    """Tokens a second over the quicker half of the steps that fit into `seconds` (two at least)."""
    times: list[float] = []
    begin = last = time.perf_counter()
    for record in _trainer(config, vocab_size, place).run():
        context.check()
        if not isinstance(record, Step):
            continue
        place.synchronise()
        now = time.perf_counter()
        times.append(now - last)
        last = now
        if now - begin > seconds and len(times) > 2:
            break
    ordered = sorted(times[1:] or times)
    half = ordered[: max(1, len(ordered) // 2)]
    return config.tokens_per_step * len(half) / sum(half)
