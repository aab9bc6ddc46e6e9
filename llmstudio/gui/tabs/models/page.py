"""The Models tab: the list at the left, the page of the model looked at beside it, and the ways in and out."""

from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.models.detailcard import DetailCard
from llmstudio.gui.tabs.models.exportsheet import ExportSheet
from llmstudio.gui.tabs.models.importsheet import ImportSheet
from llmstudio.gui.tabs.models.listcard import ListCard
from llmstudio.gui.tabs.models.presenter import ModelsPresenter, State, proposed_copy
from llmstudio.gui.tabs.models.startingsheet import StartingSheet
from llmstudio.gui.tabs.models.work import Work, open_folder
from llmstudio.gui.templates import show_template
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.empty import Empty
from llmstudio.gui.widgets.page import Command, Header, TabPage
from llmstudio.store import catalog


class ModelsPage(TabPage):
    """Renders the presenter's state; in small windows the list comes first, then the page."""

    key = "models"
    title = "Models"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.presenter = ModelsPresenter(session, self)
        self.list_card = ListCard(self.theme)
        self.detail_card = DetailCard(self.theme)
        self.work = Work(session, self)
        self.starting = Button("Starting models", "second", icon="search", theme=self.theme, run=self.show_starting)
        self.import_button = Button("Import a model", "primary", icon="import", theme=self.theme, run=self.import_model)
        self.import_button.setObjectName("models.import")
        self.empty = Empty(
            self.theme,
            "models",
            "No models yet",
            "Train one, or drop a GGUF file or a model folder here.",
            action="Import a model",
            action_icon="import",
            link="See models that are good to start from",
        )
        self.back = Button("All models", "link", run=self._show_list)
        self._lay_out()
        self._connect()
        self.render_state(self.presenter.state)

    def _lay_out(self) -> None:
        self.setAcceptDrops(True)
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
        self._stack = QStackedWidget()
        for widget in (self._blank, self.empty, self._content):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.work.panel)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        presenter, detail = self.presenter, self.detail_card
        presenter.changed.connect(lambda: self.render_state(presenter.state))
        self.list_card.searched.connect(presenter.search)
        self.list_card.chosen.connect(presenter.choose)
        self.list_card.opened.connect(self._opened)
        self.list_card.list.itemClicked.connect(lambda _item: self._show_detail())
        self.empty.action_requested.connect(self.import_model)
        self.empty.link_requested.connect(self.show_starting)
        self.work.made.connect(presenter.choose)
        self.work.troubled.connect(lambda on: self.import_button.set_kind("second" if on else "primary"))
        self.work.again.connect(lambda _path: self.import_model())
        detail.write_requested.connect(self.write)
        detail.tune_requested.connect(self.tune)
        detail.export_requested.connect(self.export)
        detail.evaluate_requested.connect(self.evaluate)
        detail.serve_requested.connect(self.serve)
        detail.rename_requested.connect(self.rename)
        detail.copy_requested.connect(self.copy)
        detail.trash_requested.connect(self.trash)
        detail.check_requested.connect(presenter.check_files)
        detail.template_requested.connect(lambda: show_template(self.session, self.presenter.state.chosen))
        detail.followed.connect(self._follow)

    # -- what every tab has

    def header(self) -> Header:
        """Starting models and the primary: Import a model, which an empty page has in its middle."""
        if self.session.read_only:
            return Header()
        empty = self._stack.currentWidget() is self.empty
        return Header(buttons=[self.starting] if empty else [self.starting, self.import_button])

    def shown(self) -> None:
        """Look at the workspace again."""
        self.presenter.refresh()
        self.work.refresh()

    def open(self, **args: object) -> None:
        """`model`: look at that one; `path`: import it; `run`: an import that ended; `folder`: where an export lies."""
        model, path, run, folder = (args.get(key) for key in ("model", "path", "run", "folder"))
        if isinstance(model, str):
            self.presenter.choose(model)
            self._show_detail()
        if isinstance(path, str):
            self.import_model(path)
        if isinstance(run, str):
            self.work.show_run(run)
        if isinstance(folder, str) and folder:
            open_folder(Path(folder))

    def fit(self, size_class: str) -> None:
        """In small windows list and page are shown one at a time."""
        self.size_class = size_class
        edge = 16 if size_class == "S" else 24
        self.work.fit(edge, size_class)
        self.detail_card.fit(size_class)
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
        closed = "Another window has this workspace." if self.session.read_only else ""
        locked = nothing or closed
        check = self.presenter.check_files
        return [
            Command("models.import", "Import a model", "Ctrl+O", self.import_model, lambda: closed, "import"),
            Command("models.starting", "Starting models", "", self.show_starting, lambda: closed, "search"),
            Command("models.write", "Write with this model", "", self.write, lambda: locked, "playground"),
            Command("models.tune", "Fine-tune this model", "", self.tune, lambda: locked, "settings"),
            Command("models.evaluate", "Evaluate this model", "", self.evaluate, lambda: locked, "check"),
            Command("models.serve", "Serve this model", "", self.serve, lambda: locked, "server"),
            Command("models.export", "Export this model", "Ctrl+E", self.export, lambda: locked, "export"),
            Command("models.rename", "Rename this model", "F2", self.rename, lambda: locked, "edit"),
            Command("models.copy", "Make a copy of this model", "", self.copy, lambda: locked, "copy"),
            Command("models.check", "Check the files", "", check, lambda: nothing, "check"),
            Command("models.trash", "Move to the trash", "Delete", self.trash, lambda: locked, "trash"),
        ]

    # -- intents

    def import_model(self, path: str = "", *, look_up: bool = False) -> None:
        """Open the sheet that imports; with a path it is looked at, a name on the hub is asked for if `look_up`."""
        sheet = ImportSheet(self.session, path=path, look_up=look_up)
        sheet.settings_requested.connect(lambda: self.session.go("settings", section="network"))
        self.session.dialogs.sheet(sheet)

    def show_starting(self) -> None:
        """Open the sheet of models that are good to start from."""
        sheet = StartingSheet(self.theme)
        sheet.chosen.connect(lambda name: self.import_model(name, look_up=True))
        self.session.dialogs.sheet(sheet)

    def export(self) -> None:
        """Open the sheet that exports."""
        try:
            kept = catalog.find(self.session.workspace, "model", self.presenter.state.chosen)
        except UserError as error:
            self.session.notices.error(error, "Exporting the model")
            return
        self.session.dialogs.sheet(ExportSheet(self.session, kept))

    def tune(self) -> None:
        """Fine-tune the model."""
        if self.presenter.state.chosen:
            self.session.go("finetune", model=self.presenter.state.chosen)

    def evaluate(self) -> None:
        """Measure the model."""
        if self.presenter.state.chosen:
            self.session.go("evaluate", model=self.presenter.state.chosen)

    def serve(self) -> None:
        """Let other programs use the model."""
        if self.presenter.state.chosen:
            self.session.go("server", model=self.presenter.state.chosen)

    def trash(self) -> None:
        """Move it to the trash; adapters that stand on it are named first."""
        detail = self.presenter.state.detail
        if detail is not None and detail.dependants and not self._give_up(detail.title, detail.dependants):
            return
        self.presenter.trash()

    def _give_up(self, title: str, others: tuple[str, ...]) -> bool:
        names = ", ".join(others[:5]) + (f" and {len(others) - 5:,} more" if len(others) > 5 else "")
        stand = "stands" if len(others) == 1 else "stand"
        words = f"{names} {stand} on it and cannot write without it. Bring it back from the trash to use them again."
        choices = [("", "Keep it", "second"), ("trash", "Move to the trash", "danger")]
        return self.session.dialogs.confirm(f"Move {title} to the trash?", words, choices) == "trash"

    # -- files dropped here

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A model file or folder can be dropped on the tab."""
        if event.mimeData().hasUrls() and not self.session.read_only:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """The first of them is looked at in the import sheet."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.import_model(paths[0])

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
        if page is not self._stack.currentWidget():
            self._stack.setCurrentWidget(page)
            self.header_changed.emit()
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
