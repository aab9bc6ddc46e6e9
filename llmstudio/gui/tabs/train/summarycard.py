"""What a run is made of, in a narrow card: name, state, settings, and the doctor's list or the lineage."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.gui.runwords import Line
from llmstudio.gui.tabs.train.presenter_run import RunView
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card, Well, line
from llmstudio.gui.widgets.chip import Chip
from llmstudio.gui.widgets.facts import Facts
from llmstudio.gui.widgets.readiness import Check, Readiness
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.text import ElidedLabel, Label

DOCTOR_TITLE, KEPT_TITLE = "Training doctor", "Kept as a model"


class DoctorList(QWidget):
    """The training doctor's list, or, once the run has finished, what was kept and where it came from."""

    model_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.title = Label(DOCTOR_TITLE, "caption-strong")
        self.checks = Readiness(theme)
        self.note = Label("Watches from the first step on.", "caption", "muted", wrap=True)
        self.lineage = Facts()
        self.open_model = Button("Open it in Models", "link", run=self.model_requested.emit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.title, self.checks, self.note, self.lineage, self.open_model):
            column.addWidget(widget)
        column.addStretch(1)

    def show_view(self, view: RunView) -> None:
        """Show the doctor's findings, or the lineage."""
        kept = bool(view.kept)
        self.title.setText(KEPT_TITLE if kept else DOCTOR_TITLE)
        self.checks.set_checks([_check(found) for found in view.doctor] if not kept else [])
        self.checks.setVisible(not kept)
        self.note.setVisible(not kept and not view.doctor)
        self.lineage.setVisible(kept)
        self.open_model.setVisible(kept and bool(view.model))
        if kept:
            self.lineage.show_groups([("", view.kept)])


class SummaryCard(Card):
    """The card at the left of a run; the chip that tells its state is given to it."""

    settings_requested = Signal()
    model_requested = Signal()

    def __init__(self, theme: Theme, chip: Chip) -> None:
        super().__init__()
        self.name = ElidedLabel("", "section")
        self.chip = chip
        self.since = ElidedLabel("", "caption", "muted")
        self.since.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.facts = Facts()
        self.all = Button("All settings", "link", run=self.settings_requested.emit)
        self.doctor = DoctorList(theme)
        self.doctor.model_requested.connect(self.model_requested)
        self._lay_out()

    def _lay_out(self) -> None:
        state = QHBoxLayout()
        state.addWidget(self.chip)
        self.chip.show()
        state.addWidget(self.since, 1)
        self.body.setSpacing(8)
        self.add(self.name)
        self.add(state)
        inside = ScrollPage(margin=0, gap=8)
        inside.add(self.facts)
        inside.add(line())
        inside.add(self.all)
        inside.body.addStretch(1)
        self.add(inside, 1)
        well = Well(padding=12)
        well.body.addWidget(self.doctor)
        self.add(well)

    def show_view(self, view: RunView) -> None:
        """Show a run."""
        self.name.setText(view.title)
        self.chip.show_state(view.status)
        self.since.setText(view.busy or view.since)
        self.facts.show_groups(view.summary)
        self.doctor.show_view(view)


def _check(found: Line) -> Check:
    return Check(found.tone, found.text)
