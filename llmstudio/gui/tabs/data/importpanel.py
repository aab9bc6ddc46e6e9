"""The import: sources above, what was understood at the left, the first documents at the right.

It stands in the page, not in a window of its own, so that files can be dropped on it and jobs be seen beside it.
"""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QLineEdit

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data import presenter_import
from llmstudio.gui.tabs.data.firstdocuments import FirstDocuments
from llmstudio.gui.tabs.data.presenter_import import ImportState
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.empty import Empty
from llmstudio.gui.widgets.fixit import FixIt, Remedy
from llmstudio.gui.widgets.picker import Entry
from llmstudio.gui.widgets.readiness import Readiness
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.text import ElidedLabel, Label
from llmstudio.store.events import Error

FILTER = "Text (*.txt *.md *.csv *.tsv *.json *.jsonl *.parquet *.html *.xml *.gz *.zip *.zst);;All files (*)"
NO_LABEL = "none"
PATH_WORDS = "A file, a folder, or a pattern such as texts/*.txt"


class ImportPanel(ScrollPage):
    """Shows an `ImportState`; asks by signals."""

    path_changed = Signal(str)
    pasted = Signal(str)
    values_changed = Signal(dict)
    import_requested = Signal()
    cancelled = Signal()
    sample_requested = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        theme = session.theme
        self._running = False
        self.hero = Empty(
            theme,
            "data",
            "No text yet",
            "Drop files or a folder here, or paste.",
            action="Import files",
            action_icon="import",
            link="Use the sample stories",
        )
        self.path = QLineEdit()
        self.name = QLineEdit()
        self.form = Form(session, presenter_import.infos(), prefix="data", pickers=_PICKERS)
        self.readiness = Readiness(theme)
        self.trouble = FixIt(theme, name="data.trouble")
        self.first = FirstDocuments(theme)
        self.found = ElidedLabel("", "caption", "muted")
        self.name_fault = ElidedLabel("", "caption", "danger")
        self._make_buttons()
        self._lay_out()
        self._connect()
        if session.read_only:
            self._only_look()

    # -- showing

    def show_state(self, state: ImportState, *, first_import: bool, ready: bool) -> None:
        """Show a state; `first_import` while the workspace has no dataset yet."""
        self.hero.setVisible(first_import and not state.given and not self._running)
        self.cancel_button.setVisible(not first_import or state.given)
        if self.path.text() != state.path:
            self.path.setText(state.path)
        self.path.setPlaceholderText("Pasted text" if state.text else PATH_WORDS)
        self.name.setPlaceholderText(state.proposed_name or "What the dataset is called")
        fault = state.faults.get("name")
        self.name_fault.setText(fault.message if fault else "")
        for card in (self.understood, self.first):
            card.setVisible(state.given)
        self._show_form(state)
        self.found.setText(_found_words(state))
        self.readiness.set_checks(presenter_import.checks(state) if state.given else ())
        self.first.show_state(state)
        self.import_button.setEnabled(ready and not self._running)
        self.import_button.set_kind("second" if self.trouble.isVisibleTo(self) else "primary")  # one filled button
        self.import_button.setText("Importing" if self._running else "Import")

    def _show_form(self, state: ImportState) -> None:
        columns = [Entry(name, name) for name in state.columns]
        proposed = [Entry("", "Propose one")]
        self.form.set_entries("text_column", [*proposed, *columns])
        self.form.set_entries("label_column", [*proposed, Entry(NO_LABEL, "No label"), *columns])
        self.form.set_entries("encoding", [Entry(*pair) for pair in presenter_import.encodings(state)])
        self.form.hide_rows({"name", *presenter_import.hidden_rows(state)})
        self.form.set_helps(presenter_import.helps(state))
        self.form.set_faults({name: fault for name, fault in state.faults.items() if name in self.form.rows})

    def set_running(self, running: bool) -> None:
        """While the import runs everything is as it was, but nothing can be changed."""
        self._running = running
        for widget in (self.path, self.name, self.files_button, self.folder_button, self.paste_button, self.form):
            widget.setEnabled(not running)
        self.cancel_button.setEnabled(not running)
        if running:
            self.trouble.hide()
            self.import_button.setEnabled(False)

    def show_failure(self, error: Error | UserError, again: list[Remedy]) -> None:
        """Say what stopped the import, with remedies."""
        details = error.details if isinstance(error, Error) else ""
        self.trouble.show_trouble(error.message, error.hint, again, details=details)
        self.import_button.set_kind("second" if again else "primary")
        self.verticalScrollBar().setValue(0)

    def form_values(self) -> dict[str, Any]:
        """The settings, with the name from its own field."""
        values = {key: value for key, value in self.form.values().items() if key != "name"}
        return {**values, "name": self.name.text().strip()}

    def fit(self, size_class: str) -> None:
        """S and M: the documents below the form."""
        way = QBoxLayout.Direction
        self._cards.setDirection(way.TopToBottom if size_class in ("S", "M") else way.LeftToRight)

    def focus_row(self, row: str) -> None:
        """Go where a check points: a field, a row, or a value to take."""
        if row.startswith("take:"):
            name, _, value = row.removeprefix("take:").partition("=")
            self.form.set_values({name: value})
        elif row == "leave-out":
            self.form.set_values({"on_fault": "skip"})
        elif row == "name":
            self.name.setFocus()
        elif row in self.form.rows:
            self.form.focus_row(row)
        else:
            self.path.setFocus()

    # -- asking

    def paste_clipboard(self) -> bool:
        """Take files or text from the clipboard; False if there is neither."""
        data = QGuiApplication.clipboard().mimeData()
        files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
        if files:
            self.path_changed.emit(presenter_import.join_paths(files))
        elif data.hasText() and data.text().strip():
            self.pasted.emit(data.text())
        else:
            self.session.notices.toast("There is no text to paste", note="Copy some first.", tone="info")
            return False
        return True

    def choose_files(self) -> None:
        """Ask for files."""
        self._take(self.session.dialogs.open_files("Import files", FILTER))

    def choose_folder(self) -> None:
        """Ask for a folder."""
        folder = self.session.dialogs.open_folder("Import a folder")
        self._take([folder] if folder else [])

    def _take(self, paths: list[Path]) -> None:
        if paths:
            self.path_changed.emit(presenter_import.join_paths([str(path) for path in paths]))

    # -- construction

    def _make_buttons(self) -> None:
        theme = self.session.theme
        self.files_button = Button("Files", "second", icon="file", theme=theme, run=self.choose_files)
        self.folder_button = Button("Folder", "second", icon="folder", theme=theme, run=self.choose_folder)
        self.paste_button = Button("Paste", "second", icon="text", theme=theme, run=self.paste_clipboard)
        self.cancel_button = Button("Cancel", "quiet", theme=theme, run=self.cancelled.emit)
        self.import_button = Button("Import", "primary", icon="import", theme=theme, run=self.import_requested.emit)
        self.import_button.setObjectName("data.import_button")
        for field, name, title in ((self.path, "data.path", "Files"), (self.name, "data.name", "Name")):
            field.setObjectName(name)
            field.setAccessibleName(title)
        self.form.rows["name"].editor.setObjectName("data.form_name")

    def _lay_out(self) -> None:
        self.body.setContentsMargins(24, 16, 24, 24)
        self.hero.setMinimumHeight(self.session.theme.px(300))
        self.understood = Card("What was understood", spacing=8)
        self.understood.add(self.found)
        self.understood.add(self.readiness)
        self.understood.add_line()
        self.understood.add(self.form)
        self.understood.body.addStretch(1)
        self._cards = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._cards.setSpacing(16)
        self._cards.addWidget(self.understood, 600, Qt.AlignmentFlag.AlignTop)
        self._cards.addWidget(self.first, 440, Qt.AlignmentFlag.AlignTop)
        self.source_card = self._make_source_card()
        self.add(self.source_card)
        self.add(self.trouble)
        self.add(self.hero, 1)
        self.add(self._cards)
        self.body.addStretch(0)

    def _only_look(self) -> None:
        self.hero.set_words("No text yet", "This workspace is open in another window. Import text there.")
        for widget in (self.source_card, self.hero.button, self.hero.link):
            widget.hide()

    def _make_source_card(self) -> Card:
        card = Card("Import text", "copied into the workspace; your files stay as they are")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        grid.setColumnMinimumWidth(0, self.session.theme.px(48))
        grid.addWidget(Label("From"), 0, 0)
        grid.addWidget(self.path, 0, 1)
        choose = QHBoxLayout()
        choose.setSpacing(8)
        for button in (self.files_button, self.folder_button, self.paste_button):
            choose.addWidget(button)
        grid.addLayout(choose, 0, 2)
        grid.addWidget(Label("Name"), 1, 0)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.name, 3)
        row.addWidget(self.name_fault, 2)
        grid.addLayout(row, 1, 1)
        act = QHBoxLayout()
        act.setSpacing(8)
        act.addStretch(1)
        act.addWidget(self.cancel_button)
        act.addWidget(self.import_button)
        grid.addLayout(act, 1, 2)
        grid.setColumnStretch(1, 1)
        card.add(grid)
        return card

    def _connect(self) -> None:
        self.path.textChanged.connect(self.path_changed)
        self.path.returnPressed.connect(self.import_button.click)
        self.name.textChanged.connect(lambda _text: self._tell_values())
        self.form.changed.connect(lambda _name: self._tell_values())
        self.readiness.row_requested.connect(self.focus_row)
        self.first.encoding_chosen.connect(lambda name: self.form.set_values({"encoding": name}))
        self.hero.action_requested.connect(self.choose_files)
        self.hero.link_requested.connect(self.sample_requested)

    def _tell_values(self) -> None:
        self.values_changed.emit(self.form_values())


_PICKERS = {"text_column": "", "label_column": "", "encoding": ""}


def _found_words(state: ImportState) -> str:
    if state.busy and state.seen is None:
        return "Looking at the files"
    if state.seen is None:
        return ""
    names = ", ".join(view.name for view in state.files[:4])
    more = f" and {units.number(state.seen.file_count - 4)} more" if state.seen.file_count > 4 else ""
    return f"{names}{more}"
