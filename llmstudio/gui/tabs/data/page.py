"""The Data tab: puts its pages together and carries what they ask for to the presenters."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from llmstudio.base.errors import UserError
from llmstudio.config import option
from llmstudio.config.dataset import ImportConfig
from llmstudio.gui.session import Session
from llmstudio.gui.setupwords import teaches
from llmstudio.gui.tabs.data import presenter
from llmstudio.gui.tabs.data.deeds import Deeds
from llmstudio.gui.tabs.data.documentscard import DocumentsCard
from llmstudio.gui.tabs.data.importing import Importing
from llmstudio.gui.tabs.data.parts import Parts
from llmstudio.gui.tabs.data.presenter import DataPresenter
from llmstudio.gui.tabs.data.presenter_cleaning import CleaningPresenter
from llmstudio.gui.tabs.data.presenter_documents import DocumentsPresenter
from llmstudio.gui.widgets.banner import Banner
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.page import Command, Header, TabPage
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.segmented import PageTabs
from llmstudio.gui.widgets.text import set_tip

PARTS = [
    ("overview", "Overview"),
    ("documents", "Documents"),
    ("cleaning", "Cleaning"),
    ("split", "Split"),
    ("sources", "Sources"),
]
STATISTICS = ("statistics", "Statistics")


class DataPage(TabPage):
    """Overview, Documents, Cleaning, Split, Sources; and the import, which takes their place."""

    key = "data"
    title = "Data"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._loaded = False
        self.data = DataPresenter(session, self)
        self.documents = DocumentsPresenter(session, self)
        self.cleaning = CleaningPresenter(session, self)
        self.importing = Importing(session, self)
        self.deeds = Deeds(session, self)
        self._make_parts()
        self._lay_out()
        self._connect()

    # -- what the window asks

    def header(self) -> Header:
        """The dataset picker, Import, and the primary: Use for a tokenizer."""
        if self.stack.currentWidget() is not self.browse:
            return Header()
        tune = [self.tune_button] if self._teaches() and self.size_class in ("L", "X") else []
        return Header(picker=self.picker, buttons=[*tune, self.import_button, self.use_button])

    def shown(self) -> None:
        """Look what there is, the first time."""
        if not self._loaded:
            self._loaded = True
            self.data.refresh()
            self.importing.presenter.begin()

    def open(self, **args: object) -> None:
        """`paths` are files to import, `dataset` one to show, `run` an import that failed."""
        self.shown()
        paths = args.get("paths")
        if isinstance(paths, list | tuple) and not self.session.read_only:
            self.importing.take([str(path) for path in paths])
            self.show_import()
        if args.get("dataset"):
            self.show_dataset(str(args["dataset"]))
        if args.get("run"):
            self._open_run(str(args["run"]))

    def fit(self, size_class: str) -> None:
        """Hand the class on; narrow windows have the plots on a page of their own."""
        self.size_class = size_class
        narrow = size_class in ("S", "M")
        self.tabs.set_entries([PARTS[0], STATISTICS, *PARTS[1:]] if narrow else PARTS)
        if not narrow and self.tabs.current() != self.parts.current():
            self._show_part(self.tabs.current())
        self.parts.fit(size_class)
        self._fit_panel()
        margin = 16 if size_class == "S" else 24
        for layout in (self._head, self._top):
            layout.setContentsMargins(margin, 0, margin, 0)

    def commands(self) -> list[Command]:
        """What the palette offers."""
        return [
            Command("data.import", "Import text", "", self.show_import, self._why_no_import, "import"),
            Command("data.paste", "Import what is on the clipboard", "", self.paste, self._why_no_import, "text"),
            Command("data.use", "Use for a tokenizer", "", self._use, self._why_no_dataset, "tokenizer"),
            Command("data.train", "Train on this text", "", self._train, self._why_no_dataset, "train"),
            Command("data.finetune", "Fine-tune with this data", "", self._tune, self._why_no_labels, "finetune"),
            Command("data.rename", "Rename this dataset", "", self._rename, self._why_no_dataset, "edit"),
            Command("data.delete", "Delete this dataset", "", self._delete, self._why_no_dataset, "trash"),
        ]

    def primary(self) -> None:
        """Import while importing, else the header's primary button."""
        if self._importing_now():
            self.importing.panel.import_button.click()
        else:
            super().primary()

    def escape(self) -> bool:
        """Leave the import."""
        if self._importing_now() and self.data.state.datasets and not self.importing.running:
            self.importing.cancel()
            return True
        return False

    def search(self) -> bool:
        """Search the text."""
        if self.stack.currentWidget() is not self.browse:
            return False
        on_documents = self.tabs.current() == "documents"
        if not on_documents:
            self.tabs.set_current("overview")
        (self.parts.documents if on_documents else self.parts.overview).documents.search.setFocus()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+V imports what is on the clipboard; / searches."""
        if event.matches(QKeySequence.StandardKey.Paste) and not self.session.read_only:
            self.paste()
        elif event.text() == "/" and self.search():
            event.accept()
        else:
            super().keyPressEvent(event)

    # -- construction

    def _make_parts(self) -> None:
        theme, session = self.theme, self.session
        self.picker = Picker(theme, "Dataset", icon="data", placeholder="No dataset", name="data.dataset")
        self.picker.setFixedWidth(theme.px(208))
        self.import_button = Button("Import", "second", icon="import", theme=theme, run=self.show_import)
        self.import_button.setObjectName("data.open_import_button")
        self.import_button.setEnabled(not session.read_only)
        set_tip(self.import_button, self._why_no_import())
        self.tune_button = Button("Fine-tune with it", "quiet", icon="finetune", theme=theme, run=self._tune)
        self.tune_button.setObjectName("data.finetune_button")
        self.tune_button.setParent(self)
        self.tune_button.hide()
        self.use_button = Button("Use for a tokenizer", "primary", icon="chevron-right", theme=theme, run=self._use)
        self.use_button.setObjectName("data.use_button")
        self.use_button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the words
        self.tabs = PageTabs(theme, PARTS)
        self.parts = Parts(session)
        self.trouble = Banner(theme, "", "danger", action="Try again")
        self.trouble.hide()

    def _lay_out(self) -> None:
        self.browse = QWidget()
        column = QVBoxLayout(self.browse)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._head = QVBoxLayout()
        self._head.addWidget(self.tabs)
        column.addLayout(self._head)
        column.addWidget(self.parts, 1)
        self.stack = QStackedWidget()
        self.blank = QWidget()
        for widget in (self.blank, self.browse):
            self.stack.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._top = QVBoxLayout()
        self._top.setSpacing(12)
        self._top.addWidget(self.trouble)
        self._top.addWidget(self.importing.job)
        outer.addLayout(self._top)
        outer.addWidget(self.stack, 1)

    def _connect(self) -> None:
        self.tabs.chosen.connect(self._show_part)
        self.picker.chosen.connect(self.data.choose)
        self.trouble.action_requested.connect(self.data.refresh)
        self.data.changed.connect(self._data_changed)
        self.data.chosen.connect(self._dataset_chosen)
        self.documents.changed.connect(self._documents_changed)
        self.cleaning.changed.connect(self._cleaning_changed)
        self._connect_card(self.parts.overview.documents)
        self.parts.made.connect(self._part_made)
        self.importing.opened.connect(self._take_panel)
        self.importing.left.connect(self._leave_import)
        self.importing.made.connect(self._made)

    def _connect_card(self, card: DocumentsCard) -> None:
        card.searched.connect(self.documents.search)
        card.split_chosen.connect(self.documents.filter)
        card.page_turned.connect(self.documents.turn)
        card.row_picked.connect(self.documents.open)
        card.slice_turned.connect(self.documents.slide)

    def _part_made(self, key: str) -> None:
        """A page is there for the first time: connect it, and show what is known."""
        if key == "documents":
            self._connect_card(self.parts.documents.documents)
            self._documents_changed()
        elif key == "cleaning":
            page = self.parts.cleaning
            page.step_changed.connect(self.cleaning.set_step)
            page.reset_requested.connect(self.cleaning.reset)
            page.repeats.look_requested.connect(self.cleaning.look)
            page.apply_requested.connect(self._clean)
            self._cleaning_changed()
        elif key == "split":
            self.parts.split.split_requested.connect(self._split)
            self.parts.split.changed.connect(lambda _values: self._show_split())
            self._show_split()
        elif key == "sources":
            self.parts.sources.asked.connect(lambda verb: self._rename() if verb == "rename" else self._delete())
            self.parts.sources.show_dataset(self.data.state.current)

    def _take_panel(self) -> None:
        self.stack.addWidget(self.importing.panel)
        self._fit_panel()

    def _fit_panel(self) -> None:
        if self.importing.opened_once:
            margin = 16 if self.size_class == "S" else 24
            self.importing.panel.fit(self.size_class)
            self.importing.panel.body.setContentsMargins(margin, 16, margin, margin)

    # -- showing

    def _importing_now(self) -> bool:
        return self.importing.opened_once and self.stack.currentWidget() is self.importing.panel

    def _show_part(self, key: str) -> None:
        self.parts.show_part(key)
        if key == "cleaning":
            self.cleaning.show(self.data.state.current, self._taken())

    def _taken(self) -> frozenset[str]:
        return frozenset(kept.title.casefold() for kept in self.data.state.datasets)

    def _data_changed(self) -> None:
        state = self.data.state
        self.trouble.setVisible(bool(state.trouble[0]))
        self.trouble.show_state(" ".join(state.trouble), "danger", action="Try again")
        self.picker.set_entries([Entry(kept.id, kept.title, "", "data") for kept in state.datasets])
        self.picker.set_current(state.current.id if state.current else "")
        self.parts.overview.show_data(state)
        self.parts.plots.show_counted(state)
        if "sources" in self.parts.pages:
            self.parts.sources.show_dataset(state.current)
        self.cleaning.taken = self._taken()
        self._show_split()
        if state.loaded and not state.datasets:
            self.show_import()
        elif self.stack.currentWidget() is self.blank and state.loaded:
            self._to(self.browse)

    def _dataset_chosen(self) -> None:
        self.header_changed.emit()
        current = self.data.state.current
        self.documents.show(current)
        if self.parts.current() == "cleaning":
            self.cleaning.show(current, self._taken())

    def _documents_changed(self) -> None:
        self.parts.overview.documents.show_state(self.documents.state)
        if "documents" in self.parts.pages:
            self.parts.documents.documents.show_state(self.documents.state)

    def _cleaning_changed(self) -> None:
        if "cleaning" not in self.parts.pages:
            return
        fault = self.cleaning.fault()
        name = self.cleaning.propose_name("cleaned")
        self.parts.cleaning.show_state(self.cleaning.state, name, fault.message if fault else "")

    def _show_split(self) -> None:
        if "split" not in self.parts.pages:
            return
        current = self.data.state.current
        values = self.parts.split.form.values()
        _, faults = option.check(ImportConfig, values)
        title = f"{current.title}, split anew" if current is not None else ""
        split = presenter.split_words(current.manifest if current is not None else {})
        self.parts.split.show_split(split, title, faults)

    def _to(self, widget: QWidget) -> None:
        if self.stack.currentWidget() is not widget:
            self.stack.setCurrentWidget(widget)
            self.header_changed.emit()

    # -- what the person asks

    def show_import(self) -> None:
        """Open the import in place of the pages."""
        self._to(self.importing.panel)
        self.importing.show(first=not self.data.state.datasets)

    def show_dataset(self, dataset: str) -> None:
        """Show a dataset on the overview."""
        self.data.choose(dataset)
        self.tabs.set_current("overview")
        self._to(self.browse)

    def paste(self) -> None:
        """Import what is on the clipboard."""
        if self.importing.panel.paste_clipboard():
            self.show_import()

    def _leave_import(self) -> None:
        if self.data.state.datasets:
            self._to(self.browse)

    def _made(self, dataset: str) -> None:
        """A job made a dataset: show it."""
        self.show_dataset(dataset)

    def _open_run(self, run: str) -> None:
        if self.importing.explain(run):
            self.show_import()

    def _clean(self, name: str) -> None:
        self._start(lambda: self.cleaning.apply(name), "Cleaning")

    def _split(self, name: str, values: dict) -> None:  # type: ignore[type-arg]
        self.cleaning.show(self.data.state.current, self._taken())
        self._start(lambda: self.cleaning.split(name, values), "Splitting")

    def _start(self, submit, where: str) -> None:  # type: ignore[no-untyped-def]
        before = self.data.state.current
        try:
            run = submit()
        except UserError as error:
            self.session.notices.error(error, where)
            return
        self.importing.follow(run, before=before.id if before is not None else "")

    def _use(self) -> None:
        current = self.data.state.current
        if current is not None:
            self.session.go("tokenizer", dataset=current.id, train=True)

    def _train(self) -> None:
        current = self.data.state.current
        if current is not None:
            self.session.go("train", dataset=current.id)

    def _tune(self) -> None:
        current = self.data.state.current
        if current is not None:
            self.session.go("finetune", dataset=current.id)

    def _teaches(self) -> bool:
        """Whether the dataset shown has labels, or instructions with answers."""
        current = self.data.state.current
        return current is not None and teaches(current.manifest)

    def _rename(self) -> None:
        if self.data.state.current is not None:
            self.deeds.rename(self.data.state.current)

    def _delete(self) -> None:
        if self.data.state.current is not None:
            self.documents.close()
            self.deeds.delete(self.data.state.current)

    def _why_no_import(self) -> str:
        return "This workspace is read-only" if self.session.read_only else ""

    def _why_no_labels(self) -> str:
        return self._why_no_dataset() or ("" if self._teaches() else "This dataset has no labels and no instructions")

    def _why_no_dataset(self) -> str:
        return "" if self.data.state.current is not None else "Import text first"
