"""The sheet that exports a model: format, type of the weights with size and loss, where to, and Export."""

from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.models import presenter_export
from llmstudio.gui.tabs.models.presenter_export import ExportPresenter, ExportState
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Well, line
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.readiness import Check, Readiness
from llmstudio.gui.widgets.segmented import Segmented
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.gui.widgets.text import Label, Paragraph
from llmstudio.gui.widgets.toggle import Toggle
from llmstudio.store.catalog import Kept


class ExportSheet(Sheet):
    """`started` carries the run id of the job."""

    started = Signal(str)

    def __init__(self, session: Session, kept: Kept, *, parent: QWidget | None = None) -> None:
        super().__init__(session.theme, f"Export {kept.title}", size=QSize(680, 480), parent=parent)
        self._session = session
        self.presenter = ExportPresenter(session, kept, self)
        self.format = Segmented(self.theme, presenter_export.FORMATS, "Format")
        self.type = Picker(self.theme, "Weights", name="models.export_type")
        self.place = QLineEdit()
        self.choose = Button("Choose", "second", icon="folder", theme=self.theme, run=self.choose_place)
        self.again = Toggle(self.theme, "Replace what is there")
        self.figure = Label("", "figure")
        self.readers = Label("", "caption", "muted")
        self.loss = Paragraph("", "body", "muted")
        self.readiness = Readiness(self.theme)
        self._lay_out()
        self._connect()
        self.render_state(self.presenter.state)

    # -- intents

    def choose_place(self) -> None:
        """Ask where it goes."""
        place = Path(self.presenter.state.to)
        if self.presenter.state.format == "gguf":
            found = self._session.dialogs.save_file("Export to", place.name, "GGUF (*.gguf)", place.parent)
            if found is not None:
                self.presenter.set_place(str(found))
                self.presenter.set_replace(found.exists())  # the system has asked already
            return
        folder = self._session.dialogs.open_folder("Export into", place.parent)
        if folder is not None:
            self.presenter.set_place(str(folder / place.name))

    def start(self) -> None:
        """Start the job and close."""
        if not self.presenter.ready:
            return
        try:
            run = self.presenter.start()
        except UserError as error:
            self._session.notices.error(error, "Exporting the model")
            return
        self.started.emit(run)
        self.accept()

    # -- showing

    def render_state(self, state: ExportState) -> None:
        """Show a state; asking twice changes nothing."""
        self.format.set_current(state.format)
        entries = [Entry(one.key, one.title, units.size(one.bytes)) for one in state.choices]
        if self.type.entries != entries:
            self.type.set_entries(entries)
        self.type.set_current(state.type)
        self.type.setEnabled(bool(entries))
        if self.place.text() != state.to:
            self.place.setText(state.to)
        chosen = state.chosen
        self.figure.setText(f"About {units.size(chosen.bytes)}" if chosen else "")
        self.figure.setVisible(chosen is not None)
        self.readers.setText(presenter_export.READERS[state.format])
        self.loss.setText(chosen.loss if chosen else state.obstacle)
        there = bool(state.to) and Path(state.to).expanduser().exists()
        self.again.setVisible(there)
        if self.again.isChecked() != state.replace:
            self.again.setChecked(state.replace)
        self.readiness.set_checks([Check(mark, words) for mark, words in presenter_export.faults(state)])
        self.export_button.setEnabled(self.presenter.ready)

    # -- construction

    def _lay_out(self) -> None:
        self.place.setObjectName("models.export_place")
        self.place.setAccessibleName("Where to")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        grid.setColumnMinimumWidth(0, self.theme.px(72))
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("Format", self.format),
            ("Weights", self.type),
            ("Where to", self.place),
        )
        for at, (words, editor) in enumerate(rows):
            grid.addWidget(Label(words), at, 0)
            grid.addWidget(editor, at, 1)
        grid.addWidget(self.choose, 2, 2)
        grid.addWidget(self.again, 3, 1)
        self.body.addLayout(grid)
        well = Well()
        well.body.setSpacing(4)
        for widget in (self.figure, self.loss, self.readers):
            well.body.addWidget(widget)
        self.add(well)
        self.body.addStretch(1)
        self.add(line())
        self.add(self.readiness)
        self.note.setText("The model itself stays as it is.")
        self.add_button("Cancel")
        self.export_button = self.add_button(
            "Export", "primary", self.start, icon="export", name="models.export_button"
        )

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.changed.connect(lambda: self.render_state(presenter.state))
        self.format.chosen.connect(presenter.set_format)
        self.type.chosen.connect(presenter.set_type)
        self.place.textEdited.connect(presenter.set_place)
        self.again.toggled.connect(presenter.set_replace)
