"""The sheet that imports a model: where from, what would come, what is still missing, and Import."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QWidget

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.models import presenter_import
from llmstudio.gui.tabs.models.presenter_import import ImportPresenter, ImportState
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Well, line
from llmstudio.gui.widgets.facts import Facts
from llmstudio.gui.widgets.readiness import Check, Readiness
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.gui.widgets.text import Label
from llmstudio.gui.widgets.toggle import Toggle

FILTER = "Models (*.gguf *.safetensors *.bin *.pt *.pth);;All files (*)"
NOTHING = (
    "A folder as Hugging Face's programs write it, a GGUF file, a llama2.c or PyTorch file; "
    "or the name of a model on the hub, such as HuggingFaceTB/SmolLM2-135M."
)
NOT_ASKED = (
    "A model on the hub. Nothing was asked for yet: look it up to see what would come, from where and how large."
)
ASKED = "Asking the hub what would come"


class ImportSheet(Sheet):
    """`started` carries the run id of the job, `settings_requested` asks for the Settings."""

    started = Signal(str)
    settings_requested = Signal()

    def __init__(
        self, session: Session, *, path: str = "", look_up: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(session.theme, "Import a model", size=QSize(720, 560), parent=parent)
        self._session = session
        self.presenter = ImportPresenter(session, self)
        self.path, self.name = QLineEdit(path), QLineEdit()
        self.files_button = Button("File", "second", icon="file", theme=self.theme, run=self.choose_file)
        self.folder_button = Button("Folder", "second", icon="folder", theme=self.theme, run=self.choose_folder)
        self.look_button = Button("Look it up", "second", icon="search", theme=self.theme, run=self.presenter.look_up)
        self.nothing = Label(NOTHING, "body", "muted", wrap=True)
        self.facts = Facts()
        self.trust = Toggle(self.theme, "Read this PyTorch file, in a locked-up process")
        self.readiness = Readiness(self.theme)
        self._lay_out()
        self._connect()
        if path:
            self.presenter.set_path(path, at_once=True)
        if look_up:
            self.presenter.look_up()
        self.render_state(self.presenter.state)

    # -- intents

    def choose_file(self) -> None:
        """Ask for a file."""
        found = self._session.dialogs.open_files("Import a model file", FILTER)
        if found:
            self.path.setText(str(found[0]))
            self.presenter.set_path(str(found[0]), at_once=True)

    def choose_folder(self) -> None:
        """Ask for a folder."""
        found = self._session.dialogs.open_folder("Import a model folder")
        if found is not None:
            self.path.setText(str(found))
            self.presenter.set_path(str(found), at_once=True)

    def start(self) -> None:
        """Start the job and close."""
        if not self.presenter.state.ready:
            return
        try:
            run = self.presenter.start()
        except UserError as error:
            self._session.notices.error(error, "Importing a model")
            return
        self.started.emit(run)
        self.accept()

    def _follow(self, row: str) -> None:
        if row == "look":
            self.presenter.look_up()
        elif row == "trust":
            self.trust.setChecked(True)
        elif row == "settings":
            self.reject()
            self.settings_requested.emit()
        else:
            (self.name if row == "name" else self.path).setFocus()

    # -- showing

    def render_state(self, state: ImportState) -> None:
        """Show a state; asking twice changes nothing."""
        rows = presenter_import.facts(state)
        self.facts.show_groups([("What comes", rows)] if rows else [])
        self.facts.setVisible(bool(rows))
        self.nothing.setVisible(not rows)
        self.nothing.setText(NOTHING if state.hub is None else ASKED if state.looking else NOT_ASKED)
        self.look_button.setVisible(state.hub is not None and state.offer is None)
        self.look_button.setEnabled(not state.looking and not state.offline)
        self.look_button.setText("Looking it up" if state.looking else "Look it up")
        self.trust.setVisible(state.pickled)
        if self.trust.isChecked() != state.trust:
            self.trust.setChecked(state.trust)
        self.name.setPlaceholderText(state.proposed or "What the model is called")
        self.readiness.set_checks([Check(c.state, c.text, c.row, c.link) for c in presenter_import.checks(state)])
        self.import_button.setEnabled(state.ready)

    # -- construction

    def _lay_out(self) -> None:
        self.path.setPlaceholderText("A folder, a file, or owner/name")
        for field, name, title in ((self.path, "models.path", "Model"), (self.name, "models.name", "Name")):
            field.setObjectName(name)
            field.setAccessibleName(title)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        grid.setColumnMinimumWidth(0, self.theme.px(48))
        grid.setColumnStretch(1, 1)
        grid.addWidget(Label("From"), 0, 0)
        grid.addWidget(self.path, 0, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.look_button, self.files_button, self.folder_button):
            buttons.addWidget(button)
        grid.addLayout(buttons, 0, 2)
        grid.addWidget(Label("Name"), 1, 0)
        grid.addWidget(self.name, 1, 1)
        self.body.addLayout(grid)
        well = Well()
        for widget in (self.nothing, self.facts, self.trust):
            well.body.addWidget(widget)
        well.body.addStretch(1)
        self.add(well, 1)
        self.add(line())
        self.add(self.readiness)
        self.note.setText("Files are copied into the workspace; yours stay as they are.")
        self.add_button("Cancel")
        self.import_button = self.add_button(
            "Import", "primary", self.start, icon="import", name="models.import_button"
        )

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.changed.connect(lambda: self.render_state(presenter.state))
        self.path.textEdited.connect(presenter.set_path)
        self.path.returnPressed.connect(presenter.look_here)
        self.name.textChanged.connect(presenter.set_name)
        self.trust.toggled.connect(presenter.set_trust)
        self.readiness.row_requested.connect(self._follow)
        self.setTabOrder(self.path, self.look_button)
        self.path.setFocus(Qt.FocusReason.OtherFocusReason)
