"""What stands over the plot of a run that stopped or needs a look: a banner for a pause, a fix-it card for the rest."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from llmstudio.gui.runwords import Act, Trouble
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.banner import Banner
from llmstudio.gui.widgets.fixit import FixIt, Remedy


class TroubleArea(QWidget):
    """Takes no room while nothing is wrong; `acted` carries the `Act` a person chose."""

    acted = Signal(object)

    def __init__(self, theme: Theme, *, name: str = "") -> None:
        super().__init__()
        self.banner = Banner(theme, "", "info")
        self.card = FixIt(theme, name=name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.banner)
        column.addWidget(self.card)
        self.hide()

    def show_trouble(self, trouble: Trouble | None) -> None:
        """Show what is wrong, or nothing."""
        note = trouble is not None and trouble.tone == "info"
        self.setVisible(trouble is not None)
        self.banner.setVisible(note)
        if trouble is None or note:
            self.card.hide()
        if trouble is None:
            return
        if note:
            self.banner.show_state(f"{trouble.title} {trouble.evidence}", "info")
            return
        remedies = [Remedy(act.text, self._doing(act), act.icon) for act in trouble.acts]
        self.card.show_trouble(trouble.title, trouble.evidence, remedies, details=trouble.details, tone=trouble.tone)

    def _doing(self, act: Act) -> Callable[[], None]:
        return lambda: self.acted.emit(act)
