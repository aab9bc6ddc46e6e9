"""Runs imports from the panel: starts the job, shows its progress, and turns its end into a dataset or a remedy."""

from functools import cached_property

from PySide6.QtCore import QObject, Signal

from llmstudio.base import paths
from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data import presenter_import
from llmstudio.gui.tabs.data.importpanel import ImportPanel
from llmstudio.gui.tabs.data.presenter_import import MOST_CANDIDATES, ImportPresenter, encoding_words
from llmstudio.gui.widgets.fixit import Remedy
from llmstudio.gui.widgets.jobcard import JobCard
from llmstudio.store import catalog
from llmstudio.store.events import Error
from llmstudio.store.run import RunState

SAMPLE = "samples/stories.jsonl.gz"
SAMPLE_NAME = "Small stories"


class Importing(QObject):
    """`left` when the person goes back, `made` with the id of a dataset that a job made; `opened` once, when the
    panel has been made."""

    opened = Signal()
    left = Signal()
    made = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.presenter = ImportPresenter(session, self)
        self.job = JobCard(session.theme, session.jobs)
        self._first = False
        self._before = ""
        self._from_panel = False
        self.presenter.changed.connect(self._render)
        self.job.ended.connect(self._ended)

    @cached_property
    def panel(self) -> ImportPanel:
        """The import, made when it is first wanted: a form of this length takes a while."""
        panel = ImportPanel(self.session)
        self.__dict__["panel"] = panel  # whoever is told of it may ask for it
        self._connect(panel)
        self.opened.emit()
        return panel

    @property
    def opened_once(self) -> bool:
        """Whether the panel is there."""
        return "panel" in self.__dict__

    @property
    def running(self) -> bool:
        """Whether a job of this tab is under way."""
        return bool(self.job.run_id)

    # -- intents

    def show(self, *, first: bool) -> None:
        """The panel came to the front; `first` while there is no dataset."""
        self._first = first
        if not self.presenter.state.values:
            self.presenter.set_values(self.panel.form_values())
        self._render()
        if not first and not self.presenter.state.given:
            self.panel.path.setFocus()

    def take(self, files: list[str]) -> None:
        """Look at files that were dropped."""
        self.presenter.set_path(presenter_import.join_paths(files))

    def cancel(self) -> None:
        """Forget what was set up and go back."""
        self.panel.trouble.hide()
        self.panel.form.reset()
        self.panel.name.clear()
        self.presenter.clear()
        self.presenter.set_values(self.panel.form_values())
        self.left.emit()

    def start(self, *, looked: bool = True) -> None:
        """Start the import; without `looked` even while the files are looked at again."""
        if self.running:
            return
        try:
            run = self.presenter.start(looked=looked)
        except UserError as error:
            self.panel.show_failure(error, [])
            return
        self._from_panel = True
        self.panel.set_running(True)
        self._follow(run)

    def follow(self, run: str, *, before: str) -> None:
        """Show a job that cleans or splits `before` anew."""
        self._from_panel, self._before = False, before
        self._follow(run)

    def explain(self, run: str) -> bool:
        """Show why an earlier import failed; False if there is nothing to explain."""
        try:
            state = self.session.jobs.state(run)
        except UserError:
            return False
        if state.error is None or state.kind != "import_dataset":
            return False
        self.panel.show_failure(state.error, self._remedies(state.error))
        return True

    def import_sample(self) -> None:
        """Look at the bundled stories."""
        try:
            self.presenter.set_path(str(paths.resource(SAMPLE)))
        except (UserError, OSError):
            told = UserError("The sample stories are missing from this installation.", "Import text of your own.")
            self.session.notices.error(told, "Opening the sample")
            return
        self.panel.name.setText(SAMPLE_NAME)

    # -- inside

    def _connect(self, panel: ImportPanel) -> None:
        panel.path_changed.connect(self.presenter.set_path)
        panel.pasted.connect(self.presenter.paste)
        panel.values_changed.connect(self.presenter.set_values)
        panel.import_requested.connect(self.start)
        panel.cancelled.connect(self.cancel)
        panel.sample_requested.connect(self.import_sample)

    def _render(self) -> None:
        if self.opened_once:
            self.panel.show_state(self.presenter.state, first_import=self._first, ready=self.presenter.ready)

    def _follow(self, run: str) -> None:
        self.job.follow(run)
        self._render()

    def _ended(self, run: str, status: str) -> None:
        if self.opened_once:
            self.panel.set_running(False)
        self._render()
        state = self.session.jobs.state(run)
        if status == "finished":
            self._finished(state)
        elif status != "cancelled":
            self._failed(state)

    def _finished(self, state: RunState) -> None:
        made = str(state.result.get("id", ""))
        before, self._before = self._before, ""
        if self._from_panel:
            self.cancel()
        else:
            undo = ("Undo", lambda: self._undo(made, before))
            self.session.notices.toast(f"{state.result.get('title', made)} is ready", undo)
        self.made.emit(made)

    def _undo(self, made: str, before: str) -> None:
        workspace, run = self.session.workspace, self.session.background.run

        def trash() -> None:
            catalog.trash(workspace, catalog.find(workspace, "dataset", made))

        def done(_none: object) -> None:
            self.session.changed("dataset")
            self.made.emit(before)

        run(trash, done=done, failed=lambda error: self.session.notices.error(error, "Undoing"), owner=self)

    def _failed(self, state: RunState) -> None:
        error = state.error or Error("The import stopped.", "Try it again.")
        if self._from_panel:
            self.panel.show_failure(error, self._remedies(error))
        else:
            self.session.notices.error(UserError(error.message, error.hint), state.title)

    def _remedies(self, error: Error) -> list[Remedy]:
        if error.field == "encoding" or (error.candidates and error.field in ("", "paths")):
            return [
                Remedy(f"Read as {encoding_words(name)}", lambda name=name: self._take("encoding", name))  # type: ignore[misc]
                for name in error.candidates[:MOST_CANDIDATES]
            ]
        if error.field == "on_fault":
            return [Remedy("Leave out faulty rows and import", self._leave_out)]
        if error.field in ("text_column", "label_column"):
            return [
                Remedy(f"Take {name}", lambda name=name: self._take(error.field, name))  # type: ignore[misc]
                for name in error.candidates[:MOST_CANDIDATES]
            ]
        return [Remedy("Try again", self.start)] if self.presenter.state.given else []

    def _take(self, name: str, value: str) -> None:
        self.panel.trouble.hide()
        self.panel.form.set_values({name: value})

    def _leave_out(self) -> None:
        self._take("on_fault", "skip")
        self.start(looked=False)
