"""The Server tab while a model is served: where, how, who asks, how long they wait, and how to ask."""

from collections.abc import Callable

from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.gui.tabs.server.addresscard import AddressCard
from llmstudio.gui.tabs.server.examplecard import ExampleCard
from llmstudio.gui.tabs.server.keyrow import KeyRow
from llmstudio.gui.tabs.server.latencyplot import LatencyCard
from llmstudio.gui.tabs.server.presenter import State
from llmstudio.gui.tabs.server.requestscard import RequestsCard
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.facts import Facts
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.text import Paragraph

LEFT = {"M": 320, "L": 400, "X": 440}
ABILITIES = {"chat": "Chat", "complete": "Completions", "embed": "Embeddings", "classify": "Sorting texts"}
STOP_TO_CHANGE = "Stop the server to change it"


class RunView(QWidget):
    """Renders a state with something `served`."""

    def __init__(self, theme: Theme, *, clear: Callable[[], None], hide: Callable[[], None]) -> None:
        super().__init__()
        self._theme = theme
        self.address = AddressCard(theme)
        self.requests = RequestsCard(theme, Button("Clear", "link", run=clear, name="server.clear_button"))
        self.latency = LatencyCard(theme)
        self.example = ExampleCard(theme)
        self.facts, self.totals = Facts(gap=2), Facts(gap=2)
        self.key_row = KeyRow(theme, renew=_nothing, hide=hide)
        self.warnings = Paragraph("", "caption", "warning")
        self._lay_out()

    def _lay_out(self) -> None:
        px = self._theme.px
        self.how = Card("How it is served", STOP_TO_CHANGE)
        for part in (self.facts, self.warnings, line(), self.key_row, line(), self.totals):
            self.how.add(part)
        self.left = QWidget()
        self.right = QWidget()
        for side, parts in (
            (self.left, ((self.how, 0), (self.latency, 1))),
            (self.right, ((self.address, 0), (self.requests, 3), (self.example, 2))),
        ):
            column = QVBoxLayout(side)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(px(16))
            for widget, stretch in parts:
                column.addWidget(widget, stretch)
        self.requests.setMinimumHeight(px(168))
        self.latency.setMinimumHeight(px(192))
        self.columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.columns.setSpacing(px(16))
        self.columns.addWidget(self.left)
        self.columns.addWidget(self.right, 1)
        self.area = ScrollPage(margin=0)
        self.area.add(self.columns, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.area)

    def fit(self, size_class: str) -> None:
        """Two columns, or in small windows one, the address first."""
        small = size_class == "S"
        direction = QBoxLayout.Direction.BottomToTop if small else QBoxLayout.Direction.LeftToRight
        self.columns.setDirection(direction)
        wide = 16_777_215 if small else self._theme.px(LEFT.get(size_class, 400))
        self.left.setMaximumWidth(wide)
        self.left.setMinimumWidth(0 if small else wide)
        self.requests.fit(size_class)

    def render_state(self, state: State) -> None:
        """Show a state; asking twice changes nothing."""
        if state.served is None:
            return
        self.address.render_state(state)
        self.example.render_state(state)
        self.key_row.render_state(state)
        self.facts.show_groups([("", _facts(state))])
        self.warnings.setText("\n".join(state.warnings))
        self.warnings.setVisible(bool(state.warnings))
        self.show_picture(state)

    def show_picture(self, state: State) -> None:
        """Show what changes while it runs."""
        self.requests.show_picture(state.picture)
        self.latency.show_points(state.picture.points)
        self.totals.show_groups([("", state.picture.facts)])


def _facts(state: State) -> list[tuple[str, str]]:
    served, values = state.served, state.values
    assert served is not None
    reach = "Every machine of the network" if values.get("lan") else "Only this machine"
    return [
        ("Model", served.title),
        ("Answers", ", ".join(words for key, words in ABILITIES.items() if key in served.can)),
        ("Reachable by", reach),
        ("At once", units.plural(served.slots, "request")),
        ("Context", units.plural(served.context, "token")),
        ("Runs on", f"{served.device}, {served.precision}"),
    ]


def _nothing() -> None:
    """The key of a running server stays what it is."""
