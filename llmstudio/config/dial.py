"""The one dial: from a text, the time a person has and what the machine does, every setting, and why in words.

The settings are those of `config.propose`, so that a training that is started gets what was proposed; this module
only says where they come from.
"""

from dataclasses import dataclass

from llmstudio.base import units
from llmstudio.config import presets, propose, rules, sizing
from llmstudio.config.model import ModelConfig
from llmstudio.config.propose import CorpusFacts, MachineFacts
from llmstudio.config.train import PretrainConfig

MINUTES = (1.0, 5.0, 20.0, 60.0, 480.0)
"""The times the window offers."""

USUAL = 5.0
"""Minutes where nobody said how long it may take."""

NEAR = 2.0  # a vocabulary up to so many times larger or smaller than the rule's suits as well


@dataclass(frozen=True)
class Reason:
    """Why the option `field` has its value, as one short sentence."""

    field: str
    words: str


@dataclass(frozen=True)
class Proposal:
    """Settled settings and what they come to; `vocabulary` is what suits the text best, 0 its characters."""

    settings: PretrainConfig
    model: ModelConfig
    vocabulary: int
    tokens: int
    passes: float
    seconds: float
    reasons: tuple[Reason, ...]

    @property
    def parameters(self) -> int:
        """Trained numbers in all."""
        return sizing.count(self.model)


def turn(config: PretrainConfig, facts: CorpusFacts, machine: MachineFacts, text_bytes: int) -> Proposal:
    """The proposal for `config` (its `minutes` say how long) on a text of so many bytes.

    Raises UserError where what was said does not fit together.
    """
    settled = propose.resolve(config, facts, machine)
    model = propose.model_config(settled, facts.vocab_size)
    tokens = (settled.max_steps or 0) * settled.tokens_per_step
    seconds = tokens * propose.work_of_token(model) / (machine.flops * propose.BESIDE)
    found = Proposal(
        settings=settled,
        model=model,
        vocabulary=rules.vocabulary(text_bytes),
        tokens=tokens,
        passes=tokens / max(1, facts.train_tokens),
        seconds=seconds,
        reasons=(),
    )
    return Proposal(**{**vars(found), "reasons": reasons(found, config, facts, machine, text_bytes)})


def suits(vocabulary: int, vocab_size: int) -> bool:
    """Whether a tokenizer of `vocab_size` pieces is near enough to what suits the text (0: its characters)."""
    if not vocabulary:
        return vocab_size <= rules.WHOLE_VOCABULARY
    return vocabulary / NEAR <= vocab_size <= vocabulary * NEAR


def reasons(
    found: Proposal, said: PretrainConfig, facts: CorpusFacts, machine: MachineFacts, text_bytes: int
) -> tuple[Reason, ...]:
    """Why each open setting came out as it did; of what the person said nothing is explained."""
    told = [_of_vocabulary(found, facts, text_bytes)]
    if said.n_layer is None and said.n_embd is None:
        told.append(_of_size(found, facts, machine))
    if said.max_steps is None:
        told.append(_of_length(found, machine))
    if said.batch_size is None or said.block_size is None:
        told.append(_of_step(found))
    if said.learning_rate is None:
        told.append(_of_rate(found))
    return tuple(told)


def _of_vocabulary(found: Proposal, facts: CorpusFacts, text_bytes: int) -> Reason:
    wanted, size = found.vocabulary, units.size(text_bytes)
    if not wanted:
        words = f"{size} of text are little: characters, since longer pieces come too rarely to be learned."
    else:
        words = f"{size} of text suit about {units.number(wanted)} pieces, the square root of its bytes."
    if not suits(wanted, facts.vocab_size):
        words += f" This tokenizer has {units.number(facts.vocab_size)}."
    return Reason("tokenizer", words)


def _of_size(found: Proposal, facts: CorpusFacts, machine: MachineFacts) -> Reason:
    shape = f"{found.model.n_layer} layers of width {found.model.n_embd}"
    work = _work(machine, found.settings)
    by_work = rules.shape_for(work, 1 << 60, facts.vocab_size)
    if by_work != (found.model.n_layer, found.model.n_embd):
        return Reason("n_embd", f"{shape}: a larger model would learn so short a text by heart.")
    words = f"{shape}: the machine does {units.count(work)} operations in that time."
    return Reason("n_embd", words)


def _work(machine: MachineFacts, settings: PretrainConfig) -> float:
    return machine.flops * propose.in_time(settings, machine).budget_seconds * propose.BESIDE


def _of_length(found: Proposal, machine: MachineFacts) -> Reason:
    steps = units.plural(found.settings.max_steps or 0, "step")
    given = propose.in_time(found.settings, machine).budget_seconds
    passes = f"{found.passes:.1f}".removesuffix(".0")
    if found.passes >= 0.9 * rules.PASSES and found.seconds < 0.9 * given:
        return Reason(
            "max_steps",
            f"{steps}, about {units.duration(found.seconds)}: {passes} passes; more would learn the text by heart.",
        )
    if found.seconds > 1.2 * given:
        return Reason(
            "max_steps", f"{steps} are the fewest that teach it anything: about {units.duration(found.seconds)}."
        )
    return Reason("max_steps", f"{steps} fill the time; the text is seen {passes} times.")


def _of_step(found: Proposal) -> Reason:
    settings = found.settings
    return Reason(
        "batch_size",
        f"{settings.batch_size} × {settings.block_size} tokens a step: short trainings learn more from small steps.",
    )


def _of_rate(found: Proposal) -> Reason:
    rate = float(presets.load(found.settings.preset).train["rate_times_width"])
    return Reason("learning_rate", f"{rate:g} / width for the rate: wider models bear less.")
