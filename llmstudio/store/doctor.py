"""The training doctor: watches a run's numbers and says in plain words what is wrong and what helps.

It acts on nothing; the training task records its alarms and the window offers the remedies.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from llmstudio.base import units
from llmstudio.store.events import Alarm
from llmstudio.store.symptoms import (
    DeadGradient,
    EarlyRise,
    Jump,
    NotFinite,
    Overfit,
    Overfitting,
    Plan,
    Plateau,
    Reading,
    Spike,
    Standstill,
)

REWIND, HALVE, KEEP_BEST = "rewind", "lower_rate", "keep_best"
SMALL_VALIDATION = 2000  # tokens; below this one document more or less moves the figure


class Settings(Protocol):
    """What the doctor reads of a training's settings (`PretrainConfig` fits)."""

    @property
    def max_steps(self) -> int | None: ...
    @property
    def warmup_steps(self) -> int | None: ...


@dataclass(frozen=True)
class Check:
    """One line of the doctor's list: the sentence while all is well, and the alarms that break it."""

    well: str
    alarms: dict[str, str]


CHECKS = (
    Check("Numbers are finite", {"nan": "A number broke at step {step}"}),
    Check("No sudden spikes", {"spike": "A jump at step {since}"}),
    Check(
        "Still improving",
        {
            "plateau": "No progress since {since}",
            "dead_gradients": "Nothing learned since {since}",
        },
    ),
    Check(
        "Validation keeps pace",
        {
            "overfitting": "Validation rises since {since}",
            "small_validation": "Little validation text",
        },
    ),
)


class Doctor:
    """Takes the figures of one run in order; each alarm is raised once until what it names has healed."""

    def __init__(self, config: Settings, *, validation_tokens: int | None = None) -> None:
        plan = Plan(config.max_steps or 1000, config.warmup_steps or 0)
        self._finite = NotFinite()
        self._rise = EarlyRise()
        self._rose: int | None = None
        self._spike = Spike()
        self._plateau = Plateau(plan)
        self._overfitting = Overfitting()
        self._dead = DeadGradient()
        self._validation_tokens = validation_tokens
        self._said_small = False

    def observe(
        self,
        step: int,
        *,
        loss: float | None = None,
        val_loss: float | None = None,
        grad_norm: float | None = None,
        learning_rate: float | None = None,
        **_others: float,
    ) -> list[Alarm]:
        """The alarms that the figures of `step` raise; losses in nats, the norm before clipping."""
        reading = Reading(step, loss, val_loss, grad_norm, learning_rate)
        broken = self._finite.look(reading)
        if broken:
            return [_not_finite(step, broken, _guess(reading))]
        found = [
            *self._jumps(reading),
            _standstill(step, self._plateau.look(reading)),
            _overfit(step, self._overfitting.look(reading)),
            _dead(step, self._dead.look(reading)),
            self._small_validation(reading),
        ]
        return [alarm for alarm in found if alarm]

    def _jumps(self, reading: Reading) -> list[Alarm | None]:
        """A rise above the beginning, or a jump later on; the same rise is not told as both."""
        rise, jump = self._rise.look(reading), self._spike.look(reading)
        self._rose = rise.since if rise else self._rose
        if jump is not None and self._rose is not None and jump.since <= self._rose + EarlyRise.WITHIN:
            jump = None
        return [_early_rise(reading.step, rise), _spike(reading.step, jump)]

    def _small_validation(self, reading: Reading) -> Alarm | None:
        tokens = self._validation_tokens
        if self._said_small or reading.val_loss is None or tokens is None or tokens >= SMALL_VALIDATION:
            return None
        self._said_small = True
        text = (
            f"It has {units.plural(tokens, 'token')}, so the validation loss moves by chance and the best "
            f"step may be "
            "luck. Split the dataset again with a larger validation part."
        )
        return _alarm(reading.step, "small_validation", "The validation text is very short", text, 0, ())


