"""What is asked of a served model besides writing: verdicts and vectors of texts, a portion at a time."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch

from llmstudio.base.errors import UserError
from llmstudio.engine.batching import portion_of
from llmstudio.engine.decoder import reading
from llmstudio.server.completer import Embedding, Verdict
from llmstudio.tasks.classify import verdict
from llmstudio.tasks.judging import encode_texts, judge, limit_of
from llmstudio.tasks.ordering import Clerk
from llmstudio.tasks.writers import Ready

T = TypeVar("T")


@dataclass(frozen=True)
class Side:
    """Judges and measures texts with a model; its generators stop between portions, and end with their outcome."""

    ready: Ready
    clerk: Clerk

    def judged(self, text: str) -> Iterator[Verdict | None]:
        """What the model's head says of a text."""
        loaded, place = self.ready.loaded, self.ready.place
        if loaded.head is None:
            raise UserError(f"{loaded.kept.title} has not learned to judge texts.", "Serve one fine-tuned to classify.")
        if not text.strip():
            raise UserError("There is no text to sort.", "Send one that is not empty.")
        said = verdict(loaded, text, judge(loaded, [text], place)[0])
        rows, _ = encode_texts(loaded.tokenizer, [text], limit_of(loaded))
        label = said.get("label")
        labels = said.get("labels", [] if label is None else [label])
        yield Verdict(tuple(labels), said.get("probabilities", {}), said.get("value"), len(rows[0]))

    def embedded(self, text: str) -> Iterator[Embedding | None]:
        """The mean of a text's states after the last layer, brought to length one; a portion is read at a time."""
        ids = self.clerk.ids(text)
        reader = reading(self.ready.loaded.language)
        cache, portion = reader.cache(size=len(ids)), portion_of(reader.config, reader.device.type)
        total = torch.zeros(reader.config.n_embd, dtype=torch.float64)
        for start in range(0, len(ids), portion):
            part = torch.tensor([ids[start : start + portion]], device=reader.device)
            total += reader.stream(part, cache)[0].double().sum(dim=0).cpu()
            yield None
        vector = torch.nn.functional.normalize(total, dim=0)
        yield Embedding(tuple(vector.tolist()), len(ids))


class Aside(Generic[T]):
    """Texts that are judged or measured for one request, a portion at each turn."""

    def __init__(self, steps: Iterator[T | None], future: "Future[list[T]]") -> None:
        self._steps, self._future = iter(steps), future
        self._found: list[T] = []

    def goes_on(self) -> bool:
        """Do the next portion; False once the future knows what came of it, or nobody waits for it."""
        if self._future.cancelled():
            return False
        try:
            found = next(self._steps)
        except StopIteration:
            self._settle(None)
            return False
        except Exception as error:
            self._settle(error)
            return False
        if found is not None:
            self._found.append(found)
        return True

    def refuse(self) -> None:
        """Nobody has time for it any more."""
        self._settle(UserError("The server is stopping.", "Ask again when it runs."))

    def _settle(self, error: Exception | None) -> None:
        if not self._future.set_running_or_notify_cancel():
            return
        if error is None:
            self._future.set_result(self._found)
        else:
            self._future.set_exception(error.with_traceback(None))


def each(work: Callable[[str], Iterator[T | None]], texts: Sequence[str]) -> Iterator[T | None]:
    """What is done with each of the texts, one after the other."""
    for text in texts:
        yield from work(text)
