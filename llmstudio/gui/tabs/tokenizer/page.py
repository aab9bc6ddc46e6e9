"""The Tokenizer tab: puts its pages together and carries what they ask for to the presenters."""

from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from llmstudio.base.errors import UserError
from llmstudio.data.documents import Documents
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer import presenter_train
from llmstudio.gui.tabs.tokenizer.deeds import Deeds
from llmstudio.gui.tabs.tokenizer.inspect import InspectPage
from llmstudio.gui.tabs.tokenizer.merges import MergesPage
from llmstudio.gui.tabs.tokenizer.presenter import InspectPresenter
from llmstudio.gui.tabs.tokenizer.presenter_dataset import DatasetPresenter
from llmstudio.gui.tabs.tokenizer.presenter_merges import MergesPresenter
from llmstudio.gui.tabs.tokenizer.presenter_vocabulary import VocabularyPresenter
from llmstudio.gui.tabs.tokenizer.saved import SavedPage
from llmstudio.gui.tabs.tokenizer.shelf import Choice, Shelf
from llmstudio.gui.tabs.tokenizer.trainsheet import TrainSheet
from llmstudio.gui.tabs.tokenizer.vocabulary import VocabularyPage
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.fixit import FixIt, Remedy
from llmstudio.gui.widgets.jobcard import JobCard
from llmstudio.gui.widgets.page import Command, Header, TabPage
from llmstudio.gui.widgets.segmented import PageTabs
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept

PARTS = [("inspect", "Inspect"), ("vocabulary", "Vocabulary"), ("merges", "Merges"), ("saved", "Saved tokenizers")]
TAKEN = 2_000  # characters taken from a dataset to look at


