"""Before a training: from what was typed to proposal, faults, warnings, figures and readiness. Knows no widgets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config import dial, option, presets, propose
from llmstudio.config.dial import Reason
from llmstudio.config.option import Fault, OptionInfo
from llmstudio.config.propose import CorpusFacts, MachineFacts
from llmstudio.config.train import PretrainConfig
from llmstudio.gui.setupwords import Choice, Ready, fault_of
from llmstudio.gui.tabs.train import plan
from llmstudio.gui.tabs.train.corpus import Shelf
from llmstudio.gui.tabs.train.plan import Plan
from llmstudio.gui.timing import Machine, Measured
from llmstudio.store import corpora
from llmstudio.store.corpora import CHARACTERS, Corpus

INGREDIENTS = ("name", "dataset", "tokenizer", "preset")
ENOUGH_PASSES = 20
MEMORY_FULL, MEMORY_TIGHT = 1.0, 0.8


@dataclass(frozen=True)
class Setup:
    """Everything the page shows before a training."""

    datasets: tuple[Choice, ...] = ()
    tokenizers: tuple[Choice, ...] = ()
    proposal: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    helps: dict[str, str] = field(default_factory=dict)
    config: PretrainConfig | None = None
    corpus: Corpus | None = None
    plan: Plan | None = None
    checks: tuple[Ready, ...] = ()
    minutes: float = dial.USUAL
    reasons: tuple[Reason, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to learn from."""
        return not self.datasets

    @property
    def can_start(self) -> bool:
        """Whether no cross stands in the way."""
        return self.config is not None and not any(check.state == "wrong" for check in self.checks)


INGREDIENT_GROUP, TRAINING_GROUP = "Ingredients", "Training"
MODEL_ROWS = ("n_layer", "n_head", "n_embd", "block_size")
SIMPLE = (*INGREDIENTS, *MODEL_ROWS, "max_steps", "batch_size", "learning_rate", "patience")


def rows() -> tuple[OptionInfo, ...]:
    """The rows of the form in the order of the page: ingredients, model, training; the rest under All."""
    known = {info.name: info for info in option.describe(PretrainConfig) if info.name != "minutes"}  # it has a card
    order = [*SIMPLE, *(name for name in known if name not in SIMPLE)]
    found = []
    for name in order:
        info = known[name]
        group = {"What": INGREDIENT_GROUP, "Learning rate": TRAINING_GROUP}.get(info.group, info.group)
        group = TRAINING_GROUP if name == "patience" else group
        found.append(replace(info, group=group, advanced=name not in SIMPLE))
    return tuple(found)


