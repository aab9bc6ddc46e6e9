"""Settings, This machine, Benchmarks: run one, and see figure, ceiling and peers beside what was measured before."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from llmstudio.base.errors import UserError
from llmstudio.gui import jobwords
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.settings import presenter_benchmarks as presenter
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.text import ElidedLabel, Label
from llmstudio.store import benchmarks
from llmstudio.store.benchmarks import Report

HEIGHT = 320
KIND = "benchmark"
COLUMNS = (
    Column("What", lambda row: row.what, tip=lambda row: row.tip),
    Column("Figure", lambda row: row.figure, width=96, number=True, tip=lambda row: row.tip),
    Column("Of ceiling", lambda row: row.ceiling, width=72, number=True, tip=lambda row: row.tip),
    Column("Against peers", lambda row: row.peers, width=144, tip=lambda row: row.tip),
    Column("Before", lambda row: row.before, width=88, tip=lambda row: row.tip),
)


class BenchmarkCard(Card):
    """Runs are jobs like any other: they queue, show in the strip, and stop where they are asked to."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Benchmarks", padding=24, parent=parent)
        self._session, self._run, self._wanted = session, "", ""
        self._reports: list[Report] = []
        theme = session.theme
        entries = [Entry(name, title) for name, title in presenter.choices()]
        self.what = Picker(theme, "Benchmark", entries, name="settings.benchmark")
        self.what.set_current("all")
        self.run_button = Button("Run", "second", icon="play", theme=theme, run=self.begin)
        self.stop_button = Button("Stop", "quiet", icon="stop", theme=theme, run=self.stop)
        self.told = ElidedLabel("", "caption", "muted")
        self.kept = Picker(theme, "Measured", [], name="settings.benchmark_kept")
        self.machine = ElidedLabel(presenter.NONE, "caption", "muted")
        self.table = Table(theme, COLUMNS, "Figures", compact=True)
        self.table.setMinimumHeight(theme.px(HEIGHT))
        self.peer, self.text = ElidedLabel("", "caption", "muted"), ElidedLabel("", "caption", "muted")
        self._lay_out()
        self.kept.chosen.connect(self.choose)
        session.jobs.events.connect(lambda run, _batch: self._tell() if run == self._run else None)
        session.jobs.changed.connect(self._tell)
        session.jobs.ended.connect(self._ended)
        self._tell()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        for widget, stretch in ((self.what, 2), (self.run_button, 0), (self.stop_button, 0), (self.told, 3)):
            head.addWidget(widget, stretch)
        files = QGridLayout()
        files.setColumnStretch(1, 1)
        files.setHorizontalSpacing(12)
        self._file_row(files, 0, "nanoGPT", self.peer, self._choose_peer)
        self._file_row(files, 1, "Text to learn", self.text, self._choose_text)
        self.add(head)
        self.add(files)
        self.add(line())
        self.add(self.kept)
        self.add(self.machine)
        self.add(self.table)

    def _file_row(
        self, grid: QGridLayout, row: int, words: str, value: ElidedLabel, choose: Callable[[], None]
    ) -> None:
        button = Button("Choose", "link", run=choose)
        button.setAccessibleName(f"Choose {words}")
        button.setEnabled(not self._session.read_only)
        grid.addWidget(Label(words, "caption"), row, 0)
        grid.addWidget(value, row, 1)
        grid.addWidget(button, row, 2)

    # -- intents

    def begin(self) -> None:
        """Run what is chosen, unless one is under way."""
        if self._run or self._session.read_only:
            return
        name = self.what.current()
        try:
            config = presenter.config_of(name, self._session.settings)
            self._run = self._session.jobs.submit(KIND, config, title=presenter.title_of(name))
        except UserError as error:
            self._session.notices.error(error, "The benchmark")
        self._tell()

    def stop(self) -> None:
        """End it; what was measured so far stays."""
        try:
            self._session.jobs.stop(self._run, "cancel")
        except UserError as error:  # it has just ended
            self._session.notices.error(error, "Stopping the benchmark")

    def choose(self, run: str) -> None:
        """Show a kept benchmark; the newest where there is none of this name."""
        self._wanted = run
        self._show()

    def _choose_peer(self) -> None:
        folder = self._session.dialogs.open_folder("Where nanoGPT lies")
        if folder is not None:
            self._keep(presenter.NANOGPT, folder)

    def _choose_text(self) -> None:
        files = self._session.dialogs.open_files("A text to learn", "Text (*.txt)")
        if files:
            self._keep(presenter.TEXT, files[0])

    def _keep(self, key: str, path: Path) -> None:
        self._session.settings.set(key, str(path))
        self._tell()

    # -- showing

    def showEvent(self, event: QShowEvent) -> None:
        """What was kept is read when somebody looks, off the user-interface thread."""
        super().showEvent(event)
        self._find_live()
        self._read()

    def _find_live(self) -> None:
        """One that goes on from an earlier window, or from the queue."""
        if not self._run:
            self._run = next((state.id for state in self._session.jobs.live() if state.kind == KIND), "")
        self._tell()

    def _read(self) -> None:
        workspace = self._session.workspace
        self._session.background.run(
            lambda: benchmarks.list_all(workspace), done=self._take, failed=self._failed, owner=self
        )

    def _failed(self, error: Exception) -> None:
        self._session.notices.error(error, "Reading the benchmarks")

    def _take(self, reports: list[Report]) -> None:
        self._reports = reports
        self.kept.set_entries([Entry(one.run, one.title, one.when) for one in presenter.kept(reports)])
        self._show()

    def _show(self) -> None:
        at = presenter.place_of(self._reports, self._wanted)
        self.machine.setText(presenter.machine_of(self._reports, at))
        self.table.set_rows(presenter.rows(self._reports, at), key=lambda row: row.key)
        found = bool(self._reports)
        self.kept.setVisible(found)
        self.table.setVisible(found)
        if found:
            self.kept.set_current(self._reports[at].state.id)

    def _tell(self) -> None:
        running, settings = bool(self._run), self._session.settings
        self.run_button.setEnabled(not running and not self._session.read_only)
        self.stop_button.setVisible(running)
        self.told.setText(jobwords.phase(self._session.jobs.state(self._run)) if running else "")
        self.peer.setText(str(settings.get(presenter.NANOGPT, "") or "Not compared"))
        self.text.setText(str(settings.get(presenter.TEXT, "") or "None: time to a loss is left out"))

    def _ended(self, run: str, status: str) -> None:
        if run != self._run or not run:
            return
        state = self._session.jobs.state(run)
        self._run, self._wanted = "", run
        self._tell()
        if status == "failed" and state.error is not None:
            self.told.setText(f"{state.error.message} {state.error.hint}".strip())
        self._read()
