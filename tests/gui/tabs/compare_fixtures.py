"""A comparison of two models with two children that are played by hand."""

from pathlib import Path
from typing import Any

from llmstudio.gui.tabs.playground.presenter_compare import ComparePresenter
from llmstudio.gui.tabs.playground.presenter_model import ModelHolder
from llmstudio.gui.tabs.playground.presenter_sampling import SamplingRules
from tests.gui.tabs.chat_fixtures import CHATML, told
from tests.gui.tabs.desk import RememberingJobs, keep_model, make_session


class Desk:
    """The left model is run-1, the right one run-2."""

    def __init__(self, root: Path) -> None:
        self.session = make_session(root)
        self.one = keep_model(self.session, "One", chat=CHATML).id
        self.two = keep_model(self.session, "Two", chat=CHATML).id
        self.jobs: RememberingJobs = self.session.jobs  # type: ignore[assignment]
        self.holder = ModelHolder(self.session)
        self.rules = SamplingRules(self.session)
        self.presenter = ComparePresenter(self.session, self.holder, self.rules)
        self.holder.refresh()
        self.holder.choose(self.one)
        self.presenter.open()
        self.presenter.choose(1, self.two)

    @property
    def state(self) -> Any:
        return self.presenter.state

    def ready(self) -> None:
        for run in ("run-1", "run-2"):
            self.jobs.say_from_child(run, op="ready")

    def asked(self, side: int) -> dict[str, Any]:
        """The last question of a side."""
        run = f"run-{side + 1}"
        return [sent for at, sent in self.jobs.sent if at == run and sent["op"] == "chat"][-1]

    def answer(self, side: int, *words: str, done: bool = True) -> None:
        """A side answers its last question."""
        run, number = f"run-{side + 1}", self.asked(side)["id"]
        self.jobs.say_from_child(run, op="tokens", id=number, tokens=told(*words))
        if done:
            self.jobs.say_from_child(run, op="done", id=number, reason="stop", tokens_per_second=20.0)
