"""How well models answer: greedy answers beside their references, and how likely the references are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.data import chat
from llmstudio.data.chat import Template
from llmstudio.data.labelled import Example
from llmstudio.data.messages import Message
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine import shared
from llmstudio.engine.heads import Student
from llmstudio.engine.lessons import Read
from llmstudio.tasks import evaluate_figures
from llmstudio.tasks.evaluate_data import Rows
from llmstudio.tasks.evaluate_figures import Judged
from llmstudio.tasks.evaluate_prompts import begun, template_for
from llmstudio.tasks.evaluate_trial import Trial
from llmstudio.tasks.tuning_data import conversation

DEFAULT = "alpaca"  # for models without a template of their own
STOPS = ("### Instruction:", "### Input:", "### Response:", "Below is an instruction")
TAIL = 24  # tokens in which a stop is looked for


@dataclass(frozen=True)
class Asking:
    """How conversations are written for one model."""

    template: Template
    tokenizer: Tokenizer
    shots: tuple[Message, ...]
    room: int

    def prompt(self, messages: Sequence[Message]) -> tuple[list[int], bool]:
        """The ids before an answer, the beginning cut off where they do not fit; whether that was so."""
        head = messages[:1] if messages and messages[0].role == "system" else ()
        turns = (*head, *self.shots, *messages[len(head) :])
        ids = begun(
            chat.encode(chat.render(self.template, turns, open_answer=True), self.tokenizer).ids, self.tokenizer
        )
        ids = ids or [self.tokenizer.end_id]
        return ids[-self.room :], len(ids) > self.room


def measure(trial: Trial, rows: Rows) -> list[dict[str, Any]]:
    """Fill the entry with the figures of one model; its answers."""
    loaded, config, entry = trial.loaded, trial.config, trial.entry
    template = template_for(loaded, config, DEFAULT)
    assert template is not None, "there is a default"
    block = loaded.model.config.block_size
    room = max(1, block - min(config.max_tokens, block // 2))
    asking = Asking(template, loaded.tokenizer, _shots(rows.train, config), room)
    found = [asking.prompt(example.messages[:-1]) for example in rows.judged]
    references = [example.messages[-1].content.strip() for example in rows.judged]
    answers = _write(trial, template, [ids for ids, _ in found])
    judged = Judged([one.row for one in rows.judged], [one.text for one in rows.judged])
    records = evaluate_figures.answers(entry, judged, answers, references, stemming=config.stemming)
    entry.metrics["answer_loss"] = _answer_loss(trial, template, rows.judged)
    entry.rules["answer_loss"] = f"nats per token of the references, on {len(references):,} rows"
    _tell(trial, asking, sum(cut for _, cut in found))
    return records


def _shots(train: Sequence[Example], config: EvaluateConfig) -> tuple[Message, ...]:
    """Solved rows to show before each question: none unless they were asked for."""
    wanted = min(config.shots or 0, len(train))
    chosen = np.random.default_rng(config.seed).permutation(len(train))[:wanted].tolist()
    return tuple(turn for place in chosen for turn in train[place].messages if turn.role != "system")


def _write(trial: Trial, template: Template, prompts: list[list[int]]) -> list[str]:
    tokenizer = trial.loaded.tokenizer
    stops = STOPS if template.kind == "alpaca" else ()

    def stopped(written: list[int]) -> bool:
        return bool(stops) and any(stop in tokenizer.decode(written[-TAIL:]) for stop in stops)

    answers = [""] * len(prompts)
    done = shared.greedy(
        trial.loaded.model,
        prompts,
        most=trial.config.max_tokens,
        ends=chat.ends(template, tokenizer),
        stopped=stopped,
        check=trial.context.check,
    )
    for number, (place, ids) in enumerate(done, 1):
        answers[place] = before(tokenizer.decode(ids), stops)
        trial.context.progress(number, len(prompts), "rows")
    return answers


def before(text: str, stops: Sequence[str]) -> str:
    """What stands before the first stop, without spaces around it."""
    places = [place for stop in stops if (place := text.find(stop)) >= 0]
    return text[: min(places)].strip() if places else text.strip()


def _answer_loss(trial: Trial, template: Template, rows: Sequence[Example]) -> float:
    """The mean loss on the tokens of the answers, as fine-tuning measures it."""
    tokenizer, limit = trial.loaded.tokenizer, trial.loaded.model.config.block_size
    whole = [conversation(template, row, tokenizer, limit, whole=False) for row in rows]
    kept = [one for one in whole if any(one.trained[1:])]
    ids = [np.array(one.ids, dtype=np.int64) for one in kept]
    lesson = Read(ids, [np.array(one.trained, dtype=np.bool_) for one in kept])
    loss = float("nan")
    for outcome in lesson.examine(Student(trial.loaded.model), trial.place):
        trial.context.check()
        loss = loss if outcome is None else outcome.loss
    return loss


def _tell(trial: Trial, asking: Asking, cut: int) -> None:
    entry, config = trial.entry, trial.config
    shots = sum(turn.role == "assistant" for turn in asking.shots)
    how = f"greedy answers of at most {config.max_tokens:,} tokens, template {asking.template.kind}"
    how += f", {shots:,} examples in the prompt" if shots else ""
    for key in entry.metrics:
        if key != "answer_loss":
            entry.rules[key] += f"; {how}"
    entry.kind = "few-shot" if shots else "model"
    if cut:
        trial.add_note(f"The beginning of {cut:,} prompts did not fit and was left out.")
