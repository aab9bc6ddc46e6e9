"""Trains a model as a generator of records; whoever drives it decides about progress, pause and storage.

Every record comes between two changes of the weights, so the driver may stop after any of them, take a
snapshot, and go on later with the identical curve.
"""

import gc
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from llmstudio.config.model import ModelConfig
from llmstudio.config.train import PretrainConfig, Schedule
from llmstudio.engine import device, measure, optim, schedule
from llmstudio.engine.batches import Batches
from llmstudio.engine.checkpoint import Snapshot
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT

MOST_SKIPPED = 3
"""Steps in a row whose numbers may be broken before the training counts as diverged."""


@dataclass(frozen=True)
class Plan:
    """What the trainer has to know; all numbers are settled."""

    steps: int
    batch: int
    accumulate: int
    block: int
    rate: float
    warmup: int
    schedule: Schedule
    floor: float
    clip: float
    eval_every: int
    patience: int
    seed: int
    optimizer: optim.Settings
    validation_windows: int | None = None


@dataclass(frozen=True)
class Working:
    """A part of a step or of an evaluation is done: a chance to stop."""

    step: int
    evaluating: bool


@dataclass(frozen=True)
class Step:
    """A step is done: figures of before the change of the weights, the norm of before clipping."""

    step: int
    loss: float
    grad_norm: float
    learning_rate: float
    tokens: int


@dataclass(frozen=True)
class Skipped:
    """A step whose loss or gradient was not finite: the weights were left as they are."""

    step: int
    loss: float
    grad_norm: float
    in_a_row: int


@dataclass(frozen=True)
class Evaluation:
    """The validation loss in nats per token after `step` steps."""

    step: int
    val_loss: float
    best: bool


Record = Working | Step | Skipped | Evaluation


class Diverged(Exception):
    """The numbers broke at several steps in a row; the weights are those from before `step`."""

    def __init__(self, step: int) -> None:
        super().__init__(f"diverged at step {step}")
        self.step = step


@dataclass
class State:
    """Where a training stands, beside weights and optimizer."""

    step: int = 0
    tokens: int = 0
    best_loss: float | None = None
    best_step: int | None = None
    best_score: float | None = None
    last_loss: float | None = None
    evaluated: int = -1
    without_progress: int = 0
    skipped: int = 0
    rate_scale: float = 1.0


