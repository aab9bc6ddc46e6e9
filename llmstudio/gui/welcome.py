"""The first page: what happens here, one button that does it all with the bundled stories, and three other ways in."""

import os
import shutil
from pathlib import Path

import psutil
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.gui import icons
from llmstudio.gui.machineprobe import MachineProbe
from llmstudio.gui.session import Session
from llmstudio.gui.tour import Tour
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.choicecard import ChoiceCard
from llmstudio.gui.widgets.roadcards import STEPS, Road
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.text import ElidedLabel, Label, Paragraph
from llmstudio.store import machine

WIDE = 968
SMALL = 800
BUSY = 0.3
"""From this share of the cores on, taken by other programs while the machine was tested, it is tested again."""
CENTRE = Qt.AlignmentFlag.AlignHCenter


class WelcomePage(QWidget):
    """Shown until something exists; later under Help."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session, self.theme = session, session.theme
        self.setObjectName("welcome")
        self.title = Label("Build a language model from your own text", "display", wrap=True)
        self.line = Label("Everything happens on this machine. Nothing is sent anywhere.", "read", "muted", wrap=True)
        self.road = Road(self.theme)
        self.road_words = Paragraph("  ›  ".join(title for _, title, _ in STEPS), "section", "muted")
        self.build = Button(
            "Build my first model", "welcome", icon="play", theme=self.theme, run=self.begin, name="welcome.build"
        )
        self.promise = Label("", "body", "muted", wrap=True)
        self.own_text = ChoiceCard(
            self.theme,
            "import",
            "Bring my own text",
            "Text, tables, web pages or archives. Drop them anywhere on this window.",
        )
        self.open_model = ChoiceCard(
            self.theme, "models", "Open a model", "The models kept in this workspace, with what each was made from."
        )
        self.open_workspace = ChoiceCard(
            self.theme,
            "folder",
            "Open a workspace",
            "Continue with datasets, models and runs that are already on this machine.",
        )
        self.machine = MachineCard(session)
        self.manual = Button("Open the manual", "link", run=lambda: session.go("manual"), name="welcome.manual")
        self._lay_out()
        self._connect()
        self._promise()

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.area = ScrollPage(gap=0)
        outer.addWidget(self.area)
        column = QVBoxLayout()
        column.setSpacing(0)
        self.build.setFixedWidth(self.theme.px(272))
        for label in (self.title, self.line, self.promise):
            label.setAlignment(CENTRE)
        self.road_words.set_alignment(CENTRE)
        self.cards = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.cards.setSpacing(16)
        for card in (self.own_text, self.open_model, self.open_workspace):
            self.cards.addWidget(card, 1)
        for part, gap in (
            (self.title, 8), (self.line, 28), (self.road, 0), (self.road_words, 40), (self.build, 10),
            (self.promise, 28), (self.cards, 24), (self.machine, 8), (self.manual, 0),
        ):  # fmt: skip
            if isinstance(part, QBoxLayout):
                column.addLayout(part)
            else:
                column.addWidget(part, 0, CENTRE if part in (self.build, self.manual) else Qt.AlignmentFlag(0))
            column.addSpacing(self.theme.px(gap))
        holder = QWidget()
        holder.setLayout(column)
        column.setContentsMargins(0, 0, 0, 0)
        holder.setMaximumWidth(self.theme.px(WIDE))
        centred = QHBoxLayout()
        centred.addStretch(1)
        centred.addWidget(holder, 1000)
        centred.addStretch(1)
        self.area.body.addStretch(2)
        self.area.body.addSpacing(24)
        self.area.body.addLayout(centred)
        self.area.body.addStretch(3)

    def _connect(self) -> None:
        self.own_text.clicked.connect(lambda: self.session.go("data", action="import"))
        self.open_model.clicked.connect(lambda: self.session.go("models"))
        self.open_workspace.clicked.connect(self.choose_workspace)
        self.machine.change_requested.connect(self.choose_workspace)

    # -- what it does

    def begin(self) -> None:
        """Start the quick start and walk through the tabs with it."""
        Tour.begin(self.session)

    def primary(self) -> None:
        """Ctrl+Enter: press the one button."""
        self.build.animateClick()

    def choose_workspace(self) -> None:
        """Ask for another workspace."""
        folder = self.session.dialogs.open_folder("Open a workspace", self.session.workspace.root.parent)
        if folder is not None and folder != self.session.workspace.root:
            self.session.workspace_requested.emit(folder)

    # -- showing

    def showEvent(self, event: QShowEvent) -> None:
        """The keyboard starts at the one button; the machine line fills while the probe runs."""
        super().showEvent(event)
        QTimer.singleShot(0, self, lambda: self.build.setFocus(Qt.FocusReason.TabFocusReason))
        self.machine.look()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Small windows: words instead of pictures, cards below one another."""
        super().resizeEvent(event)
        narrow = self.width() < self.theme.px(SMALL)
        low = self.height() < self.theme.px(560)
        self.road.setVisible(not narrow and not low)
        self.road_words.setVisible(narrow or low)
        self.cards.setDirection(
            QBoxLayout.Direction.TopToBottom if self.width() < self.theme.px(680) else QBoxLayout.Direction.LeftToRight
        )
        self.machine.stack(narrow)
        self._fit_cards()
        self.title.set_style("figure" if narrow or low else "display")

    def _fit_cards(self) -> None:
        """All three as high as the one with the most words."""
        wide = min(self.width() - 48, self.theme.px(WIDE))
        across = self.cards.direction() == QBoxLayout.Direction.LeftToRight
        each = (wide - 32) // 3 if across else wide
        cards = (self.own_text, self.open_model, self.open_workspace)
        high = max(card.heightForWidth(each) for card in cards)
        for card in cards:
            card.setFixedHeight(high)

    def _promise(self) -> None:
        locked = self.session.read_only
        self.build.setEnabled(not locked)
        words = "Uses a bundled set of small stories. About three minutes, no network."
        self.promise.setText("Another window has this workspace; close it to build here." if locked else words)


