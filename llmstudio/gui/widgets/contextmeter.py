"""How much of a model's context is taken: words, a bar, a number, and what will be left out."""

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from llmstudio.base import units
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.text import ElidedLabel, Label


class ContextMeter(QWidget):
    """A line below a composer."""

    def __init__(self, theme: Theme, hint: str = "") -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        self.title = Label("Context", "caption", "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(theme.px(120))
        self.bar.setAccessibleName("Context taken")
        self.words = ElidedLabel("", "caption", "muted")
        self.hint = Label(hint, "caption", "muted")
        self._hinted = True
        for widget in (self.title, self.bar):
            row.addWidget(widget)
        row.addWidget(self.words, 1)
        row.addWidget(self.hint)

    def set_hinted(self, hinted: bool) -> None:
        """Whether there is room for the hint; what is left out comes first."""
        self._hinted = hinted
        self.hint.setVisible(hinted)

    def show_context(self, used: int, limit: int, dropped: int = 0) -> None:
        """`used` of `limit` tokens (0 = not known); `dropped` turns at the beginning are not read any more."""
        self.bar.setVisible(bool(limit))
        self.title.setVisible(bool(limit))
        self.bar.setRange(0, max(limit, 1))
        self.bar.setValue(min(used, limit))
        if not limit:
            words = ""
        elif not used:
            words = units.plural(limit, "token")
        else:
            words = f"{units.number(used)} of {units.plural(limit, 'token')}"
        if dropped:
            words += ", first turn left out" if dropped == 1 else f", first {dropped:,} turns left out"
        self.words.setText(words)
        self.hint.setVisible(self._hinted and not dropped)
        self.words.set_role("warning" if dropped else "muted")
        self.bar.setAccessibleDescription(words)
