"""What the model answers as it learns: one prompt at a time, reference, answer now, and answer before."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.gui.tabs.finetune.report import Answer, Report
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import icon_button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.text import ElidedLabel, Label
from llmstudio.gui.widgets.textview import TextView

COLUMNS = (("prompt", "Prompt"), ("reference", "Reference"), ("answer", "Answer"), ("before", "Before"))


class AnswersCard(Card):
    """Left and right walk through the prompts; the one looked at stays through the evaluations."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Answers")
        self._answers: tuple[Answer, ...] = ()
        self._step = 0
        self._at = 0
        self.earlier = icon_button(theme, "chevron-left", "Earlier prompt", lambda: self.move_by(-1))
        self.later = icon_button(theme, "chevron-right", "Later prompt", lambda: self.move_by(1))
        self.add_control(self.earlier)
        self.add_control(self.later)
        self.hint = Label("", "caption", "muted", wrap=True)
        self.columns = {key: _Column(theme, title, self) for key, title in COLUMNS}
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(theme.px(16))
        for column in self.columns.values():
            self._sides.addWidget(column, 1)
        self.add(self.hint)
        self.add(self._sides, 1)
        self.show_answers(None, "")

    @property
    def shown_answer(self) -> Answer | None:
        """The answer that is looked at."""
        return self._answers[self._at] if self._answers else None

    def show_answers(self, report: Report | None, hint: str) -> None:
        """Show the answers of another report; `hint` stands in their place while there are none."""
        answers = report.answers if report is not None else ()
        row = self._answers[self._at].row if self._answers else None
        self._answers, self._step = answers, report.step if report is not None else 0
        self._at = next((at for at, answer in enumerate(answers) if answer.row == row), 0)
        self.hint.setText(hint if not answers else "")
        self._show()

    def move_by(self, count: int) -> None:
        """Show an earlier or later prompt."""
        if self._answers:
            self._at = min(max(self._at + count, 0), len(self._answers) - 1)
            self._show()

    def set_stacked(self, stacked: bool) -> None:
        """One below the other, in small windows."""
        direction = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        self._sides.setDirection(direction)

    def _show(self) -> None:
        many, answer = len(self._answers), self.shown_answer
        self.earlier.setEnabled(self._at > 0)
        self.later.setEnabled(self._at < many - 1)
        self.hint.setVisible(bool(self.hint.text()))
        for column in self.columns.values():
            column.setVisible(answer is not None)
        if answer is None:
            self.set_title("Answers", "")
            return
        where = f"prompt {self._at + 1} of {many}, validation row {units.number(answer.row)}"
        self.set_title("Answers", where)
        self.columns["prompt"].show_text(answer.prompt)
        self.columns["reference"].show_text(answer.reference)
        self.columns["answer"].show_text(answer.answer, f"Answer at step {units.number(self._step)}")
        self.columns["before"].show_text(answer.before)


class _Column(QWidget):
    """A heading and a text below it."""

    def __init__(self, theme: Theme, title: str, card: AnswersCard) -> None:
        super().__init__()
        self.title = ElidedLabel(title, "caption-strong", "muted")
        self.view = _Text(theme, title, card)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.view, 1)

    def show_text(self, text: str, title: str = "") -> None:
        """Show another text, under another heading where one is given."""
        self.view.show_text(text or "(nothing)")
        if title:
            self.title.setText(title)
            self.view.setAccessibleName(title)


class _Text(TextView):
    """The text; left and right belong to the card."""

    def __init__(self, theme: Theme, title: str, card: AnswersCard) -> None:
        super().__init__(theme, title, "body")
        self._card = card

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk through the prompts, the rest scrolls."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._card.move_by(step)
        else:
            super().keyPressEvent(event)
