"""During and after a fine-tuning: tiles, curve, confusion, rows and answers, laid out for each size of window."""

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.finetune import curves, presenter_run
from llmstudio.gui.tabs.finetune.answerscard import AnswersCard
from llmstudio.gui.tabs.finetune.keptcard import KeptCard
from llmstudio.gui.tabs.finetune.presenter_run import TILES, RunView
from llmstudio.gui.tabs.finetune.rowscard import ByClassCard, RowsCard
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.confusion import ConfusionCard
from llmstudio.gui.widgets.confusiondata import Matrix
from llmstudio.gui.widgets.lossplot import LossPlot
from llmstudio.gui.widgets.plottools import PlotTools
from llmstudio.gui.widgets.samplecard import SampleCard
from llmstudio.gui.widgets.scatter import ScatterCard
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.segmented import PageTabs, Segmented
from llmstudio.gui.widgets.tiles import Tiles
from llmstudio.gui.widgets.troublearea import TroubleArea

RING = 4  # room for the focus ring around a card
LEFT, RIGHT = 608, 432  # how two cards side by side share the width
HEIGHTS = {"S": (252, 280), "M": (240, 152), "L": (268, 168), "X": (268, 168)}  # least ones of curve and tables
STACKED = 420  # four texts below one another
SHORT = {"learning_rate": "Rate"}
# task: what stands beside the curve, and what below it
PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "classify": (("matrix",), ("rows", "classes")),
    "multilabel": (("classes",), ("rows",)),
    "regress": (("scatter",), ("rows",)),
    "instruct": ((), ("answers",)),
    "continue": ((), ("sample",)),
}


