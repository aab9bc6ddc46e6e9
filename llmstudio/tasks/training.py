"""One attempt at one training: drives the trainer, reports, keeps checkpoints, and keeps the model at the end."""

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from llmstudio.base import units
from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config import propose
from llmstudio.config.sampling import SamplingConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.data.documents import Documents
from llmstudio.engine import checkpoint, device, generate, measure, trainer
from llmstudio.engine.device import Place
from llmstudio.jobs.context import Context
from llmstudio.store.doctor import Doctor
from llmstudio.tasks.clock import Clock
from llmstudio.tasks.keeping import Figures, keep_model
from llmstudio.tasks.preparation import Prepared

SCALE = "learning_rate_scale"
AUTOSAVE_SECONDS = 300.0
EVALUATION_SHARE = 0.1
SAMPLE_SECONDS = 10.0
PROMPT_CHARACTERS = 24


class Training:
    """One attempt at one training."""

    def __init__(self, config: PretrainConfig, prepared: Prepared, context: Context) -> None:
        self.config, self.prepared, self.context = config, prepared, context
        self.place = Place(config.device, config.precision, config.threads or device.cores())
        self.place.settle()
        self.folder = context.folder / "checkpoints"
        self.trainer = self._build()
        self.validation = prepared.encoded.val
        self.doctor = Doctor(config, validation_tokens=self.validation.tokens)
        self.clock = Clock(self.place)
        self.seconds = 0.0
        self.saved_at = time.monotonic()
        self.prompt = (
            config.sample_prompt if config.sample_prompt is not None else opening(Documents(prepared.dataset.path))
        )

    def _build(self) -> trainer.Trainer:
        facts = self.prepared.facts
        shape = propose.model_config(self.config, facts.vocab_size)
        model = trainer.seeded_model(shape, self.config.seed, self.place)
        plan = trainer.plan_of(self.config, validation_windows=self._validation_windows(facts.val_tokens))
        encoded = self.prepared.encoded
        validation = encoded.val.ids if facts.val_tokens else encoded.val.ids[:0]
        return trainer.Trainer(model, encoded.train.ids, validation, plan, self.place)

    def _validation_windows(self, tokens: int) -> int | None:
        """So many that evaluations take about a tenth of the time; None where all fit in."""
        every, block = self.config.eval_every or 1, self.config.block_size or 1
        affordable = 3 * EVALUATION_SHARE * every * self.config.tokens_per_step
        most = max(64, math.ceil(affordable / block))
        return None if tokens // block <= most else most

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
                self._save()
            if interrupt.kind in ("pause", "cancel"):
                raise
            best = interrupt.kind == "keep_best"
        self._finish(best)

    def _restore(self) -> None:
        """Stand where the newest sound checkpoint at or before the wished step stands."""
        checkpoint.sweep(self.folder)
        resume = self.context.resume
        if resume is None:
            return
        found = checkpoint.latest(self.folder, at_most=resume.from_step)
        for words in found.skipped:
            self.context.note(f"{words} An older checkpoint is used.", "warning")
        if found.snapshot is None:
            self._begin_again(resume.from_step)
            return
        self._check_origin(found.snapshot.state)
        self.trainer.restore(found.snapshot)
        self.seconds = float(found.snapshot.state.get("seconds", 0.0))
        self._go_on(resume.from_step, float(resume.overrides.get(SCALE, 1.0)))

    def _begin_again(self, from_step: int | None) -> None:
        if from_step:
            raise UserError(f"No checkpoint at or before step {from_step:,} is there.", "Resume the newest one.")
        self.context.resumed(0)
        self.context.note("There is no checkpoint yet; the training starts again.", "warning")

    def _check_origin(self, state: dict[str, Any]) -> None:
        encoded = self.prepared.encoded
        if state.get("tokens_sha256") != encoded.train.sha256:
            raise UserError(
                "The text is not the one this training began with.",
                "Start a new training, or bring the old dataset back.",
                field="dataset",
            )
        same = state.get("threads") == self.place.threads and state.get("precision") == self.place.precision
        if not same:
            self.context.note("Threads or precision differ now: the curve goes on equivalent, not identical.")

    def _go_on(self, from_step: int | None, scale: float) -> None:
        state = self.trainer.state
        self.context.resumed(state.step)
        self.context.note(f"Going on from step {state.step:,}.")
        if state.best_step is not None and not self._best_path(state.best_step).is_dir():
            state.best_loss = state.best_step = None
        if from_step is not None:
            checkpoint.drop_after(self.folder, state.step)
        if scale != 1.0:
            self._scale(scale)
        if from_step is not None or scale != 1.0:
            self._save()

    def _best_path(self, step: int) -> Path:
        return self.folder / f"best-{step:08d}"

    def _train(self) -> None:
        self.context.stage("Training", 0.9)
        self.clock.start(self.trainer.state.tokens)
        for record in self.trainer.run():
            self._take(record)
            self.context.check()
            for said in self.context.said():
                self._obey(said)

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
        )
        self.context.progress(step.step, self.trainer.plan.steps, "steps")
        self._consult(step.step, **figures)

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

    def _tell_evaluation(self, found: trainer.Evaluation) -> None:
        bits = self._bits(found.val_loss)
        self.context.metrics(found.step, val_loss=found.val_loss, bits_per_byte=bits)
        self._consult(found.step, val_loss=found.val_loss)
        best = found.best and found.step > 0
        words = f"Validation {found.val_loss:.3f}" + (", best so far" if best else "")
        self.context.note(words, "good" if best else "info")
        if found.best:
            self._save_best()
        if self._save_due():
            self._save()
        self._sample(found.step)
        self.clock.start(self.trainer.state.tokens)

    def _bits(self, loss: float) -> float:
        return measure.bits_per_byte(loss, max(0, self.validation.tokens - 1), self.validation.bytes)

    def _consult(self, step: int, **figures: float) -> None:
        for alarm in self.doctor.observe(step, **figures):
            self.context.alarm(alarm)

    def _sample(self, step: int) -> None:
        """The same prompt and the same chance each time, so that samples can be compared."""
        if not self.config.sample_tokens:
            return
        rules = SamplingConfig(max_tokens=self.config.sample_tokens, seed=self.config.seed)
        tokenizer, end = self.prepared.tokenizer, time.monotonic() + SAMPLE_SECONDS
        prompt = tokenizer.encode(self.prompt) or [tokenizer.end_id]
        parts: list[str] = []
        for token in generate.stream(self.trainer.model, prompt, rules, tokenizer.token_bytes, end_id=tokenizer.end_id):
            self.context.check()
            parts.append(token.text)
            if time.monotonic() > end:
                break
        self.trainer.model.train()
        self.context.sample(step, self.prompt, "".join(parts))

    def _obey(self, said: dict[str, Any]) -> None:
        """What the user changes while the training goes on."""
        scale, patience, keep_best = said.get(SCALE), said.get("patience"), said.get("keep_best")
        if isinstance(scale, int | float) and 0 < scale < 100:
            self._scale(float(scale))
            self._save()  # so that a crash does not undo the wish
        if isinstance(patience, int) and patience >= 0:
            self.trainer.plan = replace(self.trainer.plan, patience=patience)
            self.context.resolve(patience=patience)
        if isinstance(keep_best, bool):
            self.config = self.config.model_copy(update={"keep_best": keep_best})
            self.context.resolve(keep_best=keep_best)

    def _scale(self, scale: float) -> None:
        self.trainer.state.rate_scale *= scale
        rate = self.trainer.learning_rate
        self.context.note(f"The learning rate is {scale:g} times what it was: now {rate:.2g}.")

    def _save_due(self) -> bool:
        """At the planned steps (after the evaluation where there is one), and every few minutes."""
        step = self.trainer.state.step
        if self.trainer.evaluation_due or step == 0:
            return False
        planned = step % (self.config.save_every or 1) == 0 or step >= self.trainer.plan.steps
        return planned or time.monotonic() - self.saved_at > AUTOSAVE_SECONDS

    def _save(self) -> None:
        snapshot = self.trainer.snapshot()
        if not checkpoint.check_finite(snapshot.tensors["model"]):
            self.context.note("No checkpoint was kept: the weights are not finite.", "warning")
            return
        snapshot.state["seconds"] = self.seconds + self.clock.seconds
        snapshot.state["tokens_sha256"] = self.prepared.encoded.train.sha256
        path = checkpoint.write(self.folder, "step", snapshot, self._origin())
        checkpoint.prune(self.folder)
        self.saved_at = time.monotonic()
        self.context.artifact("checkpoint", path, step=snapshot.step)
        self.context.note(f"Checkpoint kept, step {snapshot.step:,}")

    def _save_best(self) -> None:
        state = self.trainer.state
        facts = {"val_loss": state.best_loss, "step": state.step, "tokens": state.tokens}
        snapshot = checkpoint.Snapshot(state.step, {"model": self.trainer.weights()}, facts)
        path = checkpoint.write(self.folder, "best", snapshot, self._origin())
        self.context.artifact("best", path, step=state.step, val_loss=state.best_loss)

    def _origin(self) -> dict[str, Any]:
        dataset = self.prepared.dataset
        return {
            "dataset": {"id": dataset.id, "sha256": dataset.manifest.get("documents_sha256", "")},
            "tokenizer": {"id": self.prepared.tokenizer.name, "sha256": self.prepared.tokenizer.sha256},
            "torch": torch.__version__,
            "device": self.place.device,
            "threads": self.place.threads,
            "precision": self.place.precision,
        }

    def _finish(self, best: bool) -> None:
        """Keep the model, measured over the whole validation part, and say what came out."""
        state = self.trainer.state
        kept_step, kept_tokens = state.step, state.tokens
        self._tell_early_stop()
        if best and self._load_best():
            kept_step = state.best_step if state.best_step is not None else state.step
            kept_tokens = kept_step * self.config.tokens_per_step
        self.context.stage("Measuring the result", 0.03)
        loss = self._whole_loss()
        bits = None if loss is None else self._bits(loss)
        seconds = self.seconds + self.clock.seconds
        figures = Figures(loss, bits, kept_step, kept_tokens, round(seconds, 3))
        model = keep_model(
            self.trainer.model,
            self.config,
            self.prepared.tokenizer,
            self.prepared.dataset,
            figures,
            self.context,
        )
        self.context.artifact("model", self.context.workspace.models / model, step=kept_step)
        self._tell_result(model, figures)

    def _tell_early_stop(self) -> None:
        plan, state = self.trainer.plan, self.trainer.state
        if 0 < plan.patience <= state.without_progress and state.step < plan.steps:
            words = units.plural(state.without_progress, "evaluation")
            self.context.note(f"Stopped early at step {state.step:,}: no better for {words}.")

    def _load_best(self) -> bool:
        step = self.trainer.state.best_step
        if step is None or step == self.trainer.state.step or not self._best_path(step).is_dir():
            return False
        found = checkpoint.read(self._best_path(step))
        trainer.load_weights(self.trainer.model, found.tensors["model"])
        return True

    def _whole_loss(self) -> float | None:
        """The loss over the whole validation part, in windows of the context that do not overlap."""
        ids = self.trainer.validation
        if len(ids) < 2:
            return None
        loss = measure.Loss(0.0, 0)
        for so_far in measure.evaluate(self.trainer.model, ids, self.place, block=self.trainer.plan.block):
            loss = so_far
            self.context.progress(loss.tokens, len(ids) - 1, "tokens")
            self._check_softly()
        return loss.mean

    def _check_softly(self) -> None:
        """At the end all work is done: only throwing it away still counts."""
        try:
            self.context.check()
        except Interrupt as interrupt:
            if interrupt.kind == "cancel":
                raise

    def _tell_result(self, model: str, figures: Figures) -> None:
        seconds = max(1e-9, self.clock.training_seconds)
        self.context.note(f"Kept as a model: {self.config.name}", "good")
        self.context.result(
            run=self.context.folder.name,
            model=model,
            steps=self.trainer.state.step,
            kept_step=figures.steps,
            train_loss=self.trainer.state.last_loss,
            val_loss=figures.val_loss,
            bits_per_byte=figures.bits_per_byte,
            tokens_per_second=round(self.clock.trained / seconds, 1),
            seconds=figures.seconds,
        )


def opening(documents: Documents) -> str:
    """The first whole words of the validation part (of the training part where there is none)."""
    for split in ("val", "train"):
        for number, parts in enumerate(documents.iterate(split)):
            begun = split == "val" and number == 0 and documents.count(split) == 1
            text = _from_a_line(next(parts, ""), begun)
            if text:
                return _whole_words(text)
    return ""


def _from_a_line(text: str, begun: bool) -> str:
    """Text from the first line that begins in it; a part cut by position may begin inside a word."""
    rest = text.partition("\n")[2].strip() if begun else ""
    return rest or text.strip()


def _whole_words(text: str) -> str:
    start = text[:PROMPT_CHARACTERS].split("\n")[0]
    return start if len(text) <= len(start) else start.rpartition(" ")[0] or start