class TokenizerPage(TabPage):
    """Inspect, Vocabulary, Merges, Saved."""

    key = "tokenizer"
    title = "Tokenizer"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.shelf = Shelf(session.workspace)
        self.inspect = InspectPresenter(session, self.shelf, self)
        self.dataset = DatasetPresenter(session, self.shelf, self)
        self.vocabulary = VocabularyPresenter(session, self.shelf, self)
        self.merges = MergesPresenter(session, self.shelf, self)
        self.deeds = Deeds(session, self.shelf, self)
        self._make_parts()
        self._lay_out()
        self._connect()
        self._loaded = False

    # -- what the window asks

    def header(self) -> Header:
        """Export, Use for training, and the primary: Train a tokenizer."""
        return Header(buttons=[self.export_button, self.use_button, self.train_button])

    def shown(self) -> None:
        """Look what there is, the first time."""
        if not self._loaded:
            self._loaded = True
            self.inspect.refresh()
            self.dataset.refresh()

    def hidden(self) -> None:
        """Nothing plays while nobody looks."""
        self.merges_page.hidden()

    def open(self, **args: object) -> None:
        """`tokenizer` shows one, `dataset` measures one, `train` opens the sheet, `run` tells of a failed training."""
        self.shown()
        if args.get("tokenizer"):
            self.tabs.set_current("inspect")
            self.inspect.choose("a", str(args["tokenizer"]))
        if args.get("dataset"):
            self.dataset.choose(str(args["dataset"]))
        if args.get("train"):
            self.open_sheet()
        if args.get("run"):
            self._tell_failure(str(args["run"]))

    def fit(self, size_class: str) -> None:
        """Hand the class on."""
        self.size_class = size_class
        margin = 16 if size_class == "S" else 24
        self._head.setContentsMargins(margin, 0, margin, 0)
        for page in (self.inspect_page, self.vocabulary_page, self.merges_page, self.saved_page):
            page.fit(size_class)
            page.body.setContentsMargins(margin, 16, margin, margin)

    def commands(self) -> list[Command]:
        """What the palette offers."""
        return [
            Command("tokenizer.train", "Train a tokenizer", "", self.open_sheet, self._why_no_training, "plus"),
            Command("tokenizer.compare", "Compare two tokenizers", "", self._toggle_compare, icon="compare"),
            Command("tokenizer.export", "Export tokenizer.json", "", self._export_shown, icon="export"),
            Command("tokenizer.use", "Use this tokenizer for training", "", self._use_shown, icon="train"),
        ]

    def search(self) -> bool:
        """The vocabulary is searched."""
        self.tabs.set_current("vocabulary")
        self.vocabulary_page.search.setFocus()
        return True

    # -- construction

    def _make_parts(self) -> None:
        theme, session = self.theme, self.session
        self.export_button = Button("Export", "second", icon="export", theme=theme, run=self._export_shown)
        self.use_button = Button("Use for training", "second", icon="train", theme=theme, run=self._use_shown)
        self.train_button = Button("Train a tokenizer", "primary", icon="plus", theme=theme, run=self.open_sheet)
        self.train_button.setObjectName("tokenizer.train_sheet_button")
        self.train_button.setEnabled(not session.read_only)
        self.tabs = PageTabs(theme, PARTS)
        self.job = JobCard(theme, session.jobs)
        self.trouble = FixIt(theme, name="tokenizer.trouble")
        self.inspect_page = InspectPage(session)
        self.vocabulary_page = VocabularyPage(session)
        self.merges_page = MergesPage(session)
        self.saved_page = SavedPage(session)
        self.stack = QStackedWidget()
        for page in (self.inspect_page, self.vocabulary_page, self.merges_page, self.saved_page):
            self.stack.addWidget(page)

    def _lay_out(self) -> None:
        self._head = QVBoxLayout()
        self._head.setSpacing(12)
        for widget in (self.tabs, self.trouble, self.job):
            self._head.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head)
        column.addWidget(self.stack, 1)

    def _connect(self) -> None:
        page = self.inspect_page
        self.tabs.chosen.connect(self._show_part)
        page.text_changed.connect(self.inspect.set_text)
        page.spaces.toggled.connect(self.inspect.show_spaces)
        page.a.chosen.connect(lambda name: self.inspect.choose("a", name))
        page.b.chosen.connect(lambda name: self.inspect.choose("b", name))
        page.a.action_requested.connect(lambda: self.inspect.compare(True))
        page.b.action_requested.connect(lambda: self.inspect.compare(False))
        page.a.more_requested.connect(self._open_menu)
        page.take.clicked.connect(self._take_text)
        page.dataset.measure_requested.connect(self.dataset.measure)
        page.dataset.open_data_requested.connect(lambda: self.session.go("data"))
        page.dataset.dataset_chosen.connect(self.dataset.choose)
        self.vocabulary_page.tokenizer_chosen.connect(self._show_vocabulary)
        self.vocabulary_page.searched.connect(lambda words: self.vocabulary.search(words=words))
        self.vocabulary_page.by_chosen.connect(lambda by: self.vocabulary.search(by=by))
        self.vocabulary_page.order_chosen.connect(lambda order: self.vocabulary.search(order=order))
        self.merges_page.tokenizer_chosen.connect(self.merges.choose)
        self.merges_page.word_changed.connect(self.merges.set_word)
        self.saved_page.asked.connect(self._saved_asked)
        self.inspect.changed.connect(self._inspect_changed)
        self.inspect.choices_changed.connect(lambda: self.saved_page.show_choices(self.inspect.state.choices))
        self.dataset.changed.connect(self._dataset_changed)
        self.dataset.made.connect(lambda name: self.inspect.choose("a", name))
        self.vocabulary.changed.connect(self._vocabulary_changed)
        self.merges.changed.connect(self._merges_changed)
        self.job.ended.connect(self._training_ended)

    # -- showing

    def _show_part(self, key: str) -> None:
        self.stack.setCurrentIndex([part for part, _ in PARTS].index(key))
        if key == "vocabulary" and self.vocabulary.state.name != self.inspect.state.a.name:
            self._show_vocabulary(self.inspect.state.a.name)
        if key == "merges" and not self.merges.state.name:
            self.merges.choose(self._mergeable())
        if key != "merges":
            self.merges_page.hidden()

    def _inspect_changed(self) -> None:
        state = self.inspect.state
        self.inspect_page.show_state(state, self.dataset.state)
        self.dataset.show_tokenizers([side.name for _, side in state.sides if side.name])

    def _dataset_changed(self) -> None:
        state = self.dataset.state
        self.inspect_page.show_state(self.inspect.state, state)
        self.inspect_page.take.setEnabled(state.kept is not None)
        if self.tabs.current() == "vocabulary" and self.vocabulary.state.name:
            self._show_vocabulary(self.vocabulary.state.name)

    def _vocabulary_changed(self) -> None:
        self.vocabulary_page.show_state(self.vocabulary.state, self.inspect.state.choices)

    def _merges_changed(self) -> None:
        self.merges_page.show_state(self.merges.state, self.inspect.state.choices)

    def _show_vocabulary(self, name: str) -> None:
        if name:
            self.vocabulary.show(name, self.inspect.state.text, self.dataset.state.kept)

    def _mergeable(self) -> str:
        state = self.inspect.state
        names = [choice.name for choice in state.choices if choice.merges]
        return state.a.name if state.a.name in names else (names[0] if names else "")

    # -- what the person asks

    def _toggle_compare(self) -> None:
        self.tabs.set_current("inspect")
        self.inspect.compare(self.inspect.state.b is None)

    def _open_menu(self, button: QWidget) -> None:
        menu = QMenu(self)
        menu.addAction("Copy all ids", self.inspect_page.a.view.copy_ids)
        menu.addAction("Show the vocabulary", lambda: self.tabs.set_current("vocabulary"))
        menu.addAction("Use for training", self._use_shown)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _take_text(self) -> None:
        kept = self.dataset.state.kept
        if kept is not None:
            run = self.session.background.run
            run(_beginning, kept, done=self._taken, failed=lambda error: self._told(error, "Reading"), owner=self)

    def _taken(self, text: str) -> None:
        self.inspect.set_text(text)
        self.inspect_page.editor.setPlainText(text)

    def _shown_choice(self) -> Choice | None:
        if self.tabs.current() == "saved":
            row: Choice | None = self.saved_page.table.current_row()
            return row
        return self.inspect.state.choice(self.inspect.state.a.name)

    def _use_shown(self) -> None:
        choice = self._shown_choice()
        if choice is not None:
            self.session.go("train", tokenizer=choice.name)

    def _export_shown(self) -> None:
        choice = self._shown_choice()
        if choice is not None:
            self.deeds.export(choice, self.inspect.state.text)

    def _saved_asked(self, verb: str, choice: Choice) -> None:
        match verb:
            case "inspect":
                self.tabs.set_current("inspect")
                self.inspect.choose("a", choice.name)
            case "use":
                self.session.go("train", tokenizer=choice.name)
            case "export":
                self.deeds.export(choice, self.inspect.state.text)
            case "rename":
                self.deeds.rename(choice)
            case "delete":
                self.deeds.delete(choice)

    # -- training

    def _why_no_training(self) -> str:
        return "This workspace is read-only" if self.session.read_only else ""

    def open_sheet(self) -> None:
        """Open the sheet "Train a tokenizer"."""
        kept = catalog.list_kept
        self.session.background.run(
            lambda: (
                tuple(kept(self.session.workspace, "dataset")),
                presenter_train.titles_taken(self.session),
            ),
            done=lambda found: self._open_sheet(*found),
            failed=lambda error: self._told(error, "Opening"),
            owner=self,
        )

    def _open_sheet(self, datasets: tuple[Kept, ...], titles: frozenset[str]) -> None:
        sheet = TrainSheet(self.session, datasets, titles, dataset=self.dataset.state.dataset)
        sheet.started.connect(self._training_started)
        self.session.dialogs.sheet(sheet)

    def _training_started(self, run: str) -> None:
        self.trouble.hide()
        self.job.follow(run)

    def _training_ended(self, run: str, status: str) -> None:
        if status == "finished":
            made = str(self.session.jobs.state(run).result.get("id", ""))
            self.tabs.set_current("inspect")
            self.inspect.choose("a", made)
        elif status != "cancelled":
            self._tell_failure(run)

    def _tell_failure(self, run: str) -> None:
        try:
            state = self.session.jobs.state(run)
        except UserError as error:
            self._told(error, "Looking at the run")
            return
        cause = state.error
        if state.kind != "train_tokenizer" or cause is None:
            return
        remedies = [Remedy("Change the settings", self.open_sheet, "settings")]
        self.trouble.show_trouble(cause.message, cause.hint, remedies, details=cause.details)

    def _told(self, error: Exception, where: str) -> None:
        self.session.notices.error(error, where)


def _beginning(kept: Kept) -> str:
    """The beginning of a dataset, from its first documents. Reads the disk; raises UserError."""
    documents = Documents(kept.path)
    try:
        rows = documents.page(0, 20)
        return "\n\n".join(documents.text(row.id, 0, TAKEN) for row in rows)[:TAKEN]
    finally:
        documents.close()
