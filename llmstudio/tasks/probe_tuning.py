"""The short timed test of one fine-tuning: its own rows and model, a few steps, nothing kept."""

import time

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.config.option import check
from llmstudio.config.probe import ProbeConfig
from llmstudio.engine import device
from llmstudio.engine.rows import Numbers, RowOrder
from llmstudio.engine.trainer import Step
from llmstudio.engine.tuner import Tuner
from llmstudio.jobs.context import Context
from llmstudio.tasks import tuning_data, tuning_setup

SHARES = (1 / 6, 3 / 6, 5 / 6)
"""Where, among all steps ranked by their tokens, those stand that are timed: the middles of three equal parts."""

MOST = 1000  # steps that are ranked
LONG = 3  # by so much a test may last longer, before steps are believed that were taken only once


def probe_tuning(config: ProbeConfig, context: Context) -> dict[str, float | str]:
    """Tokens a second, seconds a step and memory of the fine-tuning that the settings describe."""
    asked = _checked(config)
    context.stage("Reading the rows", 0.3)
    base = tuning_data.base_named(context, asked.model)
    material = tuning_data.gather(asked, base, context)
    settled = tuning_setup.settle(asked, base, material, context)
    tuner = tuning_setup.build(settled, base, material, context)
    tuner.validation = None  # only steps are timed
    context.stage("Timing this fine-tuning", 0.7)
    rate, step = _rate(tuner, config.seconds, context)
    context.note(units.rate(rate, "tokens"))
    return {
        "tokens_per_second": rate,
        "seconds_per_step": step,
        "seconds": config.seconds,
        "memory_bytes": device.memory_used(settled.device),
        "precision": settled.precision,
        "device": settled.device,
        "threads": settled.threads or device.cores(),
    }


def _checked(config: ProbeConfig) -> FinetuneConfig:
    settings, faults = check(FinetuneConfig, {"name": "Timed test", **config.settings})
    for name, fault in faults.items():
        raise UserError(fault.message, "Change this setting.", field=name)
    return FinetuneConfig.model_validate(settings)


class Typical(RowOrder):
    """Steps of few, of usual and of many tokens in turn: the first steps of an order may be of one kind."""

    def __init__(self, order: RowOrder) -> None:
        self._of, self.lengths = order, order.lengths
        ranked = sorted(range(min(order.steps, MOST)), key=order.tokens)
        self.kinds = [ranked[int(share * len(ranked))] for share in SHARES]

    def at(self, step: int) -> list[Numbers]:
        """The rows of the kind whose turn it is."""
        return self._of.at(self.kinds[step % len(self.kinds)])


def _rate(tuner: Tuner, seconds: float, context: Context) -> tuple[float, float]:
    """(tokens a second, seconds a step) over the steps that fit into `seconds`; rows count as long as they are.

    Each kind of step is timed from its second time on: the first one also pays for what is made ready once.
    """
    order = Typical(tuner.order)
    tuner.order = order
    once = len(order.kinds)
    timed: list[tuple[float, int]] = []
    begin = last = time.perf_counter()
    before = 0
    for record in tuner.run():
        context.check()
        if not isinstance(record, Step):
            continue
        tuner.place.synchronise()
        now = time.perf_counter()
        timed.append((now - last, record.tokens - before))
        last, before = now, record.tokens
        enough = now - begin > (seconds if len(timed) > once else LONG * seconds)
        if len(timed) >= tuner.plan.steps or (len(timed) % once == 0 and enough):
            break
    counted = timed[once:] or timed
    spent = sum(time for time, _ in counted)
    return sum(tokens for _, tokens in counted) / spent, spent / len(counted)