def sentences(alarm: Alarm) -> tuple[str, str]:
    """An alarm's title (its first sentence, without the stop) and the evidence after it."""
    title, _, text = alarm.message.partition(". ")
    return title, text


def _alarm(
    step: int,
    cause: str,
    title: str,
    text: str,
    start: int,
    remedies: tuple[str, ...],
    **facts: float,
) -> Alarm:
    message = f"{title}. {text}"
    return Alarm(step=step, cause=cause, message=message, remedies=remedies, start=start, end=step, facts=facts)


def _guess(reading: Reading) -> str:
    gradient = reading.grad_norm is not None and not math.isfinite(reading.grad_norm)
    return "The gradient broke with it. " if gradient and reading.loss is not None else ""


def _not_finite(step: int, figure: str, more: str) -> Alarm:
    text = f"{more}This mostly comes from a learning rate that is too high. Older checkpoints are sound."
    title = f"The {figure} is not a number since step {units.number(step)}"
    return _alarm(step, "nan", title, text, step, (REWIND, KEEP_BEST))


def _early_rise(step: int, jump: Jump | None) -> Alarm | None:
    if jump is None:
        return None
    text = (
        f"It began at {jump.before:.2f} and climbed to {jump.after:.2f}. A learning rate that is far too high "
        "does that, and a model that survives it learns slowly. Halve the rate, or begin again with a tenth of it."
    )
    title = "The loss rose above where it began"
    return _alarm(step, "spike", title, text, jump.since, (HALVE, REWIND), before=jump.before, after=jump.after)


def _spike(step: int, jump: Jump | None) -> Alarm | None:
    if jump is None:
        return None
    text = (
        f"It rose from {jump.before:.2f} to {jump.after:.2f} in {units.number(max(1, step - jump.since))} "
        f"steps and "
        "has not come back."
    )
    if jump.pull and jump.pull >= 3:
        text += (
            f" The gradient was {units.number(jump.pull)} times its usual length, which points to a learning "
            f"rate "
            "that is too high."
        )
    title = f"The loss jumped at step {units.number(jump.since)}"
    remedies = (REWIND, HALVE, KEEP_BEST)
    return _alarm(step, "spike", title, text, jump.since, remedies, before=jump.before, after=jump.after)


def _standstill(step: int, still: Standstill | None) -> Alarm | None:
    if still is None:
        return None
    since = units.number(still.since)
    if still.kind == "flat":
        title = f"No progress since {since}"
        text = (
            f"Training and validation have stayed where they were, near {still.level:.2f}, although the "
            f"learning rate "
            "is still high. Half the rate may get it moving; if not, this model has learned what it can."
        )
        return _alarm(step, "plateau", title, text, still.since, (HALVE, KEEP_BEST))
    began = f"It began at {still.start:.2f} and stays near {still.level:.2f} since step {since}."
    cause = "The learning rate is probably far too high, or far too low."
    return _alarm(step, "plateau", "The loss is stuck", f"{began} {cause}", still.since, (HALVE, REWIND))


def _overfit(step: int, found: Overfit | None) -> Alarm | None:
    if found is None:
        return None
    text = (
        f"Validation rose from {found.best:.2f} to {found.now:.2f} while training fell from "
        f"{found.train_before:.2f} to "
        f"{found.train_now:.2f}: it may be learning the text by heart. The best step is kept."
    )
    title = f"No better on validation for {units.plural(found.evaluations, 'evaluation')}"
    return _alarm(step, "overfitting", title, text, found.best_step, (KEEP_BEST, HALVE))


def _dead(step: int, length: float | None) -> Alarm | None:
    if length is None:
        return None
    text = (
        f"The gradient's usual length is {length:.1g}, so the weights hardly move. The learning rate was "
        f"probably too "
        "high at some point and switched parts of the model off."
    )
    return _alarm(step, "dead_gradients", "Nothing is learned any more", text, step, (REWIND, KEEP_BEST))
