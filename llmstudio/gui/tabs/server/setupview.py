"""The Server tab while nothing is served: its settings, and what a start would make of them."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QWidget

from llmstudio.config.option import describe
from llmstudio.config.serve import ServeConfig
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.server.keyrow import KeyRow
from llmstudio.gui.tabs.server.presenter import State
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.picker import Entry
from llmstudio.gui.widgets.readiness import Check, Readiness
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.text import Label

SIDE = 376
LOCAL = "Only programs on this machine can reach it."
OPEN = "Every machine of your network can reach it with the key. What is sent is not encrypted."
ANY_PORT = "An address with a free port"


class SetupView(QWidget):
    """`changed` carries all settings after the person changed one."""

    changed = Signal(dict)

    def __init__(self, session: Session, *, renew: Callable[[], None], hide: Callable[[], None]) -> None:
        super().__init__()
        self._theme = session.theme
        self.form = Form(session, describe(ServeConfig), prefix="server", pickers={"model": "models"})
        self.form.changed.connect(lambda _name: self.changed.emit(self.form.values()))
        self.readiness = Readiness(self._theme)
        self.readiness.row_requested.connect(self.form.focus_row)
        self.address = Label("", "mono", wrap=True)
        self.key_row = KeyRow(self._theme, renew=renew, hide=hide)
        self._lay_out()

    def _lay_out(self) -> None:
        px = self._theme.px
        settings = Card(padding=24)
        settings.add(self.form)
        self.side = Card("Where it will be found")
        self.side.add(self.address)
        self.side.add(self.readiness)
        self.side.add(line())
        self.side.add(self.key_row)
        self.side.body.addStretch(1)
        self.area = ScrollPage(margin=0)
        self.columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.columns.setSpacing(px(16))
        self.columns.addWidget(settings, 1)
        self.columns.addWidget(self.side)
        self.area.add(self.columns, 1)
        outer = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.area)

    def fit(self, size_class: str) -> None:
        """Two columns where there is room."""
        small = size_class in ("S", "M")
        direction = QBoxLayout.Direction.TopToBottom if small else QBoxLayout.Direction.LeftToRight
        self.columns.setDirection(direction)
        self.side.setMinimumWidth(0 if small else self._theme.px(SIDE))
        self.side.setMaximumWidth(16_777_215 if small else self._theme.px(SIDE))

    def render_state(self, state: State) -> None:
        """Show a state; asking twice changes nothing."""
        self.form.set_entries("model", [Entry(one.id, one.title, one.note, "models") for one in state.models])
        self.form.set_proposal({"model": state.values.get("model") or ""})
        self.form.set_faults(state.faults)
        self.form.set_read_only(state.read_only)
        self.address.setText(_address(state))
        self.readiness.set_checks(_checks(state))
        self.key_row.render_state(state)

    def take(self, state: State) -> None:
        """Put the state's settings into the form, as if the person had set them."""
        values = {name: value for name, value in state.values.items() if value is not None and name != "model"}
        self.form.set_values(values)


def _address(state: State) -> str:
    port = state.values.get("port", 8000)
    host = "127.0.0.1" if not state.values.get("lan") else "this machine's address"
    return ANY_PORT if port == 0 else f"http://{host}:{port}/v1"


def _checks(state: State) -> list[Check]:
    """What a start would do, and what it waits for."""
    found = []
    if not state.models:
        found.append(Check("wrong", "There is no model yet", "model", ""))
    if state.read_only:
        found.append(Check("wrong", "Another window has this workspace"))
    for name, fault in state.faults.items():
        found.append(Check("wrong", fault.message, name, "Go to it"))
    open_to_all = bool(state.values.get("lan"))
    found.append(Check("warning" if open_to_all else "good", OPEN if open_to_all else LOCAL))
    if not state.values.get("key", True):
        found.append(Check("warning", "No key is asked for"))
    return found