class Learner(ABC):
    """What every way of learning shares: steps, skipping, evaluations, snapshots. It owns `module` while it learns.

    Only parameters that require a gradient learn, and only they have a state.
    """

    compiled: Callable[[Tensor, Tensor], Tensor] | None = None

    def __init__(self, module: nn.Module, plan: Plan, place: Place) -> None:
        self.module, self.plan, self.place = module, plan, place
        dtype = torch.bfloat16 if place.precision == "bf16" else torch.float32
        self.optimizers = optim.build(module, plan.optimizer, fused=place.device != "mps", dtype=dtype)
        self.state = State()
        self._chance = device.random_state(place)

    @property
    @abstractmethod
    def measurable(self) -> bool:
        """Whether there is anything to evaluate on."""

    @property
    @abstractmethod
    def tokens_of_step(self) -> int:
        """Tokens that the step in hand learns from."""

    @abstractmethod
    def _accumulate(self, number: int) -> float:
        """Add the gradients of the `number`-th batch (from 0) to those that are there; its share of the step's loss."""

    @abstractmethod
    def _examine(self) -> Generator[Record, None, float]:
        """Evaluate; returns the validation loss."""

    def _score(self, loss: float) -> float:
        """How good the evaluation just made is: the best one is kept, and ends the patience."""
        return -loss

    @abstractmethod
    def weights(self) -> dict[str, Tensor]:
        """The tensors that make a snapshot, by name."""

    @abstractmethod
    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back what `weights` gave. ValueError for names or shapes amiss."""

    def run(self) -> Iterator[Record]:
        """Train from where the state stands to the end, evaluating at the beginning, on the way and last.

        Raises Diverged when the numbers stay broken.
        """
        self.module.train()
        gc.freeze()  # what is there now stays: the collector need not walk through it in every step
        try:
            while True:
                if self.evaluation_due:
                    yield from self._evaluate()
                if self.finished:
                    return
                yield from self._step()
        finally:
            gc.unfreeze()

    @property
    def finished(self) -> bool:
        """Whether all steps are done, or validation has not improved for too long."""
        impatient = 0 < self.plan.patience <= self.state.without_progress
        return self.state.step >= self.plan.steps or impatient

    @property
    def learning_rate(self) -> float:
        """The rate of the step that comes next."""
        plan = self.plan
        share = schedule.share(
            self.state.step, steps=plan.steps, warmup=plan.warmup, schedule=plan.schedule, floor=plan.floor
        )
        return plan.rate * self.state.rate_scale * share

    @property
    def evaluation_due(self) -> bool:
        """Whether an evaluation comes before the next step."""
        step = self.state.step
        due = step % self.plan.eval_every == 0 or step >= self.plan.steps
        return due and self.state.evaluated != step and self.measurable

    def _evaluate(self) -> Iterator[Record]:
        loss, state = (yield from self._examine()), self.state
        score = self._score(loss)
        best = math.isfinite(loss) and (state.best_loss is None or state.best_score is None or score > state.best_score)
        if best:
            state.best_loss, state.best_step, state.best_score = loss, state.step, score
        state.without_progress = 0 if best else state.without_progress + 1
        state.evaluated = state.step
        yield Evaluation(state.step, loss, best)

    def _step(self) -> Iterator[Record]:
        self._chance = device.random_state(self.place)
        plan, loss = self.plan, 0.0
        for part in range(plan.accumulate):
            loss += self._accumulate(self.state.step * plan.accumulate + part)
            if part + 1 < plan.accumulate:
                yield Working(self.state.step, evaluating=False)
        yield self._change(loss, self._clip())
        if self.state.skipped > MOST_SKIPPED:
            raise Diverged(self.state.step)

    def _clip(self) -> float:
        """Cut the gradients to the plan's norm; the norm they had before."""
        parameters, most = list(self.module.parameters()), self.plan.clip or math.inf
        norm = torch.nn.utils.get_total_norm([one.grad for one in parameters if one.grad is not None])
        if not float(norm) <= most:  # else every gradient would be multiplied by one
            torch.nn.utils.clip_grads_with_norm_(parameters, most, norm)
        return float(norm)

    def _change(self, loss: float, norm: float) -> Record:
        """Change the weights, unless a number is broken: a broken gradient would spoil them for good."""
        state, rate = self.state, self.learning_rate
        sound = math.isfinite(loss) and math.isfinite(norm)
        if sound:
            optim.set_rate(self.optimizers, rate)
            for optimizer in self.optimizers:
                optimizer.step()
        self.module.zero_grad(set_to_none=True)
        state.tokens += self.tokens_of_step
        state.step += 1
        state.skipped = 0 if sound else state.skipped + 1
        self._chance = device.random_state(self.place)
        if not sound:
            return Skipped(state.step, loss, norm, state.skipped)
        state.last_loss = loss
        return Step(state.step, loss, norm, rate, state.tokens)

    @property
    def circumstances(self) -> dict[str, Any]:
        """What has to be the same for a curve to go on identically, bit by bit."""
        place = self.place
        return {"threads": place.threads, "precision": place.precision, "compiled": self.compiled is not None}

    def snapshot(self) -> Snapshot:
        """All that `restore` needs, as of the last change of the weights."""
        states = {f"state.{name}": tensor for name, tensor in self._states().items()}
        chance = {f"random.{name}": tensor for name, tensor in self._chance.items()}
        return Snapshot(
            self.state.step,
            {"model": self.weights(), "optimizer": {**states, **chance}},
            {**asdict(self.state), **self.circumstances},
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Stand where the snapshot was taken: weights, optimizers, random numbers and counters."""
        self.load(snapshot.tensors["model"])
        parts = snapshot.tensors["optimizer"]
        parameters = dict(self.module.named_parameters())
        owners = {id(p): o for o in self.optimizers for group in o.param_groups for p in group["params"]}
        for key, tensor in parts.items():
            kind, _, name = key.partition(".")
            if kind == "state":
                parameter = parameters[name.rpartition("|")[0]]
                state = owners[id(parameter)].state[parameter]
                state[name.rpartition("|")[2]] = tensor.to(parameter.device, copy=True)
        device.set_random_state({k.removeprefix("random."): t for k, t in parts.items() if k.startswith("random.")})
        self._chance = device.random_state(self.place)
        known = {name: snapshot.state[name] for name in asdict(State()) if name in snapshot.state}
        self.state = State(**known)

    def _states(self) -> dict[str, Tensor]:
        """The optimizers' states by the name of their parameter and their own: "blocks.0...|momentum"."""
        names = {id(parameter): name for name, parameter in self.module.named_parameters()}
        return {
            f"{names[id(parameter)]}|{key}": value
            for optimizer in self.optimizers
            for parameter, state in optimizer.state.items()
            for key, value in state.items()
            if isinstance(value, Tensor)
        }


class Trainer(Learner):
    """Trains a whole model on text. `train` and `validation` are token ids (shape [tokens])."""

    def __init__(self, model: GPT, train: NDArray[Any], validation: NDArray[Any], plan: Plan, place: Place) -> None:
        super().__init__(model, plan, place)
        self.model, self.validation = model, validation
        self.batches = self._order(train)

    def _order(self, train: NDArray[Any]) -> Batches:
        """Which windows stand in which batch."""
        return Batches(train, block=self.plan.block, batch=self.plan.batch, seed=self.plan.seed)

    @property
    def measurable(self) -> bool:
        """Whether the validation part predicts a token at all."""
        return len(self.validation) > 1

    @property
    def tokens_of_step(self) -> int:
        """The same for every step."""
        return self.plan.batch * self.plan.block * self.plan.accumulate

    def rehearse(self) -> None:
        """One batch forward and backward that changes nothing, in whatever precision the caller set."""
        ids, targets = (part.to(self.place.device) for part in self.batches.at(0))
        self._loss(ids, targets).backward()  # type: ignore[no-untyped-call]
        self.model.zero_grad(set_to_none=True)

    def _accumulate(self, number: int) -> float:
        ids, targets = (side.to(self.place.device, non_blocking=True) for side in self.batches.at(number))
        with self.place.autocast():
            loss = self._loss(ids, targets) / self.plan.accumulate
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    def _loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """Mean cross entropy of a batch, from which gradients can flow."""
        return (self.compiled or self.model.loss)(ids, targets)

    def _examine(self) -> Generator[Record, None, float]:
        loss, most = measure.Loss(0.0, 0), self.plan.validation_windows
        for so_far in measure.evaluate(self.model, self.validation, self.place, block=self.plan.block, most=most):
            loss = so_far
            yield Working(self.state.step, evaluating=True)
        return loss.mean

    def weights(self) -> dict[str, Tensor]:
        """The model's tensors by name; a tied head is not listed twice."""
        return weights_of(self.model)

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Copy tensors into the model."""
        load_weights(self.model, tensors)


def seeded_model(config: ModelConfig, seed: int, place: Place) -> GPT:
    """A new model whose weights, and whose dropout later on, follow from the seed."""
    torch.manual_seed(seed)
    return GPT(config).to(place.device)


def plan_of(config: PretrainConfig, *, validation_windows: int | None = None) -> Plan:
    """The plan of settings whose every auto is settled (`config.propose.resolve`)."""
    values = config.model_dump()
    assert None not in (values["max_steps"], values["batch_size"], values["block_size"]), "resolve first"
    return Plan(
        steps=values["max_steps"],
        batch=values["batch_size"],
        accumulate=values["accumulate"],
        block=values["block_size"],
        rate=values["learning_rate"],
        warmup=values["warmup_steps"],
        schedule=values["schedule"],
        floor=values["min_lr_share"],
        clip=values["grad_clip"],
        eval_every=values["eval_every"],
        patience=values["patience"],
        seed=values["seed"],
        optimizer=optim.Settings(
            values["optimizer"],
            values["beta1"],
            values["beta2"],
            values["weight_decay"],
            embedding_share=values["embedding_share"] or 1.0,
            head_share=values["head_share"] or 1.0,
        ),
        validation_windows=validation_windows,
    )


def weights_of(model: GPT) -> dict[str, Tensor]:
    """The tensors a model is made of, by name; a tied head is the embedding and not listed twice."""
    tensors = dict(model.state_dict())
    if model.config.tied:
        tensors.pop("head.weight")
    return tensors


def load_weights(model: GPT, tensors: Any) -> None:
    """Copy tensors into a model; a tied head follows its embedding. ValueError for names or shapes amiss."""
    own = weights_of(model)
    if own.keys() != dict(tensors).keys():
        raise ValueError(f"tensors differ: {sorted(own.keys() ^ dict(tensors).keys())[:4]}")
    with torch.no_grad():
        for name, tensor in own.items():
            if tensor.shape != tensors[name].shape:
                raise ValueError(f"{name} has shape {tuple(tensors[name].shape)}, not {tuple(tensor.shape)}")
            tensor.copy_(tensors[name])