class SetupPresenter:
    """Answers `state(said)` for what the person set; `measured` is the newest timed test."""

    def __init__(self, shelf: Shelf, machine: Machine, machine_facts: MachineFacts | None = None) -> None:
        self.shelf = shelf
        self.machine = machine
        self.facts = machine_facts or MachineFacts()
        self.measured: Measured | None = None
        self.read_only = False
        self.minutes = dial.USUAL

    def first_values(self) -> dict[str, Any]:
        """What a new run starts from: the newest dataset and a free name."""
        if not self.shelf.datasets:
            return {}
        dataset = max(self.shelf.datasets, key=lambda kept: kept.created)
        return {"dataset": dataset.id, "name": self.free_name(f"{dataset.title} model")}

    def free_name(self, wanted: str) -> str:
        """`wanted`, numbered if a model has that name."""
        name, number = wanted, 2
        while self.shelf.model_named(name):
            name, number = f"{wanted} {number}", number + 1
        return name

    def state(self, said: Mapping[str, Any]) -> Setup:
        """The whole state for what the person set (`said` holds only what differs from the proposal)."""
        base = {"minutes": self.minutes, **self._defaults(), **said}
        corpus = self.shelf.corpus(str(base.get("dataset", "")), str(base.get("tokenizer", "")))
        config, faults = self._checked(base, corpus)
        proposal = self._proposal(base, corpus)
        planned = self._plan(config, corpus)
        faults |= self._shelf_faults(base)
        setup = Setup(
            datasets=tuple(self.shelf.dataset_choices()),
            tokenizers=tuple(self.shelf.tokenizer_choices()),
            proposal=proposal,
            faults=faults,
            config=config if not faults else None,
            corpus=corpus,
            plan=planned if not faults else None,
            helps=_helps(base, proposal, config, corpus),
            warnings=_warnings(config, planned),
            minutes=self.minutes,
            reasons=self._reasons(base, corpus) if config else (),
        )
        return _with_checks(setup, base, self.read_only)

    def _defaults(self) -> dict[str, Any]:
        first = self.first_values()
        return {"name": first.get("name", ""), "dataset": first.get("dataset", ""), "tokenizer": CHARACTERS}

    def _checked(self, base: dict[str, Any], corpus: Corpus | None) -> tuple[PretrainConfig | None, dict[str, Fault]]:
        config, faults = option.check(PretrainConfig, base)
        if config is None:
            return None, faults
        if corpus is None:
            return None, {}
        try:
            settled = propose.resolve(config, corpus.facts, self.facts)
            propose.check_length(settled, corpus.facts)
        except UserError as error:
            return None, {error.field or "n_head": fault_of(error)}
        except ValueError as error:
            return None, {"n_head": Fault(str(error).split("\n", maxsplit=1)[0])}
        kept = {name: getattr(config, name) for name in ("device", "precision", "threads")}
        return settled.model_copy(update={name: value for name, value in kept.items() if value is not None}), {}

    def _proposal(self, base: dict[str, Any], corpus: Corpus | None) -> dict[str, Any]:
        """What the application would choose: for rows the person set, as if they had set none."""
        preset = base.get("preset") if base.get("preset") in presets.NAMES else "studio-small"
        facts = corpus.facts if corpus else CorpusFacts(1_000_000, 100_000, 256)
        free = {"name": "x", "dataset": "x", "preset": preset, "minutes": self.minutes}
        bare = propose.resolve(PretrainConfig(**free), facts, self.facts).model_dump()
        valid, _ = option.check(PretrainConfig, {**free, **_numbers(base)})
        try:
            led = propose.resolve(valid, facts, self.facts).model_dump() if valid else bare
        except (UserError, ValueError):
            led = bare
        mixed = {name: bare[name] if name in base else led[name] for name in bare}
        auto = {"device": "auto", "precision": "auto", "threads": None, "preset": "studio-small"}
        return {**mixed, **self._defaults(), **auto}

    def _reasons(self, base: dict[str, Any], corpus: Corpus | None) -> tuple[Reason, ...]:
        """Why the settings that were left open came out as they did."""
        dataset = self.shelf.dataset(str(base.get("dataset", "")))
        asked, _ = option.check(PretrainConfig, base)
        if asked is None or corpus is None or dataset is None:
            return ()
        return dial.turn(asked, corpus.facts, self.facts, corpora.text_bytes(dataset)).reasons

    def _plan(self, config: PretrainConfig | None, corpus: Corpus | None) -> Plan | None:
        if config is None or corpus is None:
            return None
        return plan.make(config, corpus.facts, self.machine, self.measured, self.facts.flops, cut=corpus.exact)

    def _shelf_faults(self, base: dict[str, Any]) -> dict[str, Fault]:
        faults = {}
        name = str(base.get("name", "")).strip()
        if name and self.shelf.model_named(name):
            faults["name"] = Fault(f"A model is called {name} already.", self.free_name(name))
        if self.shelf.datasets and self.shelf.dataset(str(base.get("dataset", ""))) is None:
            faults["dataset"] = Fault("This dataset is not there any more. Choose another.")
        if not self.shelf.tokenizer_known(str(base.get("tokenizer", ""))):
            faults["tokenizer"] = Fault("This tokenizer is not there any more. Choose another.")
        return faults

    def take_measurement(self, result: dict[str, Any], setup: Setup) -> bool:
        """Take in the result of a timed test of `setup`; False if it holds nothing."""
        if setup.config is None or setup.corpus is None:
            return False
        found = plan.measure(result, setup.config, setup.corpus.facts.vocab_size, datetime.now(UTC))
        self.measured = found or self.measured
        return found is not None


