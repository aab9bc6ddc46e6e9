"""The header of the Train tab and its commands: which buttons stand there, by the state of what is shown."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

from llmstudio.gui.earlier import Earlier
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.chip import Chip
from llmstudio.gui.widgets.page import Command, Header
from llmstudio.gui.widgets.runbuttons import Offer, RunButtons
from llmstudio.store import run as runs

if TYPE_CHECKING:
    from llmstudio.gui.tabs.train.page import TrainPage

OFFERED = 10
PATIENCE = 5  # evaluations without progress, where early stopping is switched on while a run goes on


class Headers(RunButtons):
    """Makes the buttons once; `header()` chooses among them."""

    def __init__(self, page: "TrainPage") -> None:
        theme = page.theme
        super().__init__(page, theme, "train")
        self._page = page
        self.again = Button("Train again with changes", icon="redo", theme=theme, run=page.again)
        self.write = Button(
            "Write with it",
            "primary",
            icon="playground",
            theme=theme,
            run=page.write_with_it,
            name="train.write_button",
        )
        self.chip = Chip(theme)
        self.chip.setObjectName("train.status_header")
        self.adopt(self.again, self.write, self.chip)
        deeds, current = page.deeds, self._run_id
        self.connect(
            new=page.new_run,
            pause=lambda: deeds.pause(current()),
            resume=page.resume,
            stop=lambda how: deeds.stop(current(), how),
        )
        self._wish_actions()
        session = page.session
        self.earlier = Earlier(session.background, session.workspace, "pretrain", OFFERED, page)
        self.earlier.changed.connect(self.fill_offers)
        self.offer(self._earlier, look=self.earlier.look, nothing="No runs yet")

    def _wish_actions(self) -> None:
        """How the run ends by itself; told to it while it goes on."""
        self.stop_menu.addSeparator()
        self.early = self._wish(f"Stop early after {PATIENCE} evaluations without progress", self._wish_early)
        self.best = self._wish("Keep the best step at the end, not the last", self._wish_best)
        self.stop_menu.aboutToShow.connect(self.show_wishes)

    def _wish(self, words: str, told: Callable[[bool], None]) -> QAction:
        action = QAction(words, self.stop_menu)
        action.setCheckable(True)
        action.triggered.connect(told)
        self.stop_menu.addAction(action)
        return action

    def show_wishes(self) -> None:
        """Tick what holds now, as the run's own record has it."""
        config = runs.blank(self._page.session.workspace.runs / self._run_id()).config
        self.early.setChecked(bool(config.get("patience")))
        self.best.setChecked(bool(config.get("keep_best", True)))

    def _wish_early(self, on: bool) -> None:
        self._page.deeds.wish(self._run_id(), patience=PATIENCE if on else 0)

    def _wish_best(self, on: bool) -> None:
        self._page.deeds.wish(self._run_id(), keep_best=on)

    def _earlier(self) -> list[Offer] | None:
        """The newest runs, whose settings can be taken over."""
        states = self.earlier.known
        if states is None:
            return None
        return [(s.title, lambda config=dict(s.config): self._page.new_run(config)) for s in states]  # type: ignore[misc]

    def _run_id(self) -> str:
        return self._page.model.id if self._page.model else ""

    def header(self) -> Header:
        """For what is shown now."""
        view = self._page.view
        if self._page.model is None or view is None:
            setup = not self._page.setup.empty and not self._page.session.read_only
            return Header(subtitle="New run" if setup else "", buttons=[self.load] if setup else [])
        small = self._page.size_class in ("S", "M")
        if small:
            self.chip.show_state(view.status)
        return Header(
            subtitle=view.title if small else "", picker=self.chip if small else None, buttons=self._buttons()
        )

    def _buttons(self) -> list[Button]:
        view = self._page.view
        assert view is not None
        if self._page.session.read_only:
            return []
        if view.live or view.status == "queued":
            return [self.new, *self.live(view.busy)]
        if view.status == "finished":
            return [self.new, self.again, self.write] if view.model else [self.new, self.again]
        by_card = view.trouble is not None and bool(view.trouble.acts)  # its remedy is the primary one then
        return [self.new, self.again, self.resume] if view.resumable and not by_card else [self.new, self.again]

    def commands(self) -> list[Command]:
        """What the palette offers on this tab."""
        page, deeds = self._page, self._page.deeds

        def live() -> str:
            return "" if page.view is not None and page.view.live else "No training is running here"

        def resumable() -> str:
            return "" if page.view is not None and page.view.resumable else "Nothing is paused here"

        def ready() -> str:
            if page.model is not None:
                return "A run is shown. Choose New run first"
            return "" if page.setup.can_start else page.setup_view.readiness.waiting_for() or "There is no text yet"

        def stopping(how: str) -> Callable[[], None]:
            return lambda: deeds.stop(self._run_id(), how)

        def pause() -> None:
            deeds.pause(self._run_id())

        return [
            Command("train.start", "Start training", run=page.start, enabled=ready, icon="play"),
            Command("train.machines", "Run on several machines", run=page.show_machines, enabled=ready),
            Command("train.new", "New run", run=page.new_run, icon="plus"),
            Command("train.pause", "Pause this training", run=pause, enabled=live, icon="pause"),
            Command("train.resume", "Resume this training", run=page.resume, enabled=resumable, icon="play"),
            Command("train.keep", "Stop and keep", run=stopping("keep"), enabled=live, icon="stop"),
            Command("train.keep_best", "Stop and keep the best", run=stopping("keep_best"), enabled=live, icon="stop"),
        ]
