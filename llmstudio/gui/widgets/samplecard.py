"""What the model writes as it learns: one text for each evaluation, same prompt, same chance."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QSlider, QTextEdit, QWidget

from llmstudio.base import units
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import icon_button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.text import ElidedLabel
from llmstudio.gui.widgets.textview import TextView

Samples = tuple[tuple[int, str, str], ...]  # step, prompt, text


class SampleCard(Card):
    """Shows one sample; left and right walk through them. New ones are followed while the last is shown."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Sample")
        self._theme = theme
        self._samples: Samples = ()
        self._at = -1
        self.before = icon_button(theme, "chevron-left", "Earlier sample", lambda: self.move_by(-1))
        self.after = icon_button(theme, "chevron-right", "Later sample", lambda: self.move_by(1))
        self.add_control(self.before)
        self.add_control(self.after)
        self.view = _Text(theme, self)
        self.hint = ElidedLabel("", "caption", "muted")
        self.film = _film(theme)
        self.film.valueChanged.connect(self._scrub)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(12))
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.film)
        self.add(self.view, 1)
        self.add(foot)
        theme.changed.connect(self._show)
        self._show()

    @property
    def step(self) -> int | None:
        """The step of the sample shown."""
        return self._samples[self._at][0] if 0 <= self._at < len(self._samples) else None

    def show_samples(self, samples: Samples) -> None:
        """Take newer samples."""
        if samples == self._samples:
            return
        followed = self._at in (-1, len(self._samples) - 1)
        self._samples = samples
        self._at = len(samples) - 1 if followed else min(self._at, len(samples) - 1)
        self._show()

    def move_by(self, count: int) -> None:
        """Show an earlier or later sample."""
        if self._samples:
            self._at = min(max(self._at + count, 0), len(self._samples) - 1)
            self._show()

    def show_near(self, step: float) -> None:
        """Show the sample of the evaluation next to a step, as the cursor of the plot moves."""
        if self._samples:
            self._at = min(range(len(self._samples)), key=lambda at: abs(self._samples[at][0] - step))
            self._show()

    def _scrub(self, at: int) -> None:
        if at != self._at and 0 <= at < len(self._samples):
            self._at = at
            self._show()

    def _show_film(self, many: int) -> None:
        self.film.blockSignals(True)
        self.film.setRange(0, max(0, many - 1))
        self.film.setValue(max(0, self._at))
        self.film.blockSignals(False)
        self.film.setVisible(many > 1)
        step = self.step
        self.film.setAccessibleDescription("" if step is None else f"Step {units.number(step)}")

    def _show(self) -> None:
        many = len(self._samples)
        self._show_film(many)
        self.before.setEnabled(self._at > 0)
        self.after.setEnabled(self._at < many - 1)
        if not 0 <= self._at < many:
            self.set_title("Sample", "written at every evaluation")
            self.view.show_text("")
            self.hint.setText("The first one comes with the first evaluation.")
            return
        step, prompt, text = self._samples[self._at]
        self.set_title("Sample", f"step {units.number(step)}, same prompt, same seed")
        self.view.show_text(prompt + text)
        self.view.mute_start(len(prompt), self._theme.colour("muted"))
        self.view.setAccessibleName(f"Sample at step {units.number(step)}")
        words = "Or use the left and right arrow keys." if many > 1 else ""
        self.hint.setText(words)


def _film(theme: Theme) -> QSlider:
    """A slider over the evaluations: the same prompt as the model learns."""
    film = QSlider(Qt.Orientation.Horizontal)
    film.setFixedWidth(theme.px(120))
    film.setPageStep(1)
    film.setAccessibleName("Sample shown")
    film.setToolTip("Move through the samples")
    return film


class _Text(TextView):
    """The text; its arrow keys belong to the card."""

    def __init__(self, theme: Theme, card: SampleCard, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Sample", "read", parent)
        self._card = card

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk through the samples, the rest scrolls."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._card.move_by(step)
        else:
            super().keyPressEvent(event)

    def mute_start(self, characters: int, colour: QColor) -> None:
        """Give the first characters (the prompt) a quieter ink."""
        look = QTextCharFormat()
        look.setForeground(colour)
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(characters, self.document().characterCount() - 1), QTextCursor.MoveMode.KeepAnchor)
        marked = QTextEdit.ExtraSelection()
        marked.cursor = cursor
        marked.format = look
        self.setExtraSelections([marked])
