"""Small stand-ins for window tests: a runner driven by the test, and a tab with nothing in it."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from llmstudio.gui.session import Session
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.page import Command, Header, TabPage
from llmstudio.store.events import Event


class FakeRunner:
    """Runs until the test says `end`; `tell` passes events on from the runner's own thread."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.requests: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.left = False
        self.fail: Exception | None = None
        self._status = "finished"
        self._over = threading.Event()
        self._running = threading.Event()
        self._on_event: Callable[[Event], None] | None = None
        self._on_message: Callable[[dict[str, Any]], None] | None = None

    def run(
        self,
        folder: Path,
        on_event: Callable[[Event], None] | None = None,
        on_message: Callable[[dict[str, Any]], None] | None = None,
        *,
        offset: int | None = None,
    ) -> str:
        """Wait for `end`."""
        self.folder, self._on_event, self._on_message = folder, on_event, on_message
        self._running.set()
        self._over.wait(20)
        if self.fail is not None:
            raise self.fail
        return self._status

    def tell(self, *events: Event) -> None:
        """Pass events on."""
        self._running.wait(5)
        assert self._on_event is not None
        for event in events:
            self._on_event(event)

    def talk(self, message: dict[str, Any]) -> None:
        """Pass a session's object on."""
        self._running.wait(5)
        assert self._on_message is not None
        self._on_message(message)

    def end(self, status: str = "finished") -> None:
        """Let `run` return."""
        self._status = status
        self._over.set()

    def request(self, kind: str) -> None:
        """Remembered."""
        self.requests.append(kind)

    def say(self, message: dict[str, Any]) -> None:
        """Remembered."""
        self.sent.append(message)

    def send(self, message: dict[str, Any]) -> None:
        """Remembered."""
        self.sent.append(message)

    def leave(self) -> None:
        """Remembered; `run` returns."""
        self.left = True
        self._over.set()


class PlainTab(TabPage):
    """A tab that remembers what the window did with it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.opened: list[dict[str, object]] = []
        self.times_shown = 0
        self.pressed = 0
        self.escaped = 0
        self.classes: list[str] = []
        self.quiet = Button("Second", "second")
        self.go = Button("Start", "primary", run=self._press)
        column = QVBoxLayout(self)
        column.addWidget(Button(f"Inside {self.title}", "second"))

    def header(self) -> Header:
        """Two buttons."""
        return Header("something", None, [self.quiet, self.go])

    def shown(self) -> None:
        """Counted."""
        self.times_shown += 1

    def open(self, **args: object) -> None:
        """Remembered."""
        self.opened.append(args)

    def fit(self, size_class: str) -> None:
        """Remembered."""
        self.classes.append(size_class)

    def commands(self) -> list[Command]:
        """One that can run and one that cannot."""
        return [
            Command(f"{self.key}.do", f"Do it in {self.title}", "Ctrl+D", self._press),
            Command(f"{self.key}.never", "Never here", "", self._press, lambda: "There is nothing to do it with"),
        ]

    def escape(self) -> bool:
        """Counted."""
        self.escaped += 1
        return False

    def _press(self) -> None:
        self.pressed += 1


class DataTab(PlainTab):
    """Stands for Data."""

    key, title = "data", "Data"


class TokenizerTab(PlainTab):
    """Stands for Tokenizer."""

    key, title = "tokenizer", "Tokenizer"


class TrainTab(PlainTab):
    """Stands for Train."""

    key, title = "train", "Train"


class FinetuneTab(PlainTab):
    """Stands for Fine-tune."""

    key, title = "finetune", "Fine-tune"


class PlaygroundTab(PlainTab):
    """Stands for Playground."""

    key, title = "playground", "Playground"


class ModelsTab(PlainTab):
    """Stands for Models."""

    key, title = "models", "Models"


class RunsTab(PlainTab):
    """Stands for Runs."""

    key, title = "runs", "Runs"


class SettingsTab(PlainTab):
    """Stands for Settings."""

    key, title = "settings", "Settings"


PAGES = {
    cls.key: cls
    for cls in (DataTab, TokenizerTab, TrainTab, FinetuneTab, PlaygroundTab, ModelsTab, RunsTab, SettingsTab)
}
