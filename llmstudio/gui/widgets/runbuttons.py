"""The header buttons of a job that makes a model: settings of another run, a new run, pause, stop, resume."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button

STOPS = (("keep", "Stop and keep"), ("keep_best", "Stop and keep the best"), ("cancel", "Throw away"))
LOOKING = "Looking for runs"
Deed = Callable[[], object]
Offer = tuple[str, Deed]  # words, deed


class RunButtons:
    """Makes the buttons once, hidden children of `parent`; a tab chooses among them and adds its own with `adopt`."""

    def __init__(self, parent: QWidget, theme: Theme, prefix: str) -> None:
        self.parent = parent
        self._found: Callable[[], Sequence[Offer] | None] = tuple
        self._nothing = ""
        self.load = Button("Load settings", "quiet", icon="folder", theme=theme, name=f"{prefix}.load_button")
        self.new = Button("New run", "quiet", icon="plus", theme=theme, name=f"{prefix}.new_button")
        self.pause = Button("Pause", icon="pause", theme=theme, name=f"{prefix}.pause_button")
        self.stop = Button("Stop", icon="chevron-down", theme=theme, name=f"{prefix}.stop_button")
        self.stop.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow of the menu after the word
        self.resume = Button("Resume", "primary", icon="play", theme=theme, name=f"{prefix}.resume_button")
        self.stop_menu, self.load_menu = QMenu(parent), QMenu(parent)
        self.stop.setMenu(self.stop_menu)
        self.load.setMenu(self.load_menu)
        self.adopt(self.load, self.new, self.pause, self.stop, self.resume)

    def adopt(self, *widgets: QWidget) -> None:
        """Keep widgets until the header shows them."""
        for widget in widgets:
            widget.setParent(self.parent)
            widget.hide()

    def connect(self, *, new: Deed, pause: Deed, resume: Deed, stop: Callable[[str], object]) -> None:
        """What the buttons do; `stop` gets one of `STOPS`."""
        self.new.clicked.connect(lambda _on=False: new())
        self.pause.clicked.connect(lambda _on=False: pause())
        self.resume.clicked.connect(lambda _on=False: resume())
        for how, words in STOPS:
            action = QAction(words, self.stop_menu)
            action.triggered.connect(lambda _on=False, how=how: stop(how))
            self.stop_menu.addAction(action)

    def offer(self, found: Callable[[], Sequence[Offer] | None], *, look: Deed, nothing: str) -> None:
        """Runs whose settings can be taken over: `found` is what is known of them (None: nothing yet).

        When the menu opens it shows that and calls `look`; call `fill_offers` when more is known.
        """
        self._found, self._nothing = found, nothing
        self.load_menu.aboutToShow.connect(self.fill_offers)
        self.load_menu.aboutToShow.connect(look)

    def fill_offers(self) -> None:
        """Show in the menu what is known now."""
        self.load_menu.clear()
        offers = self._found()
        for words, deed in offers or ():
            action = self.load_menu.addAction(words.replace("&", "&&"))
            action.triggered.connect(lambda _on=False, act=deed: act())
        if not offers:
            words = LOOKING if offers is None else self._nothing
            self.load_menu.addAction(words).setEnabled(False)

    def live(self, busy: str) -> list[Button]:
        """Pause and stop of a run that goes on; `busy` is what was asked and is not done yet."""
        self.pause.setText(f"{busy}…" if busy else "Pause")
        self.pause.setEnabled(not busy)
        self.stop.setEnabled(not busy)
        return [self.pause, self.stop]
