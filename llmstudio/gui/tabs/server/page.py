"""The Server tab: settings and Start, or what is served and who asks for it."""

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from llmstudio.gui import keyboard
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.server.presenter import Failure, ServerPresenter, State
from llmstudio.gui.tabs.server.runview import RunView
from llmstudio.gui.tabs.server.setupview import SetupView
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.chip import Chip
from llmstudio.gui.widgets.empty import Empty
from llmstudio.gui.widgets.fixit import FixIt, Remedy
from llmstudio.gui.widgets.page import Command, Header, TabPage
from llmstudio.gui.widgets.text import set_tip

CHIPS = {
    "idle": ("Not running", "neutral", ""),
    "starting": ("Starting", "accent", "play"),
    "running": ("Running", "positive", "play"),
    "stopping": ("Stopping", "warning", "stop"),
}


class ServerPage(TabPage):
    """Renders the presenter's state."""

    key = "server"
    title = "Server"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.presenter = ServerPresenter(session, self)
        presenter = self.presenter
        self.chip = Chip(self.theme, *CHIPS["idle"][:2], parent=self)
        self.start_button = Button(
            "Start server", "primary", icon="play", theme=self.theme, run=presenter.start, name="server.start_button"
        )
        self.stop_button = Button(
            "Stop server", icon="stop", theme=self.theme, run=presenter.stop, name="server.stop_button"
        )
        self.trouble = FixIt(self.theme, name="server.trouble")
        self.setup = SetupView(session, renew=presenter.new_key, hide=presenter.hide_key)
        self.running = RunView(self.theme, clear=presenter.clear, hide=presenter.hide_key)
        self.empty = Empty(
            self.theme,
            "server",
            "No model to serve",
            "Other programs can use your models through an address on this machine. Train one first, or open one.",
            action="Open Models",
        )
        self._shown: State | None = None
        self._live = False
        self._lay_out()
        self._connect()
        presenter.refresh()
        self.setup.take(presenter.state)
        self.render_state(presenter.state)

    def _lay_out(self) -> None:
        for widget in (self.chip, self.start_button, self.stop_button):
            widget.setParent(self)
            widget.hide()
        self.stack = QStackedWidget()
        for view in (self.empty, self.setup, self.running):
            self.stack.addWidget(view)
        self._outer = QVBoxLayout(self)
        self._outer.setSpacing(self.theme.px(16))
        self._outer.addWidget(self.trouble)
        self._outer.addWidget(self.stack, 1)
        self.fit("L")

    def _connect(self) -> None:
        self.presenter.changed.connect(lambda: self.render_state(self.presenter.state))
        self.setup.changed.connect(self.presenter.set_values)
        self.empty.action_requested.connect(lambda: self.session.go("models"))
        self.theme.changed.connect(lambda: self.fit(self.size_class))

    # -- the frame's hooks

    def header(self) -> Header:
        """The state, and Start or Stop."""
        state = self.presenter.state
        if not state.models and not state.live:
            return Header()
        button = self.stop_button if state.live else self.start_button
        return Header(picker=self.chip, buttons=[] if state.read_only else [button])

    def shown(self) -> None:
        """Look again which models there are, and what the server does."""
        self.presenter.refresh()
        self.presenter.watch(True)

    def hidden(self) -> None:
        """Nobody looks at the figures."""
        self.presenter.watch(False)

    def open(self, **args: object) -> None:
        """`model`: serve that one."""
        if args.get("model"):
            self.presenter.choose(str(args["model"]))
            self.setup.take(self.presenter.state)

    def fit(self, size_class: str) -> None:
        """Margins by the room there is."""
        self.size_class = size_class
        px = self.theme.px
        margin = px(16 if size_class == "S" else 24)
        self._outer.setContentsMargins(margin, px(8), margin, px(24 if size_class in ("L", "X") else 16))
        self.setup.fit(size_class)
        self.running.fit(size_class)

    def commands(self) -> list[Command]:
        """What the palette offers here."""
        presenter = self.presenter

        def running() -> str:
            return "" if presenter.state.phase == "running" else "No server is running"

        def can_start() -> str:
            return "The server is running" if presenter.state.live else presenter.state.waiting_for()

        def stoppable() -> str:
            return "" if presenter.state.live else "No server is running"

        def unkeyed() -> str:
            return "Stop the server first" if presenter.state.live else ""

        return [
            Command("server.start", "Start the server", "", presenter.start, can_start, "play"),
            Command("server.stop", "Stop the server", "", presenter.stop, stoppable, "stop"),
            Command("server.copy", "Copy the server's address", "", self.running.address.copy_address, running, "copy"),
            Command("server.key", "Make a new key for the server", "", presenter.new_key, unkeyed, "lock"),
        ]

    # -- what is shown

    def render_state(self, state: State) -> None:
        """Show a state; asking twice changes nothing."""
        before, self._shown = self._shown, state
        if before is not None and _but_picture(before) == _but_picture(state):
            self.running.show_picture(state)
            return
        nothing = not state.models and not state.live
        view = self.running if state.served is not None else self.empty if nothing else self.setup
        keyboard.turn_to(self.stack, view, self.running.address.copy if view is self.running else self)
        words, tone, icon = CHIPS[state.phase]
        stage = state.stage if state.phase == "starting" and state.stage else ""
        self.chip.show_words(stage or words, tone, icon=icon)
        self.setup.render_state(state)
        keyboard.switch(self.setup, not state.live, self)
        self.running.render_state(state)
        waits = state.waiting_for()
        self.start_button.setEnabled(not waits)
        set_tip(self.start_button, waits)
        self.stop_button.setEnabled(state.phase in ("starting", "running"))
        self._show_failure(state.failure)
        self.header_changed.emit()

    def _show_failure(self, failure: Failure | None) -> None:
        if failure is None:
            self.trouble.hide()
            return
        port, presenter = failure.port, self.presenter
        remedies = [Remedy("Start again", presenter.start, "play")]
        if port:
            other = Remedy("Choose another port", self._to_port)
            remedies = [Remedy(f"Use {port}", lambda: self._try_port(port), "play"), other]
        remedies.append(Remedy("Close", presenter.clear_failure))
        self.trouble.show_trouble(failure.title, failure.text, remedies, details=failure.details)

    def _try_port(self, port: int) -> None:
        self.setup.form.set_values({"port": port})
        self.presenter.try_port(port)

    def _to_port(self) -> None:
        self.presenter.clear_failure()
        self.setup.form.focus_row("port")


def _but_picture(state: State) -> tuple[object, ...]:
    return tuple(value for name, value in vars(state).items() if name != "picture")
