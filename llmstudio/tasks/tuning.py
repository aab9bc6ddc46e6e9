"""One attempt at one fine-tuning: drives the tuner, reports figures and rows, and keeps the model at the end."""

import math
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.config import sizing
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.engine import device, measure, trainer
from llmstudio.engine.freezing import learning
from llmstudio.engine.lessons import Outcome
from llmstudio.engine.tuner import Tuner
from llmstudio.jobs.context import Context
from llmstudio.store.doctor import Doctor
from llmstudio.tasks import tuning_data, tuning_report
from llmstudio.tasks.attempt import Attempt
from llmstudio.tasks.tuning_answers import Answers
from llmstudio.tasks.tuning_data import Base, Material
from llmstudio.tasks.tuning_keeping import Figures, keep_tuned
from llmstudio.tasks.tuning_report import Findings

REPORTS = "reports"
SAMPLES = 2
TIDY_EVERY = 16  # steps between two looks for memory to give back


class Tuning(Attempt):
    """One attempt at one fine-tuning."""

    config: FinetuneConfig

    def __init__(self, config: FinetuneConfig, base: Base, material: Material, tuner: Tuner, context: Context) -> None:
        super().__init__(tuner, material.dataset, base.tokenizer, context)
        self.config, self.base, self.material, self.tuner = config, base, material, tuner
        rows = tuner.validation.lengths if tuner.validation else []
        self._doctor = Doctor(config, validation_tokens=sum(rows))
        self.reports = context.folder / REPORTS
        self.baseline: dict[str, dict[str, float]] = {}
        self.answers: Answers | None = None
        if config.task == "instruct" and config.sample_tokens and material.template is not None:
            self.answers = Answers(
                material.examples["val"],
                material.template,
                base.tokenizer,
                room=base.config.block_size,
                most=config.sample_tokens,
            )

    @property
    def fingerprint(self) -> str:
        """The split's hash, or that of the training tokens."""
        return self.material.fingerprint

    @property
    def doctor(self) -> Doctor:
        """Knows the plan of this fine-tuning."""
        return self._doctor

    def _train(self) -> None:
        self._introduce()
        super()._train()

    def _introduce(self) -> None:
        """What stands beside all evaluations: how much learns, and what a simple method reaches."""
        numbers = {
            "trained_parameters": float(learning(self.tuner.student)),
            "parameters": float(sizing.count(self.base.config)),
        }
        if self.config.baseline and self.material.labels:
            self.context.stage("Counting words", 0.02)
            self.baseline = self._remembered("baseline.json", self._baselines)
        found = self.baseline.get("val", {})
        numbers |= {f"baseline_{name}": found[name] for name in ("accuracy", "macro_f1") if name in found}
        if self.tuner.state.step == 0:
            self.context.metrics(0, **numbers)

    def _baselines(self) -> dict[str, dict[str, float]]:
        return tuning_report.baselines(self.config.task, self.material, self.context.check)

    def _remembered(self, name: str, make: Any) -> Any:
        """What an earlier attempt has worked out already, or what `make` gives now."""
        path = self.reports / name
        if self.context.resume is not None and path.is_file():
            return files.read_json(path)
        found = make()
        self.reports.mkdir(parents=True, exist_ok=True)
        files.write_json(path, found)
        return found

    def _more(self, step: trainer.Step) -> dict[str, float]:
        return {"epoch": round(step.step / self.tuner.order.steps, 4)}

    def _take(self, record: trainer.Record) -> None:
        super()._take(record)
        if isinstance(record, trainer.Evaluation) or (
            isinstance(record, trainer.Step) and record.step % TIDY_EVERY == 0
        ):
            device.give_back(self.place.device)

    def _tell_evaluation(self, found: trainer.Evaluation) -> None:
        told = self._findings()
        told.tables |= self._answered(found.step, told)
        self.context.metrics(found.step, val_loss=found.val_loss, **_finite(told.metrics))
        self._consult(found.step, val_loss=found.val_loss)
        self._write_report(f"step-{found.step:08d}.json", found.step, found.val_loss, told)
        best = found.best and found.step > 0
        self.context.note(self._words(found, told) + (", best so far" if best else ""), "good" if best else "info")
        if found.best:
            self._save_best()
        if self._save_due():
            self._save()
        self.clock.start(self.tuner.state.tokens)

    def _findings(self) -> Findings:
        """The figures of the evaluation that was just made."""
        outcome, told = self.tuner.outcome, Findings({})
        if outcome is not None and outcome.said is not None:
            told = tuning_report.findings(
                self.config.task, outcome, self.material.examples["val"], self.material.labels
            )
        if self.tuner.old_loss is not None:
            told.metrics["old_loss"] = self.tuner.old_loss
        return told

    def _answered(self, step: int, told: Findings) -> dict[str, Any]:
        """Answers to a few validation prompts; those of before the first step are remembered."""
        if self.answers is None or not self.answers.questions:
            return {}
        writer = self.answers
        answers = writer.write(self.tuner.student.body, self.place, self.context.check)
        self.tuner.student.train()
        before = self._before(step, answers)
        told.metrics["rouge_l"] = writer.rouge(answers)
        for one, answer in list(zip(writer.questions, answers, strict=True))[:SAMPLES]:
            self.context.sample(step, one.prompt, answer)
        return {"answers": writer.records(answers, before)}

    def _before(self, step: int, answers: list[str]) -> list[str]:
        path = self.reports / "before.json"
        if step == 0:
            self.reports.mkdir(parents=True, exist_ok=True)
            files.write_json(path, answers)
        known = files.read_json(path) if path.is_file() else None
        if not isinstance(known, list) or len(known) != len(answers):
            return [""] * len(answers)
        return [str(one) for one in known]

    def _write_report(self, name: str, step: int, loss: float, told: Findings, scope: str = "validation") -> Path:
        part = "val" if scope == "validation" else "test"
        report = {
            "step": step,
            "task": self.config.task,
            "scope": scope,
            "rows_total": len(self.material.ids[part]),
            "metrics": _finite({"val_loss" if part == "val" else "test_loss": loss, **told.metrics}),
            "baseline": self.baseline.get(part, {}),
            **told.tables,
        }
        self.reports.mkdir(parents=True, exist_ok=True)
        path = self.reports / name
        self._patiently(lambda: files.write_json(path, report))
        self.context.artifact("report" if part == "val" else "test_report", path, step=step)
        return path

    def _words(self, found: trainer.Evaluation, told: Findings) -> str:
        names = {"accuracy": "accuracy", "mae": "mean distance", "rouge_l": "ROUGE-L", "old_loss": "old domain"}
        shown = [f"{word} {told.metrics[name]:.3f}" for name, word in names.items() if name in told.metrics]
        return ", ".join([f"Validation {found.val_loss:.3f}", *shown])

    def _finish(self, best: bool) -> None:
        """Keep the model, measured over the whole validation part and the test part, and say what came out."""
        state = self.tuner.state
        self._tell_early_stop()
        loaded = best and self._load_best()
        kept_step = state.best_step if loaded and state.best_step is not None else state.step
        self.context.stage("Measuring the result", 0.03)
        metrics, val_loss, bits = self._measure(kept_step)
        figures = Figures(
            metrics,
            self.baseline,
            val_loss,
            bits,
            kept_step,
            state.tokens if kept_step == state.step else round(state.tokens * kept_step / max(1, state.step)),
            round(self.seconds + self.clock.seconds, 3),
            learning(self.tuner.student),
        )
        model = self._patiently(
            lambda: keep_tuned(self.tuner.student, self.config, self.base, self.material, figures, self.context),
            self._check_keeping,
        )
        self.context.artifact("model", self.context.workspace.models / model, step=kept_step)
        self._tell_result(model, figures)

    def _measure(self, step: int) -> tuple[dict[str, float], float | None, float | None]:
        """Figures of the validation part and, behind "test_", of the test part; the validation loss, bits per byte."""
        val, told = self._examined("val")
        metrics = dict(told.metrics)
        if val is not None:
            metrics["val_loss"] = val.loss
            if self.answers is not None:
                told.tables |= self._answered(step, told)
                metrics |= told.metrics
            if self.tuner.old_loss is not None:
                metrics["old_loss"] = self._old_loss()
            self._write_report("kept.json", step, val.loss, told)
        test, found = self._examined("test")
        if test is not None:
            metrics |= {f"test_{name}": value for name, value in {**found.metrics, "loss": test.loss}.items()}
            self._write_report("test.json", step, test.loss, found, "test")
        for part, prefix in (("val", "baseline_"), ("test", "baseline_test_")):
            known = self.baseline.get(part, {})
            metrics |= {prefix + name: known[name] for name in ("accuracy", "macro_f1") if name in known}
        return _finite(metrics), val.loss if val else None, self._bits(val.loss) if val else None

    def _examined(self, part: str) -> tuple[Outcome | None, Findings]:
        """All rows of a part, measured with what is kept."""
        if not self.material.ids.get(part):
            return None, Findings({})
        lesson = tuning_data.lesson_of(self.config, self.material, part, place=self.place.device)
        outcome = self._outcome(lesson)
        if outcome.said is None:
            return outcome, Findings({})
        examples = self.material.examples[part]
        return outcome, tuning_report.findings(self.config.task, outcome, examples, self.material.labels)

    def _outcome(self, lesson: Any) -> Outcome:
        for found in lesson.examine(self.tuner.student, self.place):
            self._check_softly()
            if found is not None:
                return found  # type: ignore[no-any-return]
        raise AssertionError("an examination ends with its outcome")

    def _old_loss(self) -> float:
        return self._outcome(self.tuner.old).loss if self.tuner.old is not None else math.nan

    def _bits(self, loss: float) -> float | None:
        size = self.material.bytes.get("val")
        tokens = sum(len(ids) - 1 for ids in self.material.ids["val"])
        return measure.bits_per_byte(loss, tokens, size) if size else None

    def _tell_result(self, model: str, figures: Figures) -> None:
        seconds = max(1e-9, self.clock.training_seconds)
        self.context.note(f"Kept as a model: {self.config.name}", "good")
        self.context.result(
            run=self.context.folder.name,
            model=model,
            steps=self.tuner.state.step,
            kept_step=figures.steps,
            train_loss=self.tuner.state.last_loss,
            val_loss=figures.val_loss,
            bits_per_byte=figures.bits_per_byte,
            tokens_per_second=round(self.clock.trained / seconds, 1),
            seconds=figures.seconds,
            trained_parameters=figures.learning,
            parameters=sizing.count(self.base.config),
            metrics=figures.metrics,
        )


def _finite(metrics: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if math.isfinite(value)}
