"""What stands before every training: the text as token files, and every setting that was left open, settled."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.base.world import World
from llmstudio.config import propose, scaling, sizing
from llmstudio.config.model import ModelConfig
from llmstudio.config.propose import CorpusFacts
from llmstudio.config.train import PretrainConfig
from llmstudio.data.encode import Encoded, encode_dataset
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine import device
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import Trainer, plan_of, seeded_model
from llmstudio.jobs.context import Context
from llmstudio.store import catalog, machine
from llmstudio.store.catalog import Kept
from llmstudio.tasks.pacing import paced, timed
from llmstudio.tasks.train_tokenizer import tokenizer_for

MEASURING_SECONDS = 1.5
UNKNOWN_SHARE = 0.05
MOST_PARTS = 4096  # the largest number of batches that a step may add up


@dataclass(frozen=True)
class Prepared:
    """A dataset cut into tokens."""

    dataset: Kept
    tokenizer: Tokenizer
    encoded: Encoded

    @property
    def facts(self) -> CorpusFacts:
        """What the proposal has to know of the text."""
        validation = self.encoded.val.tokens
        return CorpusFacts(self.encoded.train.tokens, validation if validation > 1 else 0, self.tokenizer.vocab_size)


def prepare(config: PretrainConfig, context: Context) -> Prepared:
    """Find dataset and tokenizer, and encode the text (a second time nothing is left to do)."""
    context.stage("Cutting the text", 0.05)
    dataset = catalog.find(context.workspace, "dataset", config.dataset)
    tokenizer = tokenizer_for(context.workspace, config.tokenizer, dataset, context.check)
    encoded = encode_dataset(
        dataset.path,
        tokenizer,
        check=context.check,
        progress=lambda done, total: context.progress(done, total, "characters"),
        threads=config.threads or device.cores(),
    )
    if encoded.train.tokens < 2:
        raise UserError(
            f"The training part of {dataset.title} is empty.",
            "Split the dataset again with a larger training part.",
            field="dataset",
        )
    prepared = Prepared(dataset, tokenizer, encoded)
    _tell_weaknesses(prepared, context)
    return prepared


def _tell_weaknesses(prepared: Prepared, context: Context) -> None:
    """What does not stop a training but what its figures must not hide."""
    title, encoded = prepared.dataset.title, prepared.encoded
    if encoded.val.tokens < 2:
        context.note(f"{title} has no validation part: nothing tells when the model learns by heart.", "warning")
    unknown = prepared.tokenizer.unknown_id
    share = 0.0 if unknown is None else float(encoded.counts[unknown]) / max(1, int(encoded.counts.sum()))
    if share > UNKNOWN_SHARE:
        context.note(
            f"{share:.0%} of {title} is unknown to the tokenizer {prepared.tokenizer.name} and is lost; "
            "losses look better than they are. Choose another tokenizer.",
            "warning",
        )


def settle(config: PretrainConfig, prepared: Prepared, context: Context, world: World | None = None) -> PretrainConfig:
    """Fill what was left open, check that it fits, and write it into the job, once. In a world of several processes
    the settings are those of each of them; the batch is that of all.
    """
    context.stage("Measuring this machine", 0.02)
    threads = config.threads or (max(1, device.cores() // world.local_size) if world else None)
    place = device.choose(config.device, config.precision, threads)
    place.settle()
    known = {} if settled_already(config) else machine.load() or measured(place)
    here = propose.machine_facts({**known, "device": place.device})
    asked = config.model_copy(update={"processes": world.size}) if world else config  # so that all share a batch
    settled = propose.resolve(asked, prepared.facts, here).model_copy(update={"processes": config.processes})
    propose.check_length(settled, prepared.facts)
    shape = propose.model_config(settled, prepared.facts.vocab_size)
    there = device.memory_bytes(place.device)
    if world:
        settled = team_settled(settled, shape, there, world)
    else:
        check_memory(sizing.memory(shape, settled), there, settled)
    precision, word = place.precision, "as asked"
    if config.precision == "auto" and place.device != "cuda":
        precision, word = test_precision(settled, prepared, place)
    if not world:
        at, size, ids = replace(place, precision=precision), prepared.facts.vocab_size, prepared.encoded.train.ids
        settled = paced(
            config, settled, prepared.facts, here, lambda s: timed(settled, size, ids, at, s, context.check)
        )
    final = {
        **settled.model_dump(),
        "device": place.device,
        "precision": precision,
        "threads": place.threads,
        "dataset": prepared.dataset.id,
    }
    context.resolve(**final)
    context.note(f"{device.name(place.device)}, precision {precision}, {word}.")
    return PretrainConfig(**final)


def team_settled(config: PretrainConfig, shape: ModelConfig, there: int, world: World) -> PretrainConfig:
    """The strategy chosen, and checked that all processes share the batch and fit; `there` is a device's memory."""
    batch = config.batch_size or 1
    if batch % world.size:
        fits = max(world.size, batch // world.size * world.size)
        raise UserError(
            f"A batch of {batch:,} cannot be shared evenly by {world.size:,} processes.",
            f"Choose a batch of {fits:,}.",
            field="batch_size",
            candidates=(str(fits),),
        )
    if config.device != "cuda":
        there //= world.local_size
    strategy = config.strategy
    if strategy == "auto":
        strategy = "ddp" if scaling.memory(shape, config, world.size, "ddp").total <= there else "fsdp"
    check_memory(scaling.memory(shape, config, world.size, strategy), there, config)
    return config.model_copy(update={"strategy": strategy})


def settled_already(config: PretrainConfig) -> bool:
    """Whether the machine's speed has no say any more: the sizes and the length are known."""
    return None not in (config.n_layer, config.n_embd, config.max_steps)


def measured(place: Place) -> dict[str, object]:
    """A quick look at the machine, where no probe was made yet: less than a second."""
    rate = device.matrix_rate(place, budget=0.2)
    return {"memory_bytes": device.memory_bytes(place.device), "flops": rate / 2}


def check_memory(need: sizing.Memory, there: int, config: PretrainConfig) -> None:
    """UserError where a training surely needs more memory than there is; it names only what would help."""
    if need.total <= there:
        return
    spare = there - (need.total - need.activations)
    enough = next((parts for parts in _divisions(config) if need.activations / parts <= spare), 0)
    numbers = f"It needs about {units.size(need.total)}, this machine has {units.size(there)}."
    raise _too_large(config, numbers, enough)


def out_of_memory(config: PretrainConfig, numbers: str) -> UserError:
    """The finding, and the settings that give the same result with less memory."""
    return _too_large(config, numbers, next(_divisions(config), 0))


def _divisions(config: PretrainConfig) -> Iterator[int]:
    """In how many equal parts a batch can be cut, to be accumulated."""
    batch = config.batch_size or 1
    return (parts for parts in range(2, batch + 1) if batch % parts == 0 and parts * config.accumulate <= MOST_PARTS)


def _too_large(config: PretrainConfig, numbers: str, parts: int) -> UserError:
    message = f"Memory is not enough. {numbers}"
    if not parts:
        return UserError(message, "Choose a smaller model or a shorter context.", field="n_embd")
    batch, times = (config.batch_size or 1) // parts, parts * config.accumulate
    words = f"Half the batch ({batch}), accumulated twice ({times}), gives the same result."
    if parts > 2:
        words = f"A batch of {batch:,}, accumulated {times:,} times, gives the same result."
    pairs, remedy = (f"batch_size={batch}", f"accumulate={times}"), {"batch_size": batch, "accumulate": times}
    return UserError(message, words, field="batch_size", candidates=pairs, remedy=remedy)


def test_precision(config: PretrainConfig, prepared: Prepared, place: Place) -> tuple[str, str]:
    """The faster precision for this very training, and how it was found."""
    trial = one_step(config, prepared.facts.vocab_size, prepared, place)
    precision, gain = device.faster_precision(trial.rehearse, place, MEASURING_SECONDS)
    return precision, f"chosen by test: bf16 runs at {gain:.2g} times the speed of fp32"


def one_step(config: PretrainConfig, vocab_size: int, prepared: Prepared, place: Place) -> Trainer:
    """A trainer made only to be timed."""
    model: GPT = seeded_model(propose.model_config(config, vocab_size), config.seed, place)
    return Trainer(model, prepared.encoded.train.ids, prepared.encoded.val.ids, plan_of(config), place)
