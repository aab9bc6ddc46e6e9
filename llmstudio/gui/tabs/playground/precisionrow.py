"""The choice of precision in the sampling card: in how many bits the loaded model holds its weights."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.config.precision import WORDS, auto, weight_bytes
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.text import Label, Paragraph, set_tip

TIP = "Fewer bits take less memory and write faster. The model is loaded anew when this changes."


class PrecisionRow(QWidget):
    """A small picker, and below it what the choice means for this model."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("ground", "none")
        self.picker = Picker(theme, "Precision", name="playground.precision")
        self.picker.setFixedWidth(theme.px(120))
        self.picker.chosen.connect(self.chosen)
        self.meaning = Paragraph("", "caption", "muted")
        label = Label("Precision")
        label.setBuddy(self.picker)
        set_tip(self.picker, TIP)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self.picker)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addLayout(row)
        column.addWidget(self.meaning)

    def show_precision(self, precision: str, parameters: int, *, enabled: bool) -> None:
        """The choice, for a model of so many parameters (0 = not known)."""
        self.picker.set_entries([Entry(key, title) for key, (title, _) in WORDS.items()])
        self.picker.set_current(precision)
        self.picker.setEnabled(enabled)
        self.meaning.setText(meaning(precision, parameters))


def meaning(precision: str, parameters: int) -> str:
    """Memory and quality in a few words: "16 bits here: about 270 MB, almost exact."."""
    if not parameters:
        return WORDS[precision][1][:1].upper() + WORDS[precision][1][1:] + "."
    settled = auto(parameters) if precision == "auto" else precision
    title, quality = WORDS[settled]
    here = f"{title} here: about" if precision == "auto" else "About"
    return f"{here} {units.size(weight_bytes(parameters, settled))}, {quality}."
