"""The Models tab: the list at the left, the page of the model looked at beside it."""

from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.models.detailcard import DetailCard
from llmstudio.gui.tabs.models.listcard import ListCard
from llmstudio.gui.tabs.models.presenter import ModelsPresenter, State, proposed_copy
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.empty import Empty
from llmstudio.gui.widgets.page import Command, TabPage


class ModelsPage(TabPage):
    """Renders the presenter's state; in small windows the list comes first, then the page."""

    key = "models"
    title = "Models"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.presenter = ModelsPresenter(session, self)
        self.list_card = ListCard(self.theme)
        self.detail_card = DetailCard(self.theme)
        self.empty = Empty(
            self.theme,
            "models",
            "No models yet",
            "Each training that ends well is kept here, with what it was made from.",
            action="Train a model",
            action_icon="train",
        )
        self.back = Button("All models", "link", run=self._show_list)
        self._lay_out()
        self._connect()
        self.render_state(self.presenter.state)

    def _lay_out(self) -> None:
        self._content = QWidget()
        row = QHBoxLayout(self._content)
        row.setContentsMargins(24, 8, 24, 24)
        row.setSpacing(16)
        self._row = row
        self._right = QWidget()
        right = QVBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(4)
        right.addWidget(self.back)
        right.addWidget(self.detail_card, 1)
        row.addWidget(self.list_card)
        row.addWidget(self._right, 1)
        self.list_card.setFixedWidth(self.theme.px(320))
        self.back.hide()
        self._blank = QWidget()
        self._stack = QStackedLayout(self)
        for widget in (self._blank, self.empty, self._content):
            self._stack.addWidget(widget)

    def _connect(self) -> None:
        presenter, detail = self.presenter, self.detail_card
        presenter.changed.connect(lambda: self.render_state(presenter.state))
        self.list_card.searched.connect(presenter.search)
        self.list_card.chosen.connect(presenter.choose)
        self.list_card.opened.connect(self._opened)
        self.list_card.list.itemClicked.connect(lambda _item: self._show_detail())
        self.empty.action_requested.connect(lambda: self.session.go("train"))
        detail.write_requested.connect(self.write)
        detail.rename_requested.connect(self.rename)
        detail.copy_requested.connect(self.copy)
        detail.trash_requested.connect(presenter.trash)
        detail.check_requested.connect(presenter.check_files)
        detail.followed.connect(self._follow)

    # -- what every tab has

    def shown(self) -> None:
        """Look at the workspace again."""
        self.presenter.refresh()

    def open(self, **args: object) -> None:
        """`model`: look at that one."""
        model = args.get("model")
        if isinstance(model, str):
            self.presenter.choose(model)
            self._show_detail()

    def fit(self, size_class: str) -> None:
        """In small windows list and page are shown one at a time."""
        self.size_class = size_class
        edge = 16 if size_class == "S" else 24
        self._row.setContentsMargins(edge, 0 if size_class == "S" else 8, edge, edge)
        wide = {"S": 16_777_215, "M": self.theme.px(264)}.get(size_class, self.theme.px(320))
        self.list_card.setMaximumWidth(wide)
        self.list_card.setMinimumWidth(0 if size_class == "S" else wide)
        self._show_list() if size_class == "S" else self._show_both()

    def search(self) -> bool:
        """Ctrl+F."""
        self.list_card.search.setFocus()
        self.list_card.search.selectAll()
        return True

    def escape(self) -> bool:
        """Back to the list in small windows; an empty search otherwise."""
        if self.size_class == "S" and self._right.isVisible():
            self._show_list()
            return True
        searched = bool(self.list_card.search.text())
        self.list_card.search.clear()
        return searched

    def commands(self) -> list[Command]:
        """What the palette offers."""
        nothing = "" if self.presenter.state.detail else "No model is chosen."
        locked = nothing or ("Another window has this workspace." if self.session.read_only else "")
        return [
            Command("models.write", "Write with this model", "", self.write, lambda: locked, "playground"),
            Command("models.rename", "Rename this model", "F2", self.rename, lambda: locked, "edit"),
            Command("models.copy", "Make a copy of this model", "", self.copy, lambda: locked, "copy"),
            Command("models.check", "Check the files", "", self.presenter.check_files, lambda: nothing, "check"),
            Command("models.trash", "Move to the trash", "Delete", self.presenter.trash, lambda: locked, "trash"),
        ]

    # -- intents

    def write(self) -> None:
        """Write with the model in the Playground."""
        if self.presenter.state.chosen:
            self.session.go("playground", model=self.presenter.state.chosen)

    def rename(self) -> None:
        """Ask for another name."""
        detail = self.presenter.state.detail
        if detail is not None:
            title = self.session.dialogs.ask_text(
                "Rename the model", "Name", detail.title, verb="Rename", fault=self.presenter.name_fault
            )
            if title:
                self.presenter.rename(title)

    def copy(self) -> None:
        """Ask for the name of the copy."""
        state = self.presenter.state
        if state.detail is not None:
            taken = {line.title.casefold() for line in state.models}
            title = self.session.dialogs.ask_text(
                "Make a copy",
                "Name",
                proposed_copy(state.detail.title, taken),
                verb="Make a copy",
                fault=self.presenter.name_fault,
            )
            if title:
                self.presenter.copy(title)

    def _follow(self, index: int) -> None:
        detail = self.presenter.state.detail
        if detail is not None and index < len(detail.lineage):
            step = detail.lineage[index]
            self.session.go(step.tab, **dict(step.args))

    def _opened(self, model: str) -> None:
        self.presenter.choose(model)
        self._show_detail()

    # -- rendering

    def render_state(self, state: State) -> None:
        """Show a state; asking twice changes nothing."""
        page = self._blank if not state.loaded else self._content if state.models else self.empty
        self._stack.setCurrentWidget(page)
        self.list_card.render_state(state)
        self.detail_card.render_state(state)
        if not state.chosen and self.size_class == "S":
            self._show_list()

    def _show_list(self) -> None:
        if self.size_class == "S":
            self.list_card.show()
            self._right.hide()

    def _show_detail(self) -> None:
        if self.size_class == "S":
            self.list_card.hide()
            self._right.show()
            self.back.show()

    def _show_both(self) -> None:
        self.list_card.show()
        self._right.show()
        self.back.hide()
