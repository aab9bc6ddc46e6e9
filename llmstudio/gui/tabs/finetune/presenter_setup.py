"""Before a fine-tuning: from what was typed to columns, proposal, faults, figures and readiness. Knows no widgets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config import option, propose_finetune
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.config.option import Fault
from llmstudio.config.propose import MachineFacts
from llmstudio.config.propose_finetune import TuneFacts
from llmstudio.data import chat_trust
from llmstudio.gui.setupwords import Choice, Ready, fault_of
from llmstudio.gui.tabs.finetune import plan, readiness, rows, words
from llmstudio.gui.tabs.finetune.plan import Plan, Rows
from llmstudio.gui.tabs.finetune.reading import Looked, Question, Reading
from llmstudio.gui.tabs.finetune.shelf import ModelFacts, Shelf
from llmstudio.gui.timing import Machine, Measured

METHODS = ("full", "last-layers", "head", "lora")
AUTO = {"method": "auto", "device": "auto", "precision": "auto", "threads": None}
REMEMBERED = 12
HELP = 32  # characters that a help has room for


@dataclass(frozen=True)
class Setup:
    """Everything the page shows before a fine-tuning."""

    models: tuple[Choice, ...] = ()
    datasets: tuple[Choice, ...] = ()
    columns: tuple[Choice, ...] = ()
    proposal: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    faults: dict[str, Fault] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    helps: dict[str, str] = field(default_factory=dict)
    model: ModelFacts | None = None
    methods: tuple[tuple[str, str], ...] = ()
    method: str = ""
    method_proposed: bool = True
    config: FinetuneConfig | None = None
    resolved: FinetuneConfig | None = None
    facts: TuneFacts | None = None
    plan: Plan | None = None
    looked: Looked | None = None
    reading: Reading | None = None
    question: Question | None = None
    waiting: bool = False
    checks: tuple[Ready, ...] = ()

    @property
    def empty(self) -> str:
        """ "model" or "dataset" where there is none at all, else ""."""
        return "model" if not self.models else "dataset" if not self.datasets else ""

    @property
    def can_start(self) -> bool:
        """Whether no cross stands in the way."""
        return self.config is not None and not any(check.state == "wrong" for check in self.checks)


class SetupPresenter:
    """Answers `state(said)`; what is read of datasets in the background comes in by `take`."""

    def __init__(self, shelf: Shelf, machine: Machine, machine_facts: MachineFacts | None = None) -> None:
        self.shelf = shelf
        self.machine = machine
        self.machine_facts = machine_facts or MachineFacts()
        self.measured: Measured | None = None
        self.read_only = False
        self._looked: dict[str, Looked] = {}
        self._readings: dict[Question, Reading] = {}
        self._last: Reading | None = None

    # -- what the background found

    def take_look(self, looked: Looked) -> None:
        """What the columns of a dataset seem to be."""
        self._looked[looked.dataset] = looked

    def take(self, reading: Reading) -> None:
        """What a dataset came to under a question."""
        self._readings[reading.question] = reading
        self._last = reading
        while len(self._readings) > REMEMBERED:
            del self._readings[next(iter(self._readings))]

    def knows(self, question: Question) -> bool:
        """Whether the answer is there."""
        return question in self._readings

    def looked_at(self, dataset: str) -> bool:
        """Whether the columns of a dataset are known."""
        return dataset in self._looked

    def forget(self) -> None:
        """Datasets or models have changed: read them again."""
        self._looked.clear()
        self._readings.clear()

    # -- the state

    def state(self, said: Mapping[str, Any]) -> Setup:
        """The whole state for what the person set (`said` holds only what differs from the proposal)."""
        first = self._ingredients(said)
        chosen = self.shelf.dataset(str(said.get("dataset") or first["dataset"]))
        looked = self._looked.get(chosen.id) if chosen is not None else None
        first |= _guessed(looked)
        base = {**first, **said}
        model = self.shelf.facts(str(base["model"]))
        config, faults = option.check(FinetuneConfig, _filled(base))
        faults |= self._shelf_faults(base)
        if looked is not None and looked.error is not None:
            faults |= {"dataset": fault_of(looked.error)}
        question = self._question(config, looked) if config is not None and not faults else None
        reading = self._readings.get(question) if question is not None else None
        if reading is not None and reading.error is not None:
            error = reading.error
            faults |= {error.field if error.field in FinetuneConfig.model_fields else "dataset": fault_of(error)}
        if reading is not None and reading.blocker is not None:
            faults |= {"on_fault": replace(fault_of(reading.blocker), suggestion="skip")}
        setup = Setup(
            models=tuple(self.shelf.model_choices()),
            datasets=tuple(self.shelf.dataset_choices()),
            columns=_column_choices(looked),
            model=model,
            looked=looked,
            question=question,
            reading=reading or (self._last if question is not None else None),
            waiting=question is not None and reading is None,
        )
        return self._settled(setup, base, first, config, faults)

    def _settled(
        self, setup: Setup, base: dict[str, Any], first: dict[str, Any], config: FinetuneConfig | None,
        faults: dict[str, Fault],
    ) -> Setup:  # fmt: skip
        """Add what follows from the rows: proposal, resolved settings, plan, words."""
        facts, rows_of = self._facts(setup, base, config)
        resolved = None
        if config is not None and facts is not None:
            try:
                resolved = propose_finetune.resolve(config, facts, self.machine_facts)
            except UserError as error:
                faults |= {error.field or "batch_size": fault_of(error)}
        values = {**base, **(resolved.model_dump() if resolved is not None else {})}
        method = str(values.get("method") or "auto")
        planned = None
        if resolved is not None and facts is not None and not faults:
            planned = plan.make(resolved, facts, rows_of, self.machine, self.measured, self.machine_facts.flops)
        found = tuple(column.name for column in setup.looked.found) if setup.looked is not None else ()
        setup = replace(
            setup,
            proposal=self._proposal(base, first, facts),
            values=values,
            hidden=rows.hidden(values, found),
            faults=faults,
            helps=_helps(values, setup, rows_of, facts),
            methods=tuple((key, words.METHODS[key]) for key in METHODS
                          if key != "head" or values.get("task") in rows.JUDGED),
            method=method if method in METHODS else "",
            method_proposed=base.get("method", "auto") == "auto",
            config=_submitted(resolved, setup, base) if resolved is not None and not faults else None,
            resolved=resolved,
            facts=facts,
            plan=planned,
        )  # fmt: skip
        return readiness.added(setup, read_only=self.read_only)

    def _ingredients(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Model and dataset that are proposed whatever was said, and a name for what was chosen."""
        model, dataset = self.shelf.first_model(), self.shelf.first_dataset()
        base = self.shelf.model(str(said["model"])) if said.get("model") else model
        rows_of = self.shelf.dataset(str(said["dataset"])) if said.get("dataset") else dataset
        name = self.shelf.free_name(f"{base.title} on {rows_of.title}") if base and rows_of else ""
        return {"model": model.id if model else "", "dataset": dataset.id if dataset else "", "name": name}

    def _question(self, config: FinetuneConfig, looked: Looked | None) -> Question | None:
        model, dataset = self.shelf.model(config.model), self.shelf.dataset(config.dataset)
        if looked is None or model is None or dataset is None:
            return None
        return Question.of(config, dataset.path, model.path, chat_trust.of_manifest(model.manifest))

    def _facts(
        self, setup: Setup, base: dict[str, Any], config: FinetuneConfig | None
    ) -> tuple[TuneFacts | None, Rows]:
        model = setup.model
        dataset = self.shelf.dataset(str(base.get("dataset", "")))
        kept = self.shelf.model(str(base.get("model", "")))
        if model is None or model.shape is None or dataset is None or kept is None:
            return None, Rows()
        family, task = str(kept.manifest.get("family", "")), str(base.get("task", "classify"))
        reading = setup.reading if not setup.waiting else None
        if reading is not None and reading.error is None:
            counted = Rows(reading.train, reading.val, reading.test, reading.tokens, reading.learned, exact=True)
            outputs = reading.outputs
            return TuneFacts(model.shape, family, reading.train, reading.tokens, reading.longest, outputs), counted
        split = propose_finetune.split_of(config) if config is not None else "70,10,20"
        counted, longest = plan.estimated(dataset.manifest, split)
        outputs = max(2, len(dataset.manifest.get("labels") or ())) if task in rows.JUDGED else 0
        return TuneFacts(model.shape, family, max(1, counted.train), counted.tokens, longest, outputs), counted

    def _proposal(self, base: dict[str, Any], first: dict[str, Any], facts: TuneFacts | None) -> dict[str, Any]:
        """What the application would choose: for rows the person set, as if they had set none."""
        defaults = {info.name: info.default for info in option.describe(FinetuneConfig)}
        free = {"model": "x", "dataset": "x", "name": "x", "task": base.get("task", "classify")}
        bare = led = FinetuneConfig(**free)
        if facts is not None:
            bare = propose_finetune.resolve(bare, facts, self.machine_facts)
            valid, _ = option.check(FinetuneConfig, {**_filled(base), **free})
            try:
                led = propose_finetune.resolve(valid, facts, self.machine_facts) if valid else bare
            except UserError:
                led = bare
        mixed = {name: getattr(bare if name in base else led, name) for name in defaults}
        return {**mixed, **AUTO, **first}

    def _shelf_faults(self, base: dict[str, Any]) -> dict[str, Fault]:
        faults = {}
        name = str(base.get("name", "")).strip()
        if name and self.shelf.name_taken(name):
            faults["name"] = Fault(f"A model is called {name} already.", self.shelf.free_name(name))
        if self.shelf.models and self.shelf.model(str(base.get("model", ""))) is None:
            faults["model"] = Fault("This model is not there any more. Choose another.")
        if self.shelf.datasets and self.shelf.dataset(str(base.get("dataset", ""))) is None:
            faults["dataset"] = Fault("This dataset is not there any more. Choose another.")
        return faults

    def take_measurement(self, result: dict[str, Any], setup: Setup) -> bool:
        """Take in the result of a timed test of `setup`; False if it holds nothing."""
        if setup.resolved is None or setup.facts is None:
            return False
        found = plan.measure(result, setup.resolved, setup.facts, datetime.now(UTC))
        self.measured = found or self.measured
        return found is not None


