"""The sheet that gives the command line for several machines, and tells what many graphics cards can reach."""

from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QSpinBox, QWidget

from llmstudio.base.paths import resource
from llmstudio.config.train import PretrainConfig
from llmstudio.gui.tabs.train.presenter_machines import HOST, Machines, command, fault
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.gui.widgets.text import Paragraph

MOST = 4096
EXPLANATION = (
    "Type this line on every machine. All of them need this version of LLM Studio and the workspace at the same "
    "path, for example on a network drive; the first machine has to be reached by the others. The run then stands "
    "under Runs as any other. To go on with a paused one, write runs resume and its name instead of pretrain."
)


class MachinesSheet(Sheet):
    """Machines and processes on each, and the line that follows from them."""

    def __init__(
        self,
        theme: Theme,
        workspace: Path,
        config: PretrainConfig,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, "Run on several machines", size=QSize(720, 480), parent=parent)
        self._workspace, self._config = workspace, config
        self.machines = self._number("train.machines.count", 2)
        self.processes = self._number("train.machines.processes", config.processes)
        self.host = QLineEdit()
        self.host.setObjectName("train.machines.host")
        self.host.setPlaceholderText(HOST)
        self.line = QPlainTextEdit()
        self.line.setReadOnly(True)
        self.line.setProperty("frame", "field")
        self.line.setFont(theme.font("mono"))
        self.line.setObjectName("train.machines.command")
        self.line.setAccessibleName("Command line")
        self.add(Paragraph(EXPLANATION, "body", "muted"))
        self._lay_out_rows()
        self.add(self.line, 1)
        self.add_button("What to expect", "second", self._expect, name="train.machines.expect")
        self.add_button("Close", "second")
        self.copy = self.add_button("Copy", "primary", self._copy, icon="copy", name="train.machines.copy")
        for change in (self.machines.valueChanged, self.processes.valueChanged, self.host.textChanged):
            change.connect(lambda _value: self._show())
        self._show()

    def _number(self, name: str, value: int) -> QSpinBox:
        box = QSpinBox()
        box.setRange(1, MOST)
        box.setValue(value)
        box.setObjectName(name)
        return box

    def _lay_out_rows(self) -> None:
        rows = QWidget()
        form = QFormLayout(rows)
        form.setContentsMargins(0, 0, 0, 0)
        for words, editor in (
            ("Machines", self.machines),
            ("Processes on each", self.processes),
            ("Address of the first", self.host),
        ):
            form.addRow(words, editor)
            editor.setAccessibleName(words)
        self.add(rows)

    def _show(self) -> None:
        chosen = Machines(self.machines.value(), self.processes.value(), self.host.text().strip())
        words = fault(self._config, chosen)
        self.note.setText(words)
        self.copy.setEnabled(not words)
        self.line.setPlainText(command(self._workspace, self._config, chosen))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.line.toPlainText())
        self.note.setText("Copied.")

    def _expect(self) -> None:
        page = Sheet(self.theme, "Many graphics cards", size=QSize(900, 640), parent=self)
        text = QPlainTextEdit()
        text.setReadOnly(True)
        text.setProperty("frame", "field")
        text.setFont(self.theme.font("mono"))
        text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        text.setAccessibleName("Many graphics cards")
        text.setPlainText(resource("help/scaling.md").read_text(encoding="utf-8").partition("\n")[2].strip())
        page.add(text, 1)
        page.add_button("Close", "second")
        page.fit_to(self)
        page.open()
