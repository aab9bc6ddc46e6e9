"""Walks through the real tabs while the quick start runs: each stage in its tab, a banner that names it.

It only follows the job's events; without it the job runs all the same.
"""

from typing import Any

from PySide6.QtCore import QObject

from llmstudio.base.errors import UserError
from llmstudio.config.quickstart import QuickstartConfig
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.banner import Banner
from llmstudio.store.events import Artifact

PROMPT = "Once, in Pell,"
# Kind of the stage's own run: tab, argument that opens the run there, words of the banner.
STAGES = {
    "import_dataset": ("data", "", "Step 1 of 4: the bundled stories are read and split."),
    "train_tokenizer": ("tokenizer", "", "Step 2 of 4: a tokenizer learns which pieces the stories are made of."),
    "pretrain": ("train", "run", "Step 3 of 4: the model learns to continue the stories. Watch the curve fall."),
}
LAST = "Step 4 of 4: press Continue, and the model goes on writing."


class Tour(QObject):
    """One walk. It ends with the job, or when the person would rather look around alone.

    The banner is seen on the tab it speaks of. Who looks at another one is not called away: the walk goes on
    when they come back, and the job strip leads there all the time.
    """

    def __init__(self, session: Session, run: str) -> None:
        super().__init__(session)
        self._session, self._run = session, run
        self._seen: set[str] = set()
        self._tab = "data"  # the one the banner speaks of
        self._with_us = True  # the person looks at it
        self._done = False
        self.banner = Banner(session.theme, "The quick start begins.", action="Stop", second="Skip the tour")
        self.banner.action_requested.connect(self.stop)
        self.banner.second.clicked.connect(self.leave)
        session.jobs.events.connect(self._heard)
        session.jobs.ended.connect(self._ended)
        session.tab_shown.connect(self._look)
        session.banner_requested.emit(self.banner)

    @staticmethod
    def begin(session: Session) -> "Tour | None":
        """Start the quick start and walk with it; None if it could not be started (a notice says why)."""
        try:
            run = session.jobs.submit("quickstart", QuickstartConfig(), title="Build my first model")
        except UserError as error:
            session.notices.error(error, "Build my first model")
            return None
        tour = Tour(session, run)
        session.go("data")
        return tour

    def stop(self) -> None:
        """Stop the job; what it has kept stays."""
        self._session.jobs.stop(self._run, "cancel")
        self.leave()

    def leave(self) -> None:
        """Go on alone: the job runs on, the job strip shows it."""
        self._stop_listening()
        self._close()

    def _stop_listening(self) -> None:
        self._session.jobs.events.disconnect(self._heard)
        self._session.jobs.ended.disconnect(self._ended)

    def _look(self, tab: str) -> None:
        """Another tab came to the front."""
        self._with_us = tab == self._tab
        self.banner.setVisible(self._with_us)
        if self._done and not self._with_us:
            self._close()

    def _go(self, tab: str, **args: object) -> None:
        came_along, self._tab = self._with_us, tab
        if came_along:
            self._session.go(tab, **args)

    def _heard(self, run: str, batch: list[Any]) -> None:
        if run != self._run:
            return
        for event in batch:
            if isinstance(event, Artifact) and event.what == "run":
                self._follow(str(event.facts.get("id", "")))

    def _follow(self, run: str) -> None:
        """A stage began as a run of its own: look at it in its tab."""
        if not run or run in self._seen:
            return
        self._seen.add(run)
        try:
            kind = self._session.jobs.state(run).kind
        except UserError:
            return
        if kind in STAGES:
            tab, argument, words = STAGES[kind]
            self.banner.show_state(words, action="Stop", second="Skip the tour")
            self._go(tab, **({argument: run} if argument else {}))

    def _ended(self, run: str, status: str) -> None:
        if run != self._run:
            return
        state = self._session.jobs.state(run)
        model = str(state.result.get("model", ""))
        if status != "finished" or not model:
            self.leave()
            return
        self._stop_listening()
        if not self._with_us:  # the job strip says that it is finished, and leads on
            self._close()
            return
        self.banner.show_state(LAST, action="Close")
        self.banner.action_requested.disconnect(self.stop)
        self.banner.action_requested.connect(self._close)
        self._go("playground", model=model, prompt=PROMPT)
        self._done = True
        self._session.jobs.message.connect(self._wrote)

    def _wrote(self, _run: str, message: dict[str, Any]) -> None:
        """The model went on writing: nothing is left to do."""
        if message.get("op") == "done":
            self._close()

    def _close(self) -> None:
        if self._done:
            self._session.jobs.message.disconnect(self._wrote)
        self._session.tab_shown.disconnect(self._look)
        self.banner.hide()
        self.banner.deleteLater()
        self.deleteLater()
