"""The Tasks presenter with three kinds of model, and a child that is played by hand."""

from pathlib import Path
from typing import Any

from llmstudio.gui.tabs.playground.presenter_model import ModelHolder
from llmstudio.gui.tabs.playground.presenter_sampling import SamplingRules
from llmstudio.gui.tabs.playground.presenter_tasks import TaskPresenter
from tests.gui.tabs.chat_fixtures import CHATML
from tests.gui.tabs.desk import RememberingJobs, keep_model, make_session


class Desk:
    """A base model, an instruct model and a classifier."""

    def __init__(self, root: Path) -> None:
        self.session = make_session(root)
        self.base = keep_model(self.session, "Base").id
        self.taught = keep_model(self.session, "Taught", chat=CHATML).id
        self.judge = keep_model(self.session, "Judge", task={"kind": "classify", "labels": ["spam", "ham"]}).id
        self.jobs: RememberingJobs = self.session.jobs  # type: ignore[assignment]
        self.holder = ModelHolder(self.session)
        self.presenter = TaskPresenter(self.session, self.holder, SamplingRules(self.session))
        self.holder.refresh()

    @property
    def state(self) -> Any:
        return self.presenter.state

    def use(self, model: str) -> None:
        self.holder.choose(model)
        self.say(op="ready")

    def say(self, **message: Any) -> None:
        self.jobs.say_from_child(f"run-{len(self.jobs.submitted)}", **message)

    def asked(self) -> dict[str, Any]:
        return self.jobs.sent[-1][1]
