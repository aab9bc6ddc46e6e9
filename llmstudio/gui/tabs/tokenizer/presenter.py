"""What the Inspect page shows: one text, cut by one tokenizer or by two side by side, and their figures.

Text is cut in the background; what belongs to an earlier key is dropped.
"""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from llmstudio.base.errors import UserError
from llmstudio.data import pieces
from llmstudio.data.pieces import Piece, Report
from llmstudio.gui.background import Handle
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer.shelf import CHARACTERS, Choice, Shelf

SideName = Literal["a", "b"]
SAMPLE = (
    "Nadia’s kite climbed over the quay at 07:20. “Twelve metres of string,” said Tomas, “and it still wants more.” "
    "A naïve gull followed; the harbour-master wrote: café open, boats in, 3 crabs escaped."
)
LONGEST = 200_000  # characters cut at once; the rest of a pasted book is left out, and said so
DEBOUNCE_MS = 12


@dataclass(frozen=True)
class Side:
    """One tokenizer and how it cuts the text; `trouble` says why it could not."""

    name: str = ""
    cut: tuple[Piece, ...] = ()
    report: Report | None = None
    trouble: str = ""
    busy: bool = False


@dataclass(frozen=True)
class State:
    """Everything the Inspect page shows."""

    choices: tuple[Choice, ...] = ()
    text: str = SAMPLE
    a: Side = field(default_factory=Side)
    b: Side | None = None
    spaces: bool = True

    def choice(self, name: str) -> Choice | None:
        """The choice of a name."""
        return next((choice for choice in self.choices if choice.name == name), None)

    def title(self, name: str) -> str:
        """A tokenizer's name for people."""
        found = self.choice(name)
        return found.title if found else name

    @property
    def clipped(self) -> bool:
        """Whether only the beginning of the text is cut."""
        return len(self.text) > LONGEST

    @property
    def sides(self) -> list[tuple[SideName, Side]]:
        """The sides there are."""
        first: list[tuple[SideName, Side]] = [("a", self.a)]
        return first if self.b is None else [*first, ("b", self.b)]


def cut(shelf: Shelf, name: str, text: str) -> tuple[tuple[Piece, ...], Report]:
    """Pieces and figures of a text. Raises UserError."""
    tokenizer = shelf.load(name, text)
    found = pieces.inspect(tokenizer, text)
    return tuple(found), pieces.report(tokenizer, text, found)


class InspectPresenter(QObject):
    """Holds `state`; `changed` after it changed, `choices_changed` after the list of tokenizers did."""

    changed = Signal()
    choices_changed = Signal()

    def __init__(self, session: Session, shelf: Shelf, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.shelf = session, shelf
        self.state = State()
        self._handles: dict[str, Handle] = {}
        self._wanted: dict[str, tuple[str, str]] = {}
        self._after: str = ""  # to be chosen as soon as it is listed
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._cut)
        session.tokenizers_changed.connect(self.refresh)

    # -- intents

    def refresh(self) -> None:
        """Look which tokenizers there are."""
        self.session.background.run(self.shelf.choices, done=self._listed, owner=self)

    def set_text(self, text: str) -> None:
        """Cut another text, a moment after the last key."""
        if text != self.state.text:
            self.state = replace(self.state, text=text)
            self._timer.start()

    def choose(self, side: SideName, name: str) -> None:
        """Cut with another tokenizer; one that is not listed yet is taken once it is."""
        if self.state.choice(name) is None:
            self._after = name
            self.refresh()
            return
        self._set(side, Side(name, busy=True))
        self._cut()
        self.changed.emit()

    def compare(self, on: bool) -> None:
        """Show a second tokenizer beside the first, or take it away."""
        if on and self.state.b is None:
            self.choose("b", self._other())
        elif not on and self.state.b is not None:
            self._wanted.pop("b", None)
            self.state = replace(self.state, b=None)
            self.changed.emit()

    def show_spaces(self, shown: bool) -> None:
        """Draw spaces as dots, or leave them blank."""
        self.state = replace(self.state, spaces=shown)
        self.changed.emit()

    # -- inside

    def _listed(self, choices: list[Choice]) -> None:
        self.state = replace(self.state, choices=tuple(choices))
        names = [choice.name for choice in choices]
        if self._after in names:
            self._set("a", Side(self._after, busy=True))
            self._after = ""
        elif self.state.a.name not in names:
            self._set("a", Side(names[0], busy=True))
        if self.state.b is not None and self.state.b.name not in names:
            self._set("b", Side(self._other(), busy=True))
        self._cut()
        self.choices_changed.emit()
        self.changed.emit()

    def _other(self) -> str:
        names = [choice.name for choice in self.state.choices]
        return next((n for n in ("gpt2", *names) if n in names and n != self.state.a.name), CHARACTERS)

    def _set(self, side: SideName, value: Side) -> None:
        self.state = replace(self.state, a=value) if side == "a" else replace(self.state, b=value)

    def _cut(self) -> None:
        text = self.state.text[:LONGEST]
        for name, side in self.state.sides:
            if not side.name or self._wanted.get(name) == (side.name, text):
                continue
            if name in self._handles:
                self._handles[name].cancel()
            self._wanted[name] = (side.name, text)
            self._handles[name] = self.session.background.run(
                cut,
                self.shelf,
                side.name,
                text,
                done=partial(self._done, name),
                failed=partial(self._failed, name),
                owner=self,
            )

    def _done(self, name: SideName, found: tuple[tuple[Piece, ...], Report]) -> None:
        side = dict(self.state.sides).get(name)
        if side is not None:
            self._set(name, Side(side.name, found[0], found[1]))
            self.changed.emit()

    def _failed(self, name: SideName, error: Exception) -> None:
        side = dict(self.state.sides).get(name)
        if side is None:
            return
        trouble = str(error) if isinstance(error, UserError) else "Something went wrong while cutting this text."
        self._set(name, Side(side.name, trouble=trouble))
        if not isinstance(error, UserError):
            self.session.notices.error(error, "Tokenizer")
        self.changed.emit()