class MachineCard(Card):
    """Machine, precision and workspace in one line."""

    def __init__(self, session: Session) -> None:
        super().__init__(padding=20)
        self.session, self.theme = session, session.theme
        self.probe = MachineProbe(session, self)
        self.probe.changed.connect(self._show)
        self._asked = False
        self.change = Button("Change", "link")
        self.change_requested = self.change.clicked
        self.machine, machine_box = self._item("chip", "This machine")
        self.precision, precision_box = self._item("precision", "Precision")
        self.workspace, workspace_box = self._item("folder", "Workspace", self.change)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(self.theme.px(24))
        for box, stretch in ((machine_box, 12), (precision_box, 8), (workspace_box, 10)):
            self._row.addLayout(box, stretch)
        self.body.addLayout(self._row)

    def _item(self, icon: str, title: str, extra: QWidget | None = None) -> tuple[ElidedLabel, QHBoxLayout]:
        mark = Label()
        mark.setPixmap(icons.pixmap(icon, "muted", 18, theme=self.theme, ratio=self.devicePixelRatioF()))
        value = ElidedLabel()
        row, column, line = QHBoxLayout(), QVBoxLayout(), QHBoxLayout()
        row.setSpacing(12)
        column.setSpacing(0)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(Label(title, "caption", "muted"))
        line.addStrut(self.theme.px(28))  # as high as the link beside one of them
        line.addWidget(value, 0 if extra else 1)
        if extra is not None:
            extra.setFixedHeight(self.theme.px(28))
            line.addWidget(extra)
            line.addStretch(1)
        column.addLayout(line)
        column.addStretch(1)
        row.addLayout(column, 1)
        return value, row

    def stack(self, narrow: bool) -> None:
        """Below one another in narrow windows."""
        down, right = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._row.setDirection(down if narrow else right)

    def look(self) -> None:
        """Say what is known, and probe the machine if that was never done, or only beside busy programs."""
        self._show()
        known = machine.load()
        busy = known is not None and float(known.get("busy", 0)) > BUSY and not self._asked
        if (known is None or busy) and not self.probe.failure:
            self._asked = self._asked or busy
            self.probe.begin()

    def _show(self) -> None:
        facts = machine.load() or {}
        self.machine.setText(describe_machine(facts))
        self.precision.setText(describe_precision(facts, probing=self.probe.running))
        self.workspace.setText(describe_workspace(self.session.workspace.root))


def describe_machine(facts: dict[str, object]) -> str:
    """As in "8 cores, 16 GB memory, no graphics card"."""
    cores = units.plural(os.cpu_count() or 1, "core")
    total = psutil.virtual_memory().total  # type: ignore[no-untyped-call]
    memory = f"{total / 1e9:.0f} GB memory"
    device = str(facts.get("device", "cpu"))
    name = str(facts.get("device_name", "")) or "a graphics card"
    return f"{cores}, {memory}, {'no graphics card' if device == 'cpu' else name}"


def describe_precision(facts: dict[str, object], *, probing: bool) -> str:
    """As in "bf16, chosen by a short test"."""
    precision = str(facts.get("precision", ""))
    if precision:
        return f"{precision}, chosen by a short test"
    return "A short test is running" if probing else "Tested before the first training"


def describe_workspace(root: Path) -> str:
    """As in "~/LLM Studio, 212 GB free"."""
    try:
        name = "~/" + root.relative_to(Path.home()).as_posix()
    except ValueError:
        name = str(root)
    return f"{name}, {units.size(shutil.disk_usage(root).free)} free"
