"""One attempt at one training: drives the trainer, reports, keeps checkpoints, and keeps the model at the end."""

import math
import time
from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from llmstudio.config import propose
from llmstudio.config.sampling import SamplingConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.data.documents import Documents
from llmstudio.engine import device, generate, measure, trainer
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT
from llmstudio.jobs.context import Context
from llmstudio.store.doctor import Doctor
from llmstudio.tasks import compilation
from llmstudio.tasks.attempt import Attempt
from llmstudio.tasks.keeping import Figures, keep_model
from llmstudio.tasks.preparation import Prepared

EVALUATION_SHARE = 0.1
SAMPLE_SECONDS = 10.0
PROMPT_CHARACTERS = 24


class Training(Attempt):
    """One attempt at one training from scratch."""

    config: PretrainConfig

    def __init__(self, config: PretrainConfig, prepared: Prepared, context: Context) -> None:
        self.config, self.prepared = config, prepared
        place = Place(config.device, config.precision, config.threads or device.cores())
        place.settle()
        self.trainer = self._build(place)
        super().__init__(self.trainer, prepared.dataset, prepared.tokenizer, context)
        self.validation = prepared.encoded.val
        self._doctor = Doctor(config, validation_tokens=self.validation.tokens)
        self.prompt = (
            config.sample_prompt if config.sample_prompt is not None else opening(Documents(prepared.dataset.path))
        )

    def run(self) -> None:
        """See `Attempt`; before the first step it is settled whether steps are compiled."""
        self.config = compilation.settle(self.config, self.trainer, self.context)
        super().run()

    @property
    def fingerprint(self) -> str:
        """The hash of the training tokens."""
        return self.prepared.encoded.train.sha256

    @property
    def doctor(self) -> Doctor:
        """Knows the plan of this training."""
        return self._doctor

    def _build(self, place: Place) -> trainer.Trainer:
        facts = self.prepared.facts
        shape = propose.model_config(self.config, facts.vocab_size)
        model = trainer.seeded_model(shape, self.config.seed, place)
        plan = trainer.plan_of(self.config, validation_windows=self._validation_windows(facts.val_tokens))
        encoded = self.prepared.encoded
        validation = encoded.val.ids if facts.val_tokens else encoded.val.ids[:0]
        return self._trainer(model, encoded.train.ids, validation, plan, place)

    def _trainer(
        self, model: GPT, train: NDArray[Any], validation: NDArray[Any], plan: trainer.Plan, place: Place
    ) -> trainer.Trainer:
        """Who trains."""
        return trainer.Trainer(model, train, validation, plan, place)

    def _validation_windows(self, tokens: int) -> int | None:
        """So many that evaluations take about a tenth of the time; None where all fit in."""
        every, block = self.config.eval_every or 1, self.config.block_size or 1
        affordable = 3 * EVALUATION_SHARE * every * self.config.tokens_per_step
        most = max(64, math.ceil(affordable / block))
        return None if tokens // block <= most else most

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

    def _sample(self, step: int) -> None:
        """The same prompt and the same chance each time, so that samples can be compared."""
        if not self.config.sample_tokens:
            return
        rules = SamplingConfig(max_tokens=self.config.sample_tokens, seed=self.config.seed)
        tokenizer, end = self.prepared.tokenizer, time.monotonic() + SAMPLE_SECONDS
        prompt = tokenizer.encode(self.prompt) or [tokenizer.end_id]
        parts: list[str] = []
        model, reader, end_id = self.trainer.model, self._reader(), tokenizer.end_id
        for token in generate.stream(model, prompt, rules, tokenizer.token_bytes, end_id=end_id, reader=reader):
            parts.append(token.text)
            if not self._go_on_writing(end):
                break
        self.trainer.model.train()
        self.context.sample(step, self.prompt, "".join(parts))

    def _reader(self) -> generate.Reader | None:
        """Who reads for a sample, where the model cannot do it by itself."""
        return None

    def _go_on_writing(self, end: float) -> bool:
        """Whether a sample may take another token; it ends at a time."""
        self.context.check()
        return self._in_time(end)

    def _in_time(self, end: float) -> bool:
        return time.monotonic() <= end

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
        model = self._patiently(lambda: self._keep(figures), self._check_keeping)
        self.context.artifact("model", self.context.workspace.models / model, step=kept_step)
        self._tell_result(model, figures)

    def _keep(self, figures: Figures) -> str:
        """Keep the weights as a model; its id."""
        return self._keep_weights(self.trainer.model, figures)

    def _keep_weights(self, model: GPT, figures: Figures) -> str:
        parts = self.prepared
        return keep_model(model, self.config, parts.tokenizer, parts.dataset, figures, self.context)

    def _whole_loss(self) -> float | None:
        """The loss over the whole validation part, in windows of the context that do not overlap."""
        ids = self.trainer.validation
        if len(ids) < 2:
            return None
        loss = measure.Loss(0.0, 0)
        for so_far in self._measured(ids):
            loss = so_far
            self.context.progress(loss.tokens, len(ids) - 1, "tokens")
            self._check_softly()
        return loss.mean

    def _measured(self, ids: NDArray[Any]) -> Iterator[measure.Loss]:
        """The loss so far, part by part."""
        return measure.evaluate(self.trainer.model, ids, self.place, block=self.trainer.plan.block)

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
