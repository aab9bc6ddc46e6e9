"""The Playground's page: what one does there, the model picker, the part itself and the sampling card beside it."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QStackedWidget, QVBoxLayout, QWidget

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground.chatpart import ChatPart
from llmstudio.gui.tabs.playground.comparepart import ComparePart
from llmstudio.gui.tabs.playground.part import Part
from llmstudio.gui.tabs.playground.presenter import WritePresenter
from llmstudio.gui.tabs.playground.presenter_chat import ChatPresenter
from llmstudio.gui.tabs.playground.presenter_compare import ComparePresenter
from llmstudio.gui.tabs.playground.presenter_model import ModelHolder
from llmstudio.gui.tabs.playground.presenter_sampling import SamplingRules
from llmstudio.gui.tabs.playground.presenter_tasks import JUDGES, TaskPresenter
from llmstudio.gui.tabs.playground.samplingcard import SamplingCard
from llmstudio.gui.tabs.playground.taskspart import TasksPart
from llmstudio.gui.tabs.playground.wire import Model
from llmstudio.gui.tabs.playground.writepart import WritePart
from llmstudio.gui.templates import OFF, show_template
from llmstudio.gui.widgets.banner import Banner
from llmstudio.gui.widgets.empty import Empty
from llmstudio.gui.widgets.page import Command, Header, TabPage
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.segmented import Segmented

PARTS = [("write", "Write"), ("chat", "Chat"), ("tasks", "Tasks")]
KEY = "playground.part"


class PlaygroundPage(TabPage):
    """The tab. One loaded model serves all its parts."""

    key = "playground"
    title = "Playground"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.holder = ModelHolder(session, self)
        self.rules = SamplingRules(session, self)
        self.write = WritePart(session, WritePresenter(session, self, holder=self.holder, rules=self.rules))
        self.chat = ChatPart(session, ChatPresenter(session, self.holder, self.rules, self))
        self.tasks = TasksPart(session, TaskPresenter(session, self.holder, self.rules, self))
        self.compare = ComparePart(session, ComparePresenter(session, self.holder, self.rules, self))
        self.parts: dict[str, Part] = {
            "write": self.write,
            "chat": self.chat,
            "tasks": self.tasks,
            "compare": self.compare,
        }
        self._comparing = False
        self.segments = Segmented(self.theme, PARTS, "What to do")
        self.picker = Picker(self.theme, "Model", icon="models", placeholder="No model", name="playground.model")
        self.sampling = SamplingCard(self.theme, self.rules)
        self.notice = Banner(self.theme)
        self.empty = Empty(
            self.theme,
            "playground",
            "No model to talk to",
            "Train one, or open one that exists.",
            action="Train a model",
            action_icon="train",
        )
        self._headed = False
        self._lay_out()
        self._connect()
        kept = str(session.settings.get(KEY, "write"))
        self.segments.set_current(kept if kept in dict(PARTS) else "write")
        self._show_part(self.segments.current())
        self.holder.refresh()
        self._render()

    # -- construction

    def _lay_out(self) -> None:
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._row = row = QHBoxLayout()
        row.setContentsMargins(24, 8, 24, 24)
        row.setSpacing(16)
        column.addWidget(self.notice)
        column.addLayout(row, 1)
        self._parts = QStackedWidget()
        for part in self.parts.values():
            self._parts.addWidget(part)
        row.addWidget(self._parts, 1)
        row.addWidget(self.sampling)
        self.sampling.setFixedWidth(self.theme.px(248))
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._content)
        self.context = QWidget()
        context = QHBoxLayout(self.context)
        context.setContentsMargins(0, 0, 0, 0)
        context.setSpacing(12)
        context.addWidget(self.segments)
        context.addWidget(self.picker)
        self.context.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._fit_picker(small=False)

    def _connect(self) -> None:
        self.holder.changed.connect(self._render)
        self.picker.chosen.connect(self.holder.choose)
        self.segments.chosen.connect(self._show_part)
        self.empty.action_requested.connect(lambda: self.session.go("train"))
        self.notice.action_requested.connect(lambda: show_template(self.session, self.holder.state.model))
        self.sampling.closed.connect(self._toggle_drawer)
        for holder in self.compare.presenter.holders:
            self.sampling.precision.chosen.connect(holder.set_precision)
        self.chat.compare_requested.connect(lambda: self._compare(True))
        self.compare.closed.connect(lambda: self._compare(False))
        for part in self.parts.values():
            part.sampling_requested.connect(self._toggle_drawer)
            part.buttons_changed.connect(self.header_changed)

    # -- what every tab has

    @property
    def part(self) -> Part:
        """The part in front."""
        return self.parts[self._key(self.segments.current())]

    def _key(self, segment: str) -> str:
        return "compare" if segment == "chat" and self._comparing else segment

    def header(self) -> Header:
        """What one does, the model, and the part's own buttons."""
        if not self.holder.state.models:
            return Header()
        return Header(picker=self.context, buttons=tuple(self.part.buttons()))

    def shown(self) -> None:
        """Look for models that came meanwhile."""
        self.holder.refresh()
        self.part.shown()

    def hidden(self) -> None:
        """Nothing floats over another tab."""
        self.part.hidden()

    def open(self, **args: object) -> None:
        """`model`: use that one, for what it was taught; `prompt`: write on from these words; `part`: a segment;
        `chat`: a kept conversation.
        """
        model, prompt, part = args.get("model"), args.get("prompt"), args.get("part")
        if isinstance(model, str):
            self.holder.refresh()
            self.holder.choose(model)
            part = part or ("write" if prompt else self._suits(self.holder.state.chosen))
        if isinstance(prompt, str):
            part = "write"
            if not self.write.presenter.state.version.text:
                self.write.presenter.edit(prompt)
        if isinstance(args.get("chat"), str):
            part = "chat"
            self.chat.presenter.shelf.refresh()
            self.chat.presenter.open(str(args["chat"]))
        if isinstance(part, str) and part in dict(PARTS):
            self.segments.set_current(part)
        self.part.take_focus()

    def _suits(self, model: Model | None) -> str:
        """Where a model shows what it was taught."""
        if model is not None and model.task in JUDGES:
            self.tasks.presenter.choose("classify")
            return "tasks"
        return "chat" if model is not None and model.chat else "write"

    def fit(self, size_class: str) -> None:
        """In small windows the sampling card is a drawer over the page."""
        self.size_class = size_class
        small = size_class == "S"
        edge = 16 if small else 24
        self._row.setContentsMargins(edge, 0 if small else 8, edge, edge)
        self._fit_picker(small=small)
        for part in self.parts.values():
            part.fit(size_class)
        self._place_sampling()

    def _fit_picker(self, *, small: bool) -> None:
        """As wide as there is room: with large text in a small window the name is cut."""
        wide = self.theme.px(136 if small else 200)
        self.picker.setMinimumWidth(self.theme.px(72) if small else wide)
        self.picker.setMaximumWidth(wide)

    def resizeEvent(self, event: object) -> None:
        """Keep the drawer at the right edge."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._place_drawer()

    def escape(self) -> bool:
        """What the part has to close or to stop, then the drawer."""
        if self.part.escape():
            return True
        if self._is_drawer() and self.sampling.isVisible():
            self._toggle_drawer()
            return True
        return False

    def primary(self) -> None:
        """Ctrl+Enter does what the part is for."""
        self.part.primary()

    def search(self) -> bool:
        """Ctrl+F, where the part can be searched."""
        return self.part.search()

    def commands(self) -> list[Command]:
        """What the part offers, and the ways to the others."""
        others = [
            Command(f"playground.part.{key}", words, "", partial(self.segments.set_current, key), icon="playground")
            for key, words in PARTS
            if key != self.segments.current()
        ]
        return [*self.part.commands(), *others]

    # -- rendering

    def _render(self) -> None:
        state = self.holder.state
        self._stack.setCurrentWidget(self._content if state.models else self.empty)
        self.picker.set_entries([Entry(m.id, m.title, m.note, "models") for m in state.models])
        self.picker.set_current(state.model)
        self.picker.setEnabled(not state.busy)
        parameters = state.chosen.parameters if state.chosen else 0
        self.sampling.precision.show_precision(state.precision, parameters, enabled=not state.busy)
        self._notice()
        if bool(state.models) != self._headed:
            self._headed = bool(state.models)
            self.header_changed.emit()

    def _notice(self) -> None:
        """Say by which template it is talked to, where that is not the model's own."""
        chosen = self.holder.state.chosen
        off = chosen is not None and chosen.own_off and self._key(self.segments.current()) in ("chat", "tasks")
        self.notice.setVisible(off)
        if chosen is not None and off:
            self.notice.show_state(OFF.format(chosen.chat), action="Read it")

    def _compare(self, comparing: bool) -> None:
        self._comparing = comparing
        if not comparing:
            self.compare.presenter.close()
        self._show_part("chat")
        self.part.take_focus()

    def _show_part(self, segment: str) -> None:
        key = self._key(segment)
        before = self._parts.currentWidget()
        if isinstance(before, Part) and before is not self.parts[key]:
            before.hidden()
        self._parts.setCurrentWidget(self.parts[key])
        self.picker.setVisible(key != "compare")  # there each column has its own
        self.session.settings.set(KEY, segment)
        self.rules.turn_to("write" if segment == "write" else "talk")
        self.parts[key].shown()
        self._notice()
        self._place_sampling()
        self.header_changed.emit()

    # -- the drawer of small windows

    def _is_drawer(self) -> bool:
        return not self.part.wants_sampling(self.size_class)

    def _place_sampling(self) -> None:
        drawer = self._is_drawer()
        self.sampling.close_button.setVisible(drawer)
        if drawer:
            self._row.removeWidget(self.sampling)
            self.sampling.setParent(self)
            self.sampling.hide()
        elif self.sampling.parentWidget() is not self._content:
            self.sampling.setParent(self._content)
            self._row.addWidget(self.sampling)
            self.sampling.show()

    def _toggle_drawer(self) -> None:
        if not self._is_drawer():
            return
        self.sampling.setVisible(not self.sampling.isVisible())
        self._place_drawer()
        if self.sampling.isVisible():
            self.sampling.raise_()
            self.sampling.preset.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place_drawer(self) -> None:
        if self._is_drawer():
            wide = self.theme.px(248)
            self.sampling.setGeometry(self.width() - wide - 8, 0, wide, self.height() - 8)
