"""The sheet that trains a tokenizer: the form, what is still missing, and Train."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QWidget

from llmstudio.base.errors import UserError
from llmstudio.config import option
from llmstudio.config.option import Fault
from llmstudio.config.tokenizer import TokenizerConfig
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.tokenizer import presenter_train
from llmstudio.gui.tabs.tokenizer.presenter_train import TrainState
from llmstudio.gui.widgets.card import line
from llmstudio.gui.widgets.picker import Entry
from llmstudio.gui.widgets.readiness import Check, Readiness
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.store.catalog import Kept


class TrainSheet(Sheet):
    """`started` carries the run id of the job."""

    started = Signal(str)

    def __init__(
        self,
        session: Session,
        datasets: tuple[Kept, ...],
        titles: frozenset[str],
        *,
        dataset: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(session.theme, "Train a tokenizer", size=QSize(720, 520), parent=parent)
        self._session, self._datasets, self._titles = session, datasets, titles
        infos = option.describe(TokenizerConfig)
        self.form = Form(session, infos, prefix="tokenizer", pickers={"dataset": "data"})
        self.form.set_entries("dataset", [Entry(kept.id, kept.title, "", "data") for kept in datasets])
        self.readiness = Readiness(session.theme)
        area = ScrollPage(margin=0, gap=0)
        area.body.setContentsMargins(0, 4, 0, 4)
        area.add(self.form)
        self.add(area, 1)
        self.add(line())
        self.add(self.readiness)
        self.add_button("Cancel")
        self.train_button = self.add_button("Train", "primary", self.start, icon="play", name="tokenizer.train_button")
        self.form.changed.connect(lambda _name: self.check())
        self.readiness.row_requested.connect(self.form.focus_row)
        self._first = dataset or (datasets[0].id if datasets else "")
        self.form.set_proposal({"dataset": self._first})
        self.check()

    def check(self) -> TrainState:
        """Judge the values and show what was found."""
        state = presenter_train.judge(self.form.values(), self._datasets, self._titles)
        self.form.set_proposal({"dataset": self._first, **state.proposal})
        self.form.set_faults({name: fault for name, fault in state.faults.items() if name != "dataset"})
        self.form.set_helps(state.helps)
        self.readiness.set_checks([Check(c.state, c.text, c.row, c.link) for c in state.checks])
        self.train_button.setEnabled(state.ready)
        self.note.setText(self.readiness.waiting_for())
        return state

    def start(self) -> None:
        """Start the job and close."""
        state = self.check()
        if not state.ready or state.config is None:
            return
        values = self.form.values()
        try:
            run = presenter_train.start(self._session, state.config, values["vocab_size"], str(values["name"]))
        except UserError as error:
            self._refuse(error)
            return
        self.started.emit(run)
        self.accept()

    def _refuse(self, error: UserError) -> None:
        if error.field in self.form.infos:
            self.form.set_faults({error.field: Fault(f"{error.message} {error.hint}".strip())}, at_once=True)
        else:
            self._session.notices.error(error, "Training a tokenizer")
