"""A completer without an engine: it says the same words over and over, a token for each answer at every beat."""

import random
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from llmstudio.base.errors import UserError
from llmstudio.server.completer import Begun, Done, Drawn, Embedding, Facts, Failed, Likely, More, Sink, Verdict, Wanted

SAYING = "the quick brown fox jumps over a lazy dog and then it sleeps till noon — größer 🦊 ."
WORDS = tuple(SAYING.split())
ALL = frozenset({"complete", "chat", "embed", "classify"})


def words_of(wanted: Wanted) -> list[str]:
    """The prompt as tokens."""
    if wanted.messages is not None:
        return " ".join(message.content for message in wanted.messages).split()
    if wanted.ids is not None:
        return [WORDS[one % len(WORDS)] for one in wanted.ids]
    return (wanted.text or "").split()


@dataclass
class Saying:
    """One answer under way."""

    wanted: Wanted
    sink: Sink
    end: int = 0
    said: int = 0
    text: str = ""
    begun: bool = False
    cancelled: bool = False
    chance: random.Random = field(default_factory=random.Random)

    def cancel(self) -> None:
        """Noticed at the next beat."""
        self.cancelled = True


class Parrot:
    """`beat` seconds pass between tokens; `broken` prompts fail, `endless` ones never end by themselves."""

    def __init__(
        self, *, beat: float = 0.0005, slots: int = 4, context: int = 256, can: frozenset[str] = ALL, length: int = 12
    ) -> None:
        self.facts = Facts(
            "parrot",
            "Parrot",
            1_700_000_000,
            context,
            can,
            slots,
            ("bad", "good"),
            4,
            1234,
            "cpu",
            "f32",  # type: ignore[arg-type]
        )
        self.beat, self.length = beat, length
        self.most = 0  # answers that were under way at a time
        self.submitted = 0
        self.written = 0
        self._saying: list[Saying] = []
        self._changed = threading.Condition()
        self._closed, self._end = False, threading.Event()
        self._thread = threading.Thread(target=self._work, name="parrot", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> int:
        """Answers under way."""
        with self._changed:
            return len(self._saying)

    def submit(self, wanted: Wanted, sink: Sink) -> Saying:
        saying = Saying(wanted, sink)
        with self._changed:
            self.submitted += 1
            if not self._closed:
                self._saying.append(saying)
                self._changed.notify()
                return saying
        sink(Failed(UserError("The server is being stopped.", "Try again later.")))
        return saying

    def classify(self, texts: Sequence[str]) -> "Future[list[Verdict]]":
        found: Future[list[Verdict]] = Future()
        if any("broken" in text for text in texts):
            found.set_exception(RuntimeError("secret detail"))
        elif any(len(text.split()) > self.facts.context for text in texts):
            found.set_exception(UserError("The text is longer than the context.", "Shorten it."))
        else:
            found.set_result([self._verdict(text) for text in texts])
        return found

    def embed(self, texts: Sequence[str]) -> "Future[list[Embedding]]":
        found: Future[list[Embedding]] = Future()
        if any(len(text.split()) > self.facts.context for text in texts):
            found.set_exception(UserError("The text is longer than the context.", "Shorten it."))
        else:
            found.set_result([Embedding((0.5, -0.5, 0.5, 0.5), len(text.split())) for text in texts])
        return found

    def close(self) -> None:
        """Every answer ends; the thread too."""
        with self._changed:
            self._closed = True
            self._end.set()
            self._changed.notify()
        self._thread.join(10)

    @staticmethod
    def _verdict(text: str) -> Verdict:
        good = 0.75 if "good" in text else 0.25
        label = "good" if good > 0.5 else "bad"
        return Verdict((label,), {"good": good, "bad": 1 - good}, None, len(text.split()))

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._saying))
                now, closed = list(self._saying), self._closed
                self.most = max(self.most, len(now))
            for saying in now:
                if closed:
                    saying.cancelled = True
                if self._turn(saying):
                    with self._changed:
                        self._saying.remove(saying)
            if closed:
                return
            self._end.wait(self.beat)

    def _turn(self, saying: Saying) -> bool:
        """One token of an answer; whether it ended."""
        try:
            return self._say(saying)
        except RuntimeError as error:
            saying.sink(Failed(error))
            return True

    def _say(self, saying: Saying) -> bool:
        wanted, tokens = saying.wanted, words_of(saying.wanted)
        if saying.cancelled:
            saying.sink(Done("cancelled", saying.said))
            return True
        if not saying.begun:
            return self._begin(saying, tokens)
        if "broken" in tokens:
            raise RuntimeError("secret detail")
        word = WORDS[saying.said % len(WORDS) if not wanted.rules.temperature else saying.chance.randrange(len(WORDS))]
        drawn = self._drawn(word, wanted.logprobs)
        saying.said += 1
        self.written += 1
        before, saying.text = saying.text, f"{saying.text} {word}"
        cut = min((at for stop in wanted.rules.stop if (at := saying.text.find(stop)) >= 0), default=-1)
        stopped = cut >= 0
        new = saying.text[len(before) : cut] if stopped else saying.text[len(before) :]
        saying.sink(More(new, (drawn,)))
        if stopped or (saying.said >= self.length and "endless" not in tokens):
            saying.sink(Done("stop", saying.said))
        elif saying.said >= saying.end:
            saying.sink(Done("length", saying.said))
        else:
            return False
        return True

    def _begin(self, saying: Saying, tokens: list[str]) -> bool:
        if len(tokens) >= self.facts.context:
            words = f"The prompt takes {len(tokens)} tokens, and the model reads {self.facts.context} at once."
            saying.sink(Failed(UserError(words, "Shorten it.")))
            return True
        rules = saying.wanted.rules
        saying.end = min(rules.max_tokens, self.facts.context - len(tokens))
        saying.chance = random.Random(rules.seed)
        saying.begun = True
        saying.sink(Begun(len(tokens)))
        return False

    @staticmethod
    def _drawn(word: str, logprobs: int | None) -> Drawn:
        number, data = WORDS.index(word), f" {word}".encode()
        if logprobs is None:
            return Drawn(number, data)
        others = [
            Likely((number + at) % len(WORDS), f" {WORDS[(number + at) % len(WORDS)]}".encode(), -0.5 - at)
            for at in range(logprobs)
        ]
        return Drawn(number, data, -0.5, tuple(others))
