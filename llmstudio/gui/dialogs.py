"""Everything that asks a person something in a window of its own, in one object that tests replace."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPlainTextEdit, QWidget

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sheet import Question, Sheet
from llmstudio.gui.widgets.text import Label

Choices = Sequence[tuple[str, str, str]]  # key, verb, kind of button


class Dialogs:
    """Asks over the window that was set with `attach`; every method blocks but `sheet`."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._parent: QWidget | None = None
        self.help: Callable[[QWidget | None], object] | None = None  # explains a control; the window sets it

    def attach(self, parent: QWidget | None) -> None:
        """Stand over this window from now on."""
        self._parent = parent

    def open_files(self, title: str, filters: str = "", start: Path | None = None) -> list[Path]:
        """Files to read; [] if the person thought better of it."""
        names, _ = QFileDialog.getOpenFileNames(self._parent, title, str(start or Path.home()), filters)
        return [Path(name) for name in names]

    def open_folder(self, title: str, start: Path | None = None) -> Path | None:
        """A folder."""
        name = QFileDialog.getExistingDirectory(self._parent, title, str(start or Path.home()))
        return Path(name) if name else None

    def save_file(self, title: str, name: str, filters: str = "", start: Path | None = None) -> Path | None:
        """Where to write; the system asks before an existing file is replaced."""
        proposed = str((start or Path.home()) / name)
        chosen, _ = QFileDialog.getSaveFileName(self._parent, title, proposed, filters)
        return Path(chosen) if chosen else None

    def confirm(self, title: str, text: str, choices: Choices) -> str:
        """Ask; returns the key of the verb chosen, or "" after Esc.

        `choices` are (key, verb, kind), the safe one first; a kind is "primary", "second" or "danger".
        """
        question = Question(self._theme, title, text, choices, parent=self._parent)
        question.exec()
        answer = question.answer
        question.deleteLater()
        return answer

    def ask_text(
        self,
        title: str,
        label: str,
        value: str = "",
        *,
        verb: str = "Rename",
        fault: Callable[[str], str] | None = None,
    ) -> str | None:
        """Ask for one line; `fault` tells what is wrong with a text, or "". None after Esc."""
        sheet = TextSheet(self._theme, title, label, value, verb, fault, parent=self._parent)
        taken = sheet.exec()
        text = sheet.editor.text().strip()
        sheet.deleteLater()
        return text if taken else None

    def sheet(self, sheet: Sheet) -> None:
        """Open a sheet over the window and return at once; it is gone for good when closed."""
        if self._parent is not None:
            sheet.setParent(self._parent, sheet.windowFlags())
        sheet.fit_to(self._parent)
        sheet.finished.connect(lambda _result: sheet.deleteLater())
        if self.help is not None:
            sheet.help_wanted.connect(self.help)
        sheet.open()

    def details(self, title: str, text: str) -> None:
        """Show technical details that can be copied."""
        sheet = Sheet(self._theme, title, size=QSize(720, 480))
        view = QPlainTextEdit(text)
        view.setReadOnly(True)
        view.setProperty("frame", "field")
        view.setFont(self._theme.font("mono"))
        view.setAccessibleName(title)
        sheet.add(view, 1)
        sheet.add_button("Copy", "second", lambda: QGuiApplication.clipboard().setText(text), icon="copy")
        sheet.add_button("Close", "primary")
        self.sheet(sheet)


class TextSheet(Sheet):
    """Asks for one line of text; its verb waits until `fault` finds nothing."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        label: str,
        value: str,
        verb: str,
        fault: Callable[[str], str] | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, title, size=QSize(440, 200), parent=parent)
        self._fault = fault or (lambda _text: "")
        self.editor = QLineEdit(value)
        self.editor.setAccessibleName(label)
        self.editor.selectAll()
        self.trouble = Label("", "caption", "danger", wrap=True)
        self.body.setSpacing(8)
        self.add(Label(label, "body"))
        self.add(self.editor)
        self.add(self.trouble)
        self.body.addStretch(1)
        self.add_button("Cancel", "second")
        self._verb = self.add_button(verb, "primary")
        self.editor.textChanged.connect(self._check)
        self.editor.returnPressed.connect(self._accept)
        self.fit_to(parent)
        self._check(value)

    def _check(self, text: str) -> None:
        wrong = self._fault(text.strip()) if text.strip() else ""
        self.trouble.setText(wrong)
        self._verb.setEnabled(bool(text.strip()) and not wrong)

    def _accept(self) -> None:
        if self._verb.isEnabled():
            self.accept()
