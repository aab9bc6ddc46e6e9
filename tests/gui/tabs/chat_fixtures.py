"""A chat presenter with a child that is played by hand."""

from pathlib import Path
from typing import Any

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground.presenter_chat import ChatPresenter
from llmstudio.gui.tabs.playground.presenter_model import ModelHolder
from llmstudio.gui.tabs.playground.presenter_sampling import SamplingRules
from tests.gui.tabs.desk import RememberingJobs, keep_model, make_session

CHATML = {"template": "chatml", "source": "", "end": ["<|im_end|>"]}


class Desk:
    """What stands around a chat."""

    def __init__(self, root: Path, *models: str, session: Session | None = None) -> None:
        self.session = session or make_session(root)
        self.kept = [keep_model(self.session, title, chat=CHATML) for title in models]
        self.jobs: RememberingJobs = self.session.jobs  # type: ignore[assignment]
        self.holder = ModelHolder(self.session)
        self.rules = SamplingRules(self.session)
        self.presenter = ChatPresenter(self.session, self.holder, self.rules)
        self.holder.refresh()
        self.presenter.shelf.refresh()

    @property
    def state(self) -> Any:
        return self.presenter.state

    @property
    def asked(self) -> dict[str, Any]:
        """The last question the child was asked."""
        return [sent for _, sent in self.jobs.sent if sent["op"] == "chat"][-1]

    def say(self, **message: Any) -> None:
        self.jobs.say_from_child(f"run-{len(self.jobs.submitted)}", **message)

    def ready(self) -> None:
        self.say(op="ready", parameters=1)

    def begin(self, *words: str, used: int = 20, dropped: int = 0, first: int = 100) -> None:
        """The child begins to answer the last question."""
        number = self.asked["id"]
        self.say(op="prompt", id=number, ids=[], context={"used": used, "limit": 512, "dropped": dropped})
        self.say(op="tokens", id=number, tokens=told(*words, first=first))

    def done(self, reason: str = "stop") -> None:
        """The child is done with the last question."""
        self.say(op="done", id=self.asked["id"], reason=reason, tokens_per_second=63.0)

    def answer(self, *words: str, **more: Any) -> None:
        self.begin(*words, **more)
        self.done()

    def ask(self, text: str, *words: str) -> None:
        """A question and its answer."""
        assert self.presenter.send(text)
        if self.state.held.phase == "loading":
            self.ready()
        self.answer(*words)


def told(*words: str, first: int = 100) -> list[dict[str, Any]]:
    """Tokens as the child tells them."""
    return [
        {
            "id": first + at,
            "text": word,
            "p": 0.5,
            "p_raw": 0.25,
            "top": [[7, " or", 0.3, 0.3], [first + at, word, 0.25, 0.5]],
        }
        for at, word in enumerate(words)
    ]
