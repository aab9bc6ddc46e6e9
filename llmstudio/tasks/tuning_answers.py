"""Answers a model writes to validation prompts while it learns, beside the references and what it wrote before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from llmstudio.data import chat
from llmstudio.data.chat import Template
from llmstudio.data.labelled import Example
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine import shared
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT
from llmstudio.engine.metrics import text

MOST_ANSWERS = 6
STOPS = ("### Instruction:", "### Input:", "### Response:")
TAIL = 24  # tokens in which a stop is looked for


@dataclass(frozen=True)
class Question:
    """A prompt as ids, as text, and the reference."""

    row: int
    ids: list[int]
    prompt: str
    reference: str


class Answers:
    """The same few questions at every evaluation."""

    def __init__(
        self, examples: Sequence[Example], template: Template, tokenizer: Tokenizer, *, room: int, most: int
    ) -> None:
        """`room` is how many tokens prompt and answer have, `most` the longest answer."""
        self.tokenizer, self.most = tokenizer, most
        self.ends = chat.ends(template, tokenizer)
        self.stops = STOPS if template.kind == "alpaca" else ()
        spread = [examples[at * len(examples) // MOST_ANSWERS] for at in range(min(MOST_ANSWERS, len(examples)))]
        asked = [self._question(example, template) for example in dict.fromkeys(spread)]
        self.questions = [one for one in asked if len(one.ids) + most <= room]

    def _question(self, example: Example, template: Template) -> Question:
        segments = chat.render(template, example.messages[:-1], open_answer=True)
        ids, begin = chat.encode(segments, self.tokenizer).ids, self.tokenizer.begin_id
        if begin is not None and ids[:1] != [begin]:
            ids = [begin, *ids]
        asked = "\n\n".join(turn.whole for turn in example.messages[:-1])
        return Question(example.row, ids or [self.tokenizer.end_id], asked, example.messages[-1].content.strip())

    def write(self, model: GPT, place: Place, check: Callable[[], None]) -> list[str]:
        """What the model answers, always taking the likeliest token."""
        answers = [""] * len(self.questions)
        was = model.training
        with torch.inference_mode(), place.autocast():
            done = shared.greedy(
                model,
                [one.ids for one in self.questions],
                most=self.most,
                ends=self.ends,
                stopped=self._stopped,
                check=check,
            )
            for number, ids in done:
                answers[number] = self._cut(self.tokenizer.decode(ids))
        model.train(was)
        return answers

    def _stopped(self, written: list[int]) -> bool:
        return bool(self.stops) and any(stop in self.tokenizer.decode(written[-TAIL:]) for stop in self.stops)

    def _cut(self, answer: str) -> str:
        places = [place for stop in self.stops if (place := answer.find(stop)) >= 0]
        return answer[: min(places)].strip() if places else answer.strip()

    def rouge(self, answers: Sequence[str]) -> float:
        """The mean ROUGE-L of answers."""
        return text.rouge_means(answers, [one.reference for one in self.questions])["rouge_l"]

    def records(self, answers: Sequence[str], before: Sequence[str]) -> list[dict[str, Any]]:
        """As they stand in a report."""
        return [
            {"row": one.row, "prompt": one.prompt, "reference": one.reference, "answer": answer, "before": old}
            for one, answer, old in zip(self.questions, answers, before, strict=True)
        ]
