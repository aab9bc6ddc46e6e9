"""The header of the Fine-tune tab and its commands: which buttons stand there, by the state of what is shown."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from llmstudio.gui.earlier import Earlier
from llmstudio.gui.tabs.finetune import words
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.chip import Chip
from llmstudio.gui.widgets.page import Command, Header
from llmstudio.gui.widgets.runbuttons import Offer, RunButtons
from llmstudio.gui.widgets.text import ElidedLabel

if TYPE_CHECKING:
    from llmstudio.gui.tabs.finetune.page import FinetunePage

OFFERED = 10


class Chips(QWidget):
    """Beside the title: what is learned, and the state of the run where it is not simply running."""

    def __init__(self, page: "FinetunePage") -> None:
        super().__init__(page)
        self._page = page
        self.name = ElidedLabel("", "body", "muted")
        self.task = Chip(page.theme, "", "accent")
        self.status = Chip(page.theme)
        self.status.setObjectName("finetune.status")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(page.theme.px(8))
        row.addWidget(self.name)
        row.addWidget(self.task)
        row.addWidget(self.status)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_run(self, title: str, task: str, status: str, *, narrow: bool) -> None:
        """Show another run; in narrow windows its name is cut short."""
        self.name.setText(title)
        wide = self.name.fontMetrics().horizontalAdvance(title) + 4
        self.name.setFixedWidth(min(wide, self._page.theme.px(110 if narrow else 240)))
        self.task.show_words(words.TASKS.get(task, task), "accent")
        self.status.show_state(status)
        self.status.setVisible(status != "running")
        self.adjustSize()
        self.setFixedSize(self.sizeHint())


class Headers(RunButtons):
    """Makes the buttons once; `header()` chooses among them."""

    def __init__(self, page: "FinetunePage") -> None:
        theme = page.theme
        super().__init__(page, theme, "finetune")
        self._page = page
        self.again = Button("Fine-tune again", icon="redo", theme=theme, run=page.again, name="finetune.again_button",
                            tip="Fine-tune again with changes: the form with this run's settings")  # fmt: skip
        self.evaluate = Button("Evaluate", "quiet", icon="evaluate", theme=theme, run=page.evaluate,
                               name="finetune.evaluate_button")  # fmt: skip
        self.use = Button("Try it", "primary", icon="playground", theme=theme, run=page.try_it,
                          name="finetune.try_button")  # fmt: skip
        self.chips = Chips(page)
        self.adopt(self.again, self.evaluate, self.use, self.chips)
        deeds, current = page.deeds, self._run_id
        self.connect(
            new=page.new_run,
            pause=lambda: deeds.pause(current()),
            resume=page.resume,
            stop=lambda how: deeds.stop(current(), how),
        )
        session = page.session
        self.earlier = Earlier(session.background, session.workspace, "finetune", OFFERED, page)
        self.earlier.changed.connect(self.fill_offers)
        self.offer(self._earlier, look=self.earlier.look, nothing="No fine-tunings yet")

    def _earlier(self) -> list[Offer] | None:
        """The newest fine-tunings, whose settings can be taken over."""
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
        narrow = self._page.size_class in ("S", "M")
        self.chips.show_run(view.title, view.task, view.status, narrow=narrow)
        return Header(picker=self.chips, buttons=self._buttons())

    def _buttons(self) -> list[Button]:
        view = self._page.view
        if view is None or self._page.session.read_only:
            return []
        small = self._page.size_class == "S"
        if view.live or view.status == "queued":
            return self.live(view.busy)
        if view.status == "finished" and view.kept is not None:
            return [self.again, self.use] if small else [self.evaluate, self.again, self.use]
        by_card = view.trouble is not None and bool(view.trouble.acts)  # its remedy is the primary one then
        return [self.new, self.again, self.resume] if view.resumable and not by_card else [self.new, self.again]

    def commands(self) -> list[Command]:
        """What the palette offers on this tab."""
        page, deeds = self._page, self._page.deeds

        def live() -> str:
            return "" if page.view is not None and page.view.live else "No fine-tuning is running here"

        def resumable() -> str:
            return "" if page.view is not None and page.view.resumable else "Nothing is paused here"

        def kept() -> str:
            return "" if page.view is not None and page.view.kept is not None else "No fine-tuned model is shown here"

        def ready() -> str:
            if page.model is not None:
                return "A run is shown. Choose New run first"
            return "" if page.setup.can_start else page.setup_view.readiness.waiting_for() or "Nothing to learn from"

        def stopping(how: str) -> Callable[[], None]:
            return lambda: deeds.stop(self._run_id(), how)

        def pause() -> None:
            deeds.pause(self._run_id())

        return [
            Command("finetune.start", "Start fine-tuning", run=page.start, enabled=ready, icon="play"),
            Command("finetune.new", "New fine-tuning", run=page.new_run, icon="plus"),
            Command("finetune.pause", "Pause this fine-tuning", run=pause, enabled=live, icon="pause"),
            Command("finetune.resume", "Resume this fine-tuning", run=page.resume, enabled=resumable, icon="play"),
            Command("finetune.keep", "Stop and keep", run=stopping("keep"), enabled=live, icon="stop"),
            Command("finetune.keep_best", "Stop and keep the best", run=stopping("keep_best"), enabled=live,
                    icon="stop"),
            Command("finetune.try", "Try the fine-tuned model", run=page.try_it, enabled=kept, icon="playground"),
            Command("finetune.evaluate", "Evaluate the fine-tuned model", run=page.evaluate, enabled=kept,
                    icon="evaluate"),
            Command("finetune.again", "Fine-tune again with changes", run=page.again,
                    enabled=lambda: "" if page.model is not None else "No run is shown here", icon="redo"),
        ]  # fmt: skip
