"""What every attempt at a training shares: it drives a learner, reports, keeps checkpoints, and obeys.

What is learned, how it is measured and what is kept at the end is known by those who inherit from it.
"""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import torch

from llmstudio.base import units
from llmstudio.base.errors import Interrupt, NoRoom, UserError
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine import checkpoint, device, trainer
from llmstudio.engine.device import Place
from llmstudio.jobs.context import Context
from llmstudio.store.catalog import Kept
from llmstudio.store.doctor import Doctor
from llmstudio.store.events import Alarm
from llmstudio.tasks import room
from llmstudio.tasks.clock import Clock, Naps

SCALE = "learning_rate_scale"
DAMAGED = "damaged_checkpoint"
AUTOSAVE_SECONDS = 300.0

Result = TypeVar("Result")


class Attempt(ABC):
    """One attempt at one training."""

    config: PretrainConfig | FinetuneConfig
    processes = 1

    def __init__(self, learner: trainer.Learner, dataset: Kept, tokenizer: Tokenizer, context: Context) -> None:
        self.learner, self.dataset, self.tokenizer, self.context = learner, dataset, tokenizer, context
        self.place: Place = learner.place
        self.folder = context.folder / "checkpoints"
        self.clock, self.naps = Clock(self.place), Naps()
        self.seconds = 0.0
        self.saved_at = time.monotonic()
        self._no_room = False

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Names what is learned: a checkpoint of anything else does not fit."""

    @property
    @abstractmethod
    def doctor(self) -> Doctor:
        """Who watches the numbers."""

    @abstractmethod
    def _tell_evaluation(self, found: trainer.Evaluation) -> None:
        """Report an evaluation, and keep what it asks to be kept."""

    @abstractmethod
    def _finish(self, best: bool) -> None:
        """Keep the model (the best one, or as it is) and say what came out."""

    def run(self) -> None:
        """Train to the end, or until somebody asks for an end; then keep the model."""
        self._restore()
        best = self.config.keep_best
        try:
            self._train()
        except trainer.Diverged as error:
            self._tell_divergence(error.step)
            raise Interrupt("pause") from error
        except Interrupt as interrupt:
            if interrupt.kind == "pause":
                self._save_for_pause()
            if interrupt.kind in ("pause", "cancel"):
                raise
            best = interrupt.kind == "keep_best"
        self._finish(best)

    def _save_for_pause(self) -> None:
        """Keep where it stands; one who pauses while it waits for room goes back to the newest checkpoint instead."""
        if not self._no_room:
            self._save()
            return
        kept = checkpoint.listed(self.folder, "step")
        where = f"step {kept[0][0]:,}" if kept else "the first step"
        self.context.note(f"Paused without a new checkpoint, for want of room: it goes on from {where}.", "warning")

    def _patiently(self, write: Callable[[], Result], check: Callable[[], None] | None = None) -> Result:
        """What `write` gives; where the disk is full, all stays in memory until there is room."""
        try:
            return write()
        except NoRoom as error:
            self.clock.pause()
            try:
                return room.wait(error, write, self.context, check or self.context.check)
            except Interrupt:
                self._no_room = True
                raise
            finally:
                self.clock.start(self.learner.state.tokens)

    def _restore(self) -> None:
        """Stand where the newest sound checkpoint at or before the wished step stands."""
        self._sweep()
        resume = self.context.resume
        if resume is None:
            return
        found = self._find(resume.from_step)
        if found.snapshot is None:
            self._begin_again(resume.from_step, found.skipped, float(resume.overrides.get(SCALE, 1.0)))
            return
        self._check_origin(found.snapshot.state)
        self.learner.restore(found.snapshot)
        self.seconds = float(found.snapshot.state.get("seconds", 0.0))
        self._go_on(resume.from_step, float(resume.overrides.get(SCALE, 1.0)))
        self._tell_damage(found.skipped)

    def _tell_damage(self, skipped: tuple[str, ...]) -> None:
        """Checkpoints that could not be used are a finding: somebody should look after that disk."""
        if not skipped:
            return
        step = self.learner.state.step
        where = f"an older one, step {step:,}" if step else "the first step: no other is kept"
        title = "A checkpoint is damaged" if len(skipped) == 1 else f"{len(skipped)} checkpoints are damaged"
        text = f"{' '.join(skipped)} It is put aside, not deleted, and the training goes on from {where}."
        for words in skipped:
            self.context.note(f"{words} An older checkpoint is used.", "warning")
        self.context.alarm(Alarm(step, DAMAGED, f"{title}. {text}", start=step, end=step))

    def _sweep(self) -> None:
        """Remove what a killed attempt left half done."""
        checkpoint.sweep(self.folder)

    def _find(self, at_most: int | None) -> checkpoint.Found:
        """The newest sound checkpoint at or before a step."""
        return checkpoint.latest(self.folder, at_most=at_most)

    def _begin_again(self, from_step: int | None, skipped: tuple[str, ...], scale: float) -> None:
        if from_step:
            raise UserError(f"No checkpoint at or before step {from_step:,} is there.", "Resume the newest one.")
        self.context.resumed(0)
        if from_step is not None:
            self._drop_after(0)
        if not skipped:
            self.context.note("There is no checkpoint yet; the training starts again.", "warning")
        self._tell_damage(skipped)
        if scale != 1.0:
            self._scale(scale)

    def _check_origin(self, state: dict[str, Any]) -> None:
        if state.get("tokens_sha256") != self.fingerprint:
            raise UserError(
                "The text is not the one this training began with.",
                "Start a new training, or bring the old dataset back.",
                field="dataset",
            )
        known = {"compiled": False, **state}
        same = all(known.get(name) == value for name, value in self.learner.circumstances.items())
        if state.get("processes", 1) != self.processes:
            self.context.note("The number of processes differs now: the curve goes on equivalent, not identical.")
        elif not same:
            self.context.note("Threads, precision or compiler differ now: the curve goes on equivalent, not identical.")

    def _go_on(self, from_step: int | None, scale: float) -> None:
        state = self.learner.state
        self.context.resumed(state.step)
        self.context.note(f"Going on from step {state.step:,}.")
        if state.best_step is not None and not self._best_path(state.best_step).is_dir():
            state.best_loss = state.best_step = state.best_score = None
        if from_step is not None:
            self._drop_after(state.step)
        if scale != 1.0:
            self._scale(scale)
        if from_step is not None or scale != 1.0:
            self._save()

    def _drop_after(self, step: int) -> None:
        """Remove the checkpoints of a way that is left."""
        checkpoint.drop_after(self.folder, step)

    def _best_path(self, step: int) -> Path:
        return self.folder / f"best-{step:08d}"

    def _train(self) -> None:
        self.context.stage("Training", 0.9)
        self.clock.start(self.learner.state.tokens)
        for record in self.learner.run():
            self._take(record)
            self._look_after_sleep()
            self.context.check()
            for said in self.context.said():
                self._obey(said)

    def _look_after_sleep(self) -> None:
        """Say that the machine slept, and see whether the graphics card is still there."""
        slept = self.naps.look()
        if slept:
            self.context.note(f"The machine slept for {units.duration(slept)}; the training goes on.", "warning")
            device.check_awake(self.place.device)

    def _take(self, record: trainer.Record) -> None:
        match record:
            case trainer.Step():
                self._tell_step(record)
                if self._save_due():
                    self._save()
            case trainer.Skipped():
                self._tell_skipped(record)
            case trainer.Evaluation():
                self._tell_evaluation(record)
            case trainer.Working(evaluating=True):
                self.clock.pause()

    def _tell_step(self, step: trainer.Step) -> None:
        self.clock.tick(step.tokens)
        figures = {"loss": step.loss, "grad_norm": step.grad_norm, "learning_rate": step.learning_rate}
        self.context.metrics(
            step.step,
            **figures,
            tokens_per_second=self.clock.rate,
            memory_bytes=self.clock.memory(),
            tokens=step.tokens,
            **self._more(step),
        )
        self.context.progress(step.step, self.learner.plan.steps, "steps")
        self._consult(step.step, **figures)

    def _more(self, step: trainer.Step) -> dict[str, float]:
        """Further figures of a step."""
        return {}

    def _tell_skipped(self, skipped: trainer.Skipped) -> None:
        self.context.note(
            f"Step {skipped.step:,} was left out: its numbers were not finite. The weights are unharmed.",
            "warning",
        )
        if skipped.in_a_row > trainer.MOST_SKIPPED:
            self._consult(skipped.step, loss=math.nan, grad_norm=skipped.grad_norm)

    def _tell_divergence(self, step: int) -> None:
        self.context.note(
            f"The training diverged at step {step:,} and is paused. Go back to a checkpoint and lower the rate.",
            "warning",
        )

    def _consult(self, step: int, **figures: float) -> None:
        for alarm in self.doctor.observe(step, **figures):
            self.context.alarm(alarm)

    def _obey(self, said: dict[str, Any]) -> None:
        """What the user changes while the training goes on."""
        scale, patience, keep_best = said.get(SCALE), said.get("patience"), said.get("keep_best")
        if isinstance(scale, int | float) and 0 < scale < 100:
            self._scale(float(scale))
            self._save()  # so that a crash does not undo the wish
        if isinstance(patience, int) and patience >= 0:
            self.learner.plan = replace(self.learner.plan, patience=patience)
            self.context.resolve(patience=patience)
        if isinstance(keep_best, bool):
            self.config = self.config.model_copy(update={"keep_best": keep_best})
            self.context.resolve(keep_best=keep_best)

    def _scale(self, scale: float) -> None:
        self.learner.state.rate_scale *= scale
        rate = self.learner.learning_rate
        self.context.note(f"The learning rate is {scale:g} times what it was: now {rate:.2g}.")

    def _save_due(self) -> bool:
        """At the planned steps (after the evaluation where there is one), and every few minutes."""
        step = self.learner.state.step
        if self.learner.evaluation_due or step == 0:
            return False
        planned = step % (self.config.save_every or 1) == 0 or step >= self.learner.plan.steps
        return planned or self._overdue

    @property
    def _overdue(self) -> bool:
        """Whether the last checkpoint is minutes old."""
        return time.monotonic() - self.saved_at > AUTOSAVE_SECONDS

    def _save(self) -> None:
        snapshot = self.learner.snapshot()
        if not self._finite(snapshot):
            self.context.note("No checkpoint was kept: the weights are not finite.", "warning")
            return
        snapshot.state["seconds"] = self.seconds + self.clock.seconds
        snapshot.state["tokens_sha256"] = self.fingerprint
        path = self._patiently(lambda: self._write("step", snapshot))
        self._prune()
        self.saved_at = time.monotonic()
        self.context.artifact("checkpoint", path, step=snapshot.step)
        self.context.note(f"Checkpoint kept, step {snapshot.step:,}")

    def _save_best(self) -> None:
        state = self.learner.state
        facts = {"val_loss": state.best_loss, "step": state.step, "tokens": state.tokens}
        snapshot = checkpoint.Snapshot(state.step, {"model": self.learner.weights()}, facts)
        path = self._patiently(lambda: self._write("best", snapshot))
        self.context.artifact("best", path, step=state.step, val_loss=state.best_loss)

    def _finite(self, snapshot: checkpoint.Snapshot) -> bool:
        """Whether a snapshot's weights can be kept."""
        return checkpoint.check_finite(snapshot.tensors["model"])

    def _write(self, kind: str, snapshot: checkpoint.Snapshot) -> Path:
        """Commit a checkpoint; where it lies."""
        return checkpoint.write(self.folder, kind, snapshot, self._origin())

    def _prune(self) -> None:
        """Remove checkpoints that are not needed any more."""
        checkpoint.prune(self.folder)

    def _origin(self) -> dict[str, Any]:
        return {
            "dataset": {"id": self.dataset.id, "sha256": self.dataset.manifest.get("documents_sha256", "")},
            "tokenizer": {"id": self.tokenizer.name, "sha256": self.tokenizer.sha256},
            "torch": torch.__version__,
            "device": self.place.device,
            "threads": self.place.threads,
            "precision": self.place.precision,
        }

    def _tell_early_stop(self) -> None:
        plan, state = self.learner.plan, self.learner.state
        if 0 < plan.patience <= state.without_progress and state.step < plan.steps:
            words = units.plural(state.without_progress, "evaluation")
            self.context.note(f"Stopped early at step {state.step:,}: no better for {words}.")

    def _load_best(self) -> bool:
        step = self.learner.state.best_step
        if step is None or step == self.learner.state.step or not self._best_path(step).is_dir():
            return False
        try:
            self._load_weights(self._best_path(step))
        except UserError as error:  # a failing disk must not make all work vain
            self.context.note(f"{error.message} The last weights are kept instead of the best.", "warning")
            return False
        return True

    def _load_weights(self, path: Path) -> None:
        """Take the weights of a checkpoint."""
        self.learner.load(checkpoint.read(path).tensors["model"])

    def _check_softly(self) -> None:
        """At the end all work is done: only throwing it away still counts."""
        try:
            self.context.check()
        except Interrupt as interrupt:
            if interrupt.kind == "cancel":
                raise

    def _check_keeping(self) -> None:
        """While the model is kept: who wants it kept gets it, a pause or the end is obeyed."""
        try:
            self.context.check()
        except Interrupt as interrupt:
            if interrupt.kind in ("pause", "cancel"):
                raise