class TuneWatch(QWidget):
    """Renders a `RunView`; `acted` carries the `Act` a person chose."""

    acted = Signal(object)
    model_requested = Signal()
    row_opened = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        theme = session.theme
        self._model: RunModel | None = None
        self._view: RunView | None = None
        self._task = ""
        self._size_class = "L"
        self.tiles = Tiles([(key, "") for key in TILES])
        self.stopped = TroubleArea(theme, name="finetune.trouble")
        self.kept = KeptCard(theme)
        self.plot = LossPlot(theme, "Loss")
        self.tools = PlotTools(session, self.plot)
        self.segments = Segmented(theme, list(curves.METRICS["classify"]), "Figure shown")
        self.matrix = ConfusionCard(theme)
        self.rows = RowsCard(theme)
        self.classes = ByClassCard(theme)
        self.answers = AnswersCard(theme)
        self.sample = SampleCard(theme)
        self.scatter = ScatterCard(theme)
        self.parts = PageTabs(theme, [])
        self.cards: dict[str, Card] = {
            "matrix": self.matrix, "rows": self.rows, "classes": self.classes, "answers": self.answers,
            "sample": self.sample, "scatter": self.scatter,
        }  # fmt: skip
        self._build()
        self._connect()
        self.show_task("classify")

    def _build(self) -> None:
        px = self.session.theme.px
        self.plot_card = Card(spacing=4)
        head = QHBoxLayout()
        head.addWidget(self.segments)
        head.addStretch(1)
        head.addWidget(self.tools)
        self.plot_card.add(head)
        self.plot_card.add(self.plot, 1)
        self.area = ScrollPage(margin=0)
        self.area.body.setContentsMargins(RING, RING, RING, RING)
        self.upper, self.below = _Band(), _Band()
        self.upper_row, self.below_row = QHBoxLayout(self.upper), QHBoxLayout(self.below)
        for row in (self.upper_row, self.below_row):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(px(16))
        for widget in (self.tiles, self.stopped, self.kept):
            self.area.add(widget)
        self.area.add(self.upper, 316)
        self.area.add(self.parts)
        self.area.add(self.below, 200)
        _share(self.plot_card)
        self.upper_row.addWidget(self.plot_card, LEFT)
        for card in self.cards.values():
            card.setParent(self)
            card.hide()
            _share(card)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.area)

    def _connect(self) -> None:
        self.segments.chosen.connect(lambda _key: self._show_metric())
        self.parts.chosen.connect(lambda _key: self._show_parts())
        self.stopped.acted.connect(self.acted)
        self.kept.model_requested.connect(self.model_requested)
        self.plot.stepped.connect(self.sample.show_near)
        self.matrix.asked.connect(self._open_cell)
        self.rows.all_requested.connect(lambda: self._show_cell(None))
        self.rows.opened.connect(self.row_opened)

    # -- what is shown

    def show_view(self, model: RunModel, view: RunView) -> None:
        """Show a run."""
        other = self._model is None or self._model.id != model.id
        self._model, self._view = model, view
        if other:
            self._show_cell(None)
            QTimer.singleShot(0, self, lambda: self.area.verticalScrollBar().setValue(0))
        if view.task != self._task:
            self.show_task(view.task)
        for key, tile in view.tiles.items():
            self.tiles[key].show_figure(tile.figure, tile.unit, tile.note, label=tile.label)
        self.stopped.show_trouble(view.trouble)
        self.kept.show_kept(view.kept)
        self.tools.file_name = view.title
        self._show_metric()
        self._show_matrix(view)
        self.rows.show_rows(view.report, view.first_report, task=view.task)
        self.classes.show_classes(view.report, view.noun, view.first_report)
        self.answers.show_answers(view.report, view.first_report)
        self.sample.show_samples(view.samples)
        self.scatter.show_picture(presenter_run.scatter(view.report, view.first_report))
        if "classes" in self.cards and self._size_class == "S":
            self.parts.set_words("classes", f"By {view.noun}")

    def _show_matrix(self, view: RunView) -> None:
        report = view.report
        matrix = Matrix(report.labels, report.confusion, view.noun) if report is not None else Matrix()
        if matrix != self.matrix.matrix.matrix or report is None:
            self.matrix.show_matrix(matrix)
        if report is None:
            self.matrix.words.setText(view.first_report)

    def show_task(self, task: str) -> None:
        """Lay out for what a task measures."""
        self._task = task if task in PARTS else "classify"
        self.segments.set_entries(list(curves.METRICS[self._task]))
        self.segments.set_current(self.segments.current() or "loss")
        self.fit(self._size_class)

    def _show_metric(self) -> None:
        if self._model is None or self._view is None:
            return
        metrics = dict(curves.METRICS[self._task])
        metric, view = self.segments.current(), self._view
        metric = metric if metric in metrics else "loss"
        self.plot.setAccessibleName(metrics[metric])
        picture = curves.picture(
            self._model, self._task, metric, live=view.live, empty=view.waiting, unusual=view.unusual
        )
        self.plot.show_picture(picture)

    def _open_cell(self, true: str, predicted: str) -> None:
        self._show_cell((true, predicted))
        if self._size_class == "S":
            self.parts.set_current("rows")
        self.rows.table.setFocus()

    def _show_cell(self, cell: tuple[str, str] | None) -> None:
        self.rows.show_cell(cell)

    # -- layout by size class

    def fit(self, size_class: str) -> None:
        """Lay the same cards out for a size of window."""
        self._size_class = size_class
        small = size_class == "S"
        px = self.session.theme.px
        self.tiles.set_compact(small)
        self.tools.set_smoothing_visible(size_class == "X")
        for key, name in curves.METRICS[self._task]:
            self.segments.set_words(key, SHORT.get(key, name) if small else name)
        beside, below = PARTS[self._task]
        self._place(() if small else beside, (*beside, *below) if small else below)
        curve, tables = HEIGHTS[size_class]
        self.upper.setMinimumHeight(px(curve))
        self.below.setMinimumHeight(px(STACKED if small and "answers" in below else tables))
        self.answers.set_stacked(small)
        self._show_parts()

    def _place(self, beside: tuple[str, ...], below: tuple[str, ...]) -> None:
        for key, card in self.cards.items():
            card.setVisible(key in (*beside, *below))
        for key in beside:
            self.upper_row.addWidget(self.cards[key], RIGHT)
        for at, key in enumerate(below):
            self.below_row.addWidget(self.cards[key], LEFT if at == 0 else RIGHT)
        tabbed = self._size_class == "S" and len(below) > 1
        noun = self._view.noun if self._view is not None else "label"
        titles = {"matrix": "Confusion", "rows": "Rows", "classes": f"By {noun}", "scatter": "True and predicted"}
        self.parts.set_entries([(key, titles.get(key, key.capitalize())) for key in below] if tabbed else [])
        self.parts.setVisible(tabbed)

    def _show_parts(self) -> None:
        """In small windows one of the cards below the curve."""
        if not self.parts.isVisibleTo(self):
            return
        _, below = PARTS[self._task]
        beside, _ = PARTS[self._task]
        shown = self.parts.current() or below[0]
        for key in (*beside, *below):
            self.cards[key].setVisible(key == shown)


class _Band(QWidget):
    """Cards side by side, as high as there is room: what is in them scrolls before the page does."""

    def hasHeightForWidth(self) -> bool:
        """Wrapped words inside do not decide."""
        return False

    def sizeHint(self) -> QSize:
        """The least height."""
        return QSize(super().sizeHint().width(), self.minimumHeight())


def _share(widget: QWidget) -> None:
    """Let the layout decide about its width."""
    widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
