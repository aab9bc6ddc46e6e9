"""During and after a training: tiles, curve, trouble, sample and events, laid out for each size of window."""

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.train import curves
from llmstudio.gui.tabs.train.eventlist import EventList
from llmstudio.gui.tabs.train.presenter_run import RunView
from llmstudio.gui.tabs.train.summarycard import DoctorList, SummaryCard
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.chip import Chip
from llmstudio.gui.widgets.facts import Facts
from llmstudio.gui.widgets.lossplot import LossPlot
from llmstudio.gui.widgets.plottools import PlotTools
from llmstudio.gui.widgets.samplecard import SampleCard
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.segmented import PageTabs, Segmented
from llmstudio.gui.widgets.sparkline import Sparkline
from llmstudio.gui.widgets.tiles import Tiles
from llmstudio.gui.widgets.troublearea import TroubleArea

TILES = (("val_loss", "Validation loss"), ("bits", "Bits per byte"), ("speed", "Speed"), ("time", "Time left"))
PART_NAMES = {"sample": "Sample", "events": "Events", "doctor": "Doctor", "settings": "Settings"}
RING = 4  # room for the focus ring around a card
SHORT = {"learning_rate": "Rate"}


class RunWatch(QWidget):
    """Renders a `RunView`; `acted` carries the `Act` a person chose."""

    acted = Signal(object)
    settings_requested = Signal()
    model_requested = Signal()

    def __init__(self, session: Session, status: Chip, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        theme = session.theme
        self._model: RunModel | None = None
        self._view: RunView | None = None
        self._pages: dict[str, QWidget] = {}
        self._size_class = "L"
        self.summary = SummaryCard(theme, status)
        self.tiles = Tiles(TILES)
        self.spark = Sparkline(theme)
        self.spark.pin(self.tiles["val_loss"])
        self.stopped = TroubleArea(theme, name="train.trouble")
        self.paused, self.trouble = self.stopped.banner, self.stopped.card
        self.plot = LossPlot(theme, "Loss")
        self.tools = PlotTools(session, self.plot)
        self.segments = Segmented(theme, list(curves.METRICS), "Figure shown")
        self.sample = SampleCard(theme)
        self.events = EventList(theme)
        self.parts = PageTabs(theme, list(PART_NAMES.items()))
        self._build()
        self._connect()
        self.fit("L")

    def _build(self) -> None:
        px = self.session.theme.px
        self.plot_card = Card(spacing=4)
        head = QHBoxLayout()
        head.addWidget(self.segments)
        head.addStretch(1)
        head.addWidget(self.tools)
        self.plot_card.add(head)
        self.plot_card.add(self.plot, 1)
        self.plot_card.setMinimumHeight(px(292))
        self.events_card = Card("Events")
        self.events_card.add(self.events, 1)
        self.doctor, self.facts = DoctorList(self.session.theme), Facts()
        self.doctor_page, self.settings_page = Card(), Card()
        self.doctor_page.add(self.doctor, 1)
        self.settings_page.add(self.facts)
        self.settings_page.body.addStretch(1)
        self._build_frame()

    def _build_frame(self) -> None:
        """Columns and slots that stay; the cards move between the slots."""
        gap = self.session.theme.px(16)
        self.area = ScrollPage(margin=0)
        page = QWidget()
        columns = QHBoxLayout(page)
        self.main, self.side, self.below = QWidget(), QWidget(), QWidget()
        self.main_slot, self.side_slot = QVBoxLayout(self.main), QVBoxLayout(self.side)
        self.below_slot = QHBoxLayout(self.below)
        self.tabbed = QWidget()
        self.tab_slot = QVBoxLayout(self.tabbed)
        for layout in (columns, self.main_slot, self.side_slot, self.below_slot, self.tab_slot):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(gap)
        self.tab_slot.setSpacing(gap // 2)
        self.tab_slot.addWidget(self.parts)
        for part in (self.summary, self.main, self.side):
            columns.addWidget(part)
        columns.setStretch(1, 1)
        for part in (self.tiles, self.stopped, self.plot_card, self.below):
            self.main_slot.addWidget(part, 1 if part is self.plot_card else 0)
        self.area.body.setContentsMargins(RING, RING, RING, RING)
        self.area.add(page, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.area)

    def _connect(self) -> None:
        self.stopped.acted.connect(self.acted)
        self.segments.chosen.connect(lambda _key: self._show_metric())
        self.parts.chosen.connect(self._show_part)
        self.plot.stepped.connect(self.sample.show_near)
        self.summary.settings_requested.connect(self.settings_requested)
        self.summary.model_requested.connect(self.model_requested)
        self.doctor.model_requested.connect(self.model_requested)

    # -- what is shown

    def show_view(self, model: RunModel, view: RunView) -> None:
        """Show a run."""
        self._model, self._view = model, view
        self.summary.show_view(view)
        for key, tile in view.tiles.items():
            unit = tile.unit.replace("tokens/s", "tok/s") if self._size_class == "S" else tile.unit
            self.tiles[key].show_figure(tile.figure, unit, tile.note, label=tile.label)
        self.spark.show_points(curves.sparkline(model))
        self.stopped.show_trouble(view.trouble)
        self._show_below()
        self.tools.file_name = view.title
        self._show_metric()
        self.sample.show_samples(view.samples)
        self.events.show_lines(view.events)
        self.doctor.show_view(view)
        self.facts.show_groups(view.summary)

    def _show_metric(self) -> None:
        if self._model is None or self._view is None:
            return
        metric, view = self.segments.current() or "loss", self._view
        self.plot.setAccessibleName(dict(curves.METRICS)[metric])
        picture = curves.picture(self._model, metric, live=view.live, empty=view.waiting, unusual=view.unusual)
        self.plot.show_picture(picture)

    # -- layout by size class

    def fit(self, size_class: str) -> None:
        """Lay the same parts out for a size of window."""
        large, small = size_class in ("L", "X"), size_class == "S"
        self.tiles.set_compact(small)
        self.spark.setVisible(large)
        self.tools.set_smoothing_visible(large)
        for key, words in curves.METRICS:
            self.segments.set_words(key, SHORT.get(key, words) if small else words)
        self.side.setFixedWidth(self.session.theme.px(400))
        self.summary.setFixedWidth(self.session.theme.px(232))
        self.summary.setVisible(large)
        self.side.setVisible(size_class == "X")
        self._size_class = size_class
        self._show_below()
        self.tabbed.setVisible(not large)
        self.plot_card.setMinimumHeight(self.session.theme.px(252 if small else 292))
        self.below.setFixedHeight(self.session.theme.px(192 if large else 248))
        self._place(size_class)

    def _show_below(self) -> None:
        """Sample and events leave their room to the curve while something is wrong."""
        wrong = self._size_class == "L" and not self.trouble.isHidden()
        self.below.setVisible(self._size_class != "X" and not wrong)

    def _place(self, size_class: str) -> None:
        self.events_card.set_title("Events" if size_class in ("L", "X") else "")
        tabs: list[str] = {"S": [*PART_NAMES], "M": [*PART_NAMES][1:]}.get(size_class, [])
        if size_class == "X":
            self.side_slot.addWidget(self.sample, 1)
            self.side_slot.addWidget(self.events_card, 1)
        elif size_class == "L":
            self._beside(self.sample, 3)
            self._beside(self.events_card, 2)
        elif size_class == "M":
            self._beside(self.sample, 1)
        pages = {
            "sample": self.sample,
            "events": self.events_card,
            "doctor": self.doctor_page,
            "settings": self.settings_page,
        }
        self._pages = {key: pages[key] for key in tabs}
        for page in self._pages.values():
            self.tab_slot.addWidget(page, 1)
        for page in set(pages.values()) - set(self._pages.values()):
            page.setVisible(page in (self.sample, self.events_card))
        if tabs:
            self._beside(self.tabbed, 1)
            self.parts.set_entries([(key, PART_NAMES[key]) for key in tabs])
            self._show_part(self.parts.current() or tabs[0])

    def _beside(self, widget: QWidget, share: int) -> None:
        widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.below_slot.addWidget(widget, share)

    def _show_part(self, key: str) -> None:
        for name, page in self._pages.items():
            page.setVisible(name == key)


def now() -> datetime:
    """The time here."""
    return datetime.now().astimezone()
