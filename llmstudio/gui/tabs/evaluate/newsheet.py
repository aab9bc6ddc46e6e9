"""The sheet that starts an evaluation: models to tick at the left, the data and its rules at the right."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from llmstudio.base.errors import UserError
from llmstudio.config import option
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.config.option import Fault
from llmstudio.gui.forms.form import Form
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.evaluate import presenter_new
from llmstudio.gui.tabs.evaluate.presenter_new import NewState
from llmstudio.gui.widgets.card import line
from llmstudio.gui.widgets.picker import Entry
from llmstudio.gui.widgets.readiness import Check, Readiness
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.gui.widgets.text import Label
from llmstudio.store.catalog import Kept


class NewSheet(Sheet):
    """`started` carries the run id of the job."""

    started = Signal(str)

    def __init__(
        self,
        session: Session,
        models: Sequence[Kept],
        datasets: Sequence[Kept],
        *,
        ticked: Sequence[str] = (),
        dataset: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(session.theme, "New evaluation", size=QSize(976, 640), parent=parent)
        self._session, self._models, self._datasets = session, tuple(models), tuple(datasets)
        infos = [info for info in option.describe(EvaluateConfig) if info.name != "models"]
        self.form = Form(session, infos, prefix="evaluate", pickers={"dataset": "data"})
        self.form.set_entries("dataset", [Entry(kept.id, kept.title, "", "data") for kept in datasets])
        self.list = QListWidget()
        self.list.setAccessibleName("Models to measure")
        self.list.setProperty("frame", "field")
        self._fill(ticked)
        self.readiness = Readiness(session.theme)
        self._lay_out()
        self.add_button("Cancel")
        self.start_button = self.add_button(
            "Evaluate", "primary", self.start, icon="play", name="evaluate.start_button"
        )
        self.form.changed.connect(lambda _name: self.check())
        self.list.itemChanged.connect(lambda _item: self.check())
        self.readiness.row_requested.connect(self.form.focus_row)
        known = [kept.id for kept in datasets]
        self.form.set_proposal({"dataset": dataset if dataset in known else next(iter(known), "")})
        self.check()

    def _fill(self, ticked: Sequence[str]) -> None:
        for kept in self._models:
            item = QListWidgetItem(kept.title)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if kept.id in ticked else Qt.CheckState.Unchecked)
            item.setData(Qt.ItemDataRole.UserRole, kept.id)
            item.setSizeHint(QSize(0, self.theme.px(32)))
            self.list.addItem(item)

    def _lay_out(self) -> None:
        body, px = QWidget(), self.theme.px
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(24))
        left = QVBoxLayout()
        left.setSpacing(8)
        self.list.setFixedWidth(px(224))
        none = Label("There are no models yet: the baselines can be measured.", "caption", "muted", wrap=True)
        none.setFixedWidth(px(224))
        none.setVisible(not self._models)
        self.list.setVisible(bool(self._models))
        left.addWidget(Label("Models", "caption-strong", "muted"))
        left.addWidget(self.list, 1)
        left.addWidget(none)
        left.addStretch(0 if self._models else 1)
        area = ScrollPage(margin=0, gap=0)
        area.add(self.form)
        row.addLayout(left)
        row.addWidget(area, 1)
        self.add(body, 1)
        self.add(line())
        self.add(self.readiness)

    def chosen(self) -> list[str]:
        """The ids of the ticked models."""
        items = [self.list.item(at) for at in range(self.list.count())]
        return [str(one.data(Qt.ItemDataRole.UserRole)) for one in items if one.checkState() == Qt.CheckState.Checked]

    def check(self) -> NewState:
        """Judge the values and show what was found."""
        state = presenter_new.judge(self.form.values(), self.chosen(), self._models, self._datasets)
        self.form.hide_rows(state.hidden)
        self.form.set_faults(state.faults)
        self.readiness.set_checks([Check(one.state, one.text, one.row, one.link) for one in state.lines])
        self.start_button.setEnabled(state.ready and not self._session.read_only)
        self.note.setText(self.readiness.waiting_for())
        return state

    def start(self) -> None:
        """Start the job and close."""
        state = self.check()
        if not state.ready or state.config is None:
            return
        titles = {kept.id: kept.title for kept in (*self._models, *self._datasets)}
        names = [titles.get(name, name) for name in state.config.models]
        title = presenter_new.title_of(names, titles.get(state.config.dataset, state.config.dataset))
        try:
            run = presenter_new.start(self._session, state.config, title)
        except UserError as error:
            self._refuse(error)
            return
        self.started.emit(run)
        self.accept()

    def _refuse(self, error: UserError) -> None:
        if error.field in self.form.infos:
            self.form.set_faults({error.field: Fault(f"{error.message} {error.hint}".strip())}, at_once=True)
        else:
            self._session.notices.error(error, "Evaluating")