def _guessed(looked: Looked | None) -> dict[str, Any]:
    """The task and the columns that a dataset seems to be for."""
    if looked is None:
        return {"task": "classify"}
    guess = looked.guess
    return {"task": guess.task, **{f"{role}_column": name for role, name in guess.columns.record().items()}}


def _filled(base: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was left empty."""
    return {name: value for name, value in base.items() if value is not None}


def _submitted(config: FinetuneConfig, setup: Setup, base: Mapping[str, Any]) -> FinetuneConfig:
    """The settings of the job: columns that were understood written out; the machine is measured by the job itself."""
    changes: dict[str, Any] = {name: base.get(name, "auto") for name in ("device", "precision")}
    reading = setup.reading
    if reading is not None and not setup.waiting:
        named = {f"{role}_column": name for role, name in reading.columns.record().items()}
        changes |= {key: value for key, value in named.items() if not getattr(config, key)}
    return config.model_copy(update=changes)


def _column_choices(looked: Looked | None) -> tuple[Choice, ...]:
    if looked is None:
        return ()
    return tuple(Choice(column.name, column.name, ", ".join(column.examples)[:60]) for column in looked.found)


def _helps(values: dict[str, Any], setup: Setup, counted: Rows, facts: TuneFacts | None) -> dict[str, str]:
    helps: dict[str, str] = {"name": "Shown in Runs and Models"}
    if counted.train:
        about = "" if counted.exact else "about "
        helps["dataset"] = f"{about}{units.plural(counted.train + counted.val + counted.test, 'row')}"
        parts = (counted.train, counted.val, counted.test)
        helps["split"] = f"{about}{' / '.join(units.number(part) for part in parts)} rows"
    helps["task"] = words.TASK_NOTES.get(str(values.get("task")), "")
    if setup.looked is not None:
        for role in rows.COLUMNS:
            examples = next((c.examples for c in setup.looked.found if c.name == values.get(role)), ())
            if examples:
                helps[role] = _example(examples)
    batch, accumulate = values.get("batch_size"), values.get("accumulate")
    if isinstance(batch, int) and isinstance(accumulate, int) and accumulate > 1:
        helps["batch_size"] = f"{units.number(batch * accumulate)} rows in each step"
    if facts is not None and isinstance(values.get("max_steps"), int):
        helps["epochs"] = f"{units.number(values['max_steps'])} steps"
    return helps


def _example(examples: tuple[str, ...]) -> str:
    """The first values of a column, so far as a help has room."""
    plain = [" ".join(example.split()) for example in examples if example.strip()]
    both = ", ".join(f"“{example}”" for example in plain[:2])
    if len(both) <= HELP or not plain:
        return both
    return f"“{plain[0][: HELP - 3]}…”" if len(plain[0]) > HELP - 2 else f"“{plain[0]}”"
