"""The live table of requests: what is asked now, and what was answered last."""

from llmstudio.base import units
from llmstudio.gui.tabs.server import figures
from llmstudio.gui.tabs.server.figures import Picture, Request
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.text import Label

NOTHING = "No request yet. Copy the example below and try it."
CLIENT, FIRST = 2, 4


def columns() -> list[Column]:
    """How a request is shown."""
    return [
        Column("Time", Request.clock, 92, role=lambda _row: "muted"),
        Column("Route", lambda row: row.route, 0, tip=Request.told, style="mono"),
        Column("From", lambda row: row.client, 120, role=lambda _row: "muted", style="caption"),
        Column("Tokens", lambda row: units.number(row.tokens), 68, number=True),
        Column("First", lambda row: figures.milliseconds(row.first_ms), 72, number=True, role=lambda _row: "muted"),
        Column("Speed", lambda row: figures.speed(row.rate), 72, number=True, role=lambda _row: "muted"),
        Column("Answer", lambda row: figures.WORDS.get(row.state, row.state), 88, number=True, role=_role),
    ]


def _role(row: Request) -> str:
    return figures.ROLES.get(row.state, "text")


class RequestsCard(Card):
    """Shows the requests of a picture; `clear` is called by its link."""

    def __init__(self, theme: Theme, clear: Button) -> None:
        super().__init__("Requests", padding=16)
        self.table = Table(theme, columns(), "Requests")
        self.table.setObjectName("server.requests")
        self.nothing = Label(NOTHING, "body", "muted", wrap=True)
        self.clear = clear
        self.add_control(clear)
        self.add(self.table, 1)
        self.add(self.nothing)
        self.body.addStretch(0)

    def fit(self, size_class: str) -> None:
        """Fewer columns where there is less room."""
        self.table.setColumnHidden(CLIENT, size_class != "X")
        self.table.setColumnHidden(FIRST, size_class in ("S", "M"))

    def show_picture(self, picture: Picture) -> None:
        """Show other requests; the selected one stays selected."""
        if list(picture.requests) != self.table.rows_model.rows:
            self.table.set_rows(picture.requests, key=lambda row: row.id)
        some = bool(picture.requests)
        self.table.setVisible(some)
        self.nothing.setVisible(not some)
        self.clear.setVisible(any(not row.live for row in picture.requests))
        waiting = f", {picture.waiting} waiting" if picture.waiting else ""
        self.set_title("Requests", f"{picture.active} of {picture.slots} at once{waiting}" if picture.slots else "")