def _numbers(base: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in base.items() if name not in INGREDIENTS and value is not None}


def _helps(
    base: dict[str, Any], proposal: dict[str, Any], config: PretrainConfig | None, corpus: Corpus | None
) -> dict[str, str]:
    helps: dict[str, str] = {"name": "Shown in Runs and Models"}
    if corpus:
        helps["dataset"] = f"{corpus.about}{units.count(corpus.facts.train_tokens)} tokens"
        helps["tokenizer"] = f"{corpus.about}{units.number(corpus.facts.vocab_size)} pieces"
    if config and config.n_embd and config.n_head:
        each = config.n_embd // config.n_head
        helps["n_head"] = f"{each} numbers each: {config.n_embd} by {config.n_head}"
        helps["batch_size"] = f"{units.number(config.tokens_per_step)} tokens in each step"
    for name in ("n_layer", "n_embd", "block_size", "max_steps", "learning_rate"):
        if name in base and base[name] != proposal.get(name):
            helps[name] = f"Proposed {_shown(proposal.get(name))}"
    return helps


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def _warnings(config: PretrainConfig | None, planned: Plan | None) -> dict[str, str]:
    found: dict[str, str] = {}
    if config is None or planned is None:
        return found
    if planned.passes > ENOUGH_PASSES:
        found["max_steps"] = f"{planned.passes:.0f} passes; about {ENOUGH_PASSES} are enough"
    if MEMORY_TIGHT < planned.memory_share <= MEMORY_FULL:
        found["batch_size"] = f"{units.percent(planned.memory_share)} of the memory"
    return found


def _with_checks(setup: Setup, base: Mapping[str, Any], read_only: bool) -> Setup:
    checks = tuple(_checks(setup, base, read_only))
    return replace(setup, checks=checks)


def _checks(setup: Setup, base: Mapping[str, Any], read_only: bool) -> list[Ready]:
    if read_only:
        return [Ready("wrong", "This workspace is open in another window")]
    found = [_fault_check(name, fault) for name, fault in setup.faults.items()]
    if not setup.datasets:
        return [Ready("wrong", "There is no text to learn from", "dataset", "Open Data")]
    if setup.corpus and setup.corpus.facts.train_tokens and not ({"dataset", "tokenizer"} & setup.faults.keys()):
        cut = "is cut" if setup.corpus.exact else "will be cut first"
        found.append(Ready("good", f"{setup.corpus.title} {cut}"))
        if setup.corpus.facts.val_tokens == 0:
            found.append(Ready("warning", "No validation text: early stop is off", "dataset"))
    return found + (_plan_checks(setup.plan) if setup.plan else [])


def _fault_check(name: str, fault: Fault) -> Ready:
    title = next((info.title for info in option.describe(PretrainConfig) if info.name == name), name)
    return Ready("wrong", f"{title}: see the row", name, f"Go to {title}")


def _plan_checks(planned: Plan) -> list[Ready]:
    checks = []
    spare = planned.memory_limit - planned.memory_total
    if spare < 0:
        checks.append(
            Ready("wrong", f"Needs {units.size(planned.memory_total)} of memory", "batch_size", "Go to Batch")
        )
    elif planned.memory_share > MEMORY_TIGHT:
        checks.append(Ready("warning", f"Memory is tight: {units.size(spare)} to spare", "batch_size", "Go to Batch"))
    else:
        checks.append(Ready("good", f"Fits in memory, {units.size(spare)} to spare"))
    if planned.disk > planned.disk_free:
        checks.append(Ready("wrong", f"Needs {units.size(planned.disk)} of disk; {units.size(planned.disk_free)} free"))
    else:
        checks.append(Ready("good", f"Room on disk for {planned.checkpoints} checkpoints"))
    if planned.passes > ENOUGH_PASSES:
        checks.append(Ready("warning", "Many passes over the text", "max_steps", "Go to Steps"))
    return checks
