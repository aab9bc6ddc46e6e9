"""The page of one model: name and actions, lineage, figures, facts, files with their check, and what it writes."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QScrollArea, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.gui import icons
from llmstudio.gui.tabs.models.facts import Detail
from llmstudio.gui.tabs.models.presenter import Soundness, State
from llmstudio.gui.templates import OFF
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.banner import Banner
from llmstudio.gui.widgets.button import Button, icon_button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.chip import Chip
from llmstudio.gui.widgets.fixit import FixIt, Remedy
from llmstudio.gui.widgets.lineage import Lineage, Station
from llmstudio.gui.widgets.text import ElidedLabel, Label, Paragraph

NARROW = 560
TEMPLATE = "Read its chat template"


class DetailCard(Card):
    """Shows the detail of a state; its signals are requests."""

    write_requested = Signal()
    tune_requested = Signal()
    export_requested = Signal()
    evaluate_requested = Signal()
    serve_requested = Signal()
    rename_requested = Signal()
    copy_requested = Signal()
    trash_requested = Signal()
    check_requested = Signal()
    template_requested = Signal()
    followed = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__(padding=0, spacing=0)
        self._theme = theme
        self._detail: Detail | None = None
        self.name = ElidedLabel("", "title")
        self.export = Button("Export", "quiet", icon="export", theme=theme, run=self.export_requested.emit)
        self.tune = Button("Fine-tune", "second", icon="finetune", theme=theme, run=self.tune_requested.emit)
        self.write = Button("Write with it", "second", icon="playground", theme=theme, run=self.write_requested.emit)
        self.more = icon_button(theme, "more", "More about this model", self._open_menu, name="models.more")
        self.menu = self._make_menu()
        self.chips = QHBoxLayout()
        self.lineage = Lineage(theme)
        self.lineage.followed.connect(self.followed)
        self.figures = QGridLayout()
        self.figures.setHorizontalSpacing(theme.px(16))
        self.facts = QGridLayout()
        self.files = QGridLayout()
        self.mark = QLabel()
        self.verdict = ElidedLabel("", "caption", "muted")
        self.check = Button("Check again", "link", run=self.check_requested.emit)
        self.trouble = FixIt(theme)
        self.template = Banner(theme)
        self.template.action_requested.connect(self.template_requested)
        self.sample = Paragraph("", "read")
        self._lay_out()

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        for words, icon, signal in (
            ("Export", "export", self.export_requested),
            ("Fine-tune", "finetune", self.tune_requested),
            ("Evaluate", "evaluate", self.evaluate_requested),
            ("Serve", "server", self.serve_requested),
            ("Rename", "edit", self.rename_requested),
            ("Make a copy", "copy", self.copy_requested),
            ("Check the files", "check", self.check_requested),
            (TEMPLATE, "text", self.template_requested),
            ("Move to the trash", "trash", self.trash_requested),
        ):
            action = menu.addAction(icons.icon(icon, "muted", 16, theme=self._theme), words)
            action.triggered.connect(lambda _checked=False, wanted=signal: wanted.emit())
        return menu

    def _open_menu(self) -> None:
        self.menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    # -- construction

    def _lay_out(self) -> None:
        px = self._theme.px
        inside = QWidget()
        inside.setProperty("ground", "none")
        column = QVBoxLayout(inside)
        column.setContentsMargins(px(23), px(19), px(23), px(23))
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(8)
        heads: tuple[QWidget, ...] = (self.export, self.tune, self.write)
        head.addWidget(self.name, 1)
        for widget in heads:
            head.addWidget(widget)
        self.chips.setSpacing(8)
        below = QHBoxLayout()
        below.addLayout(self.chips, 1)
        below.addWidget(self.more)
        self._two = QGridLayout()
        self._two.setHorizontalSpacing(px(32))
        self._two.setVerticalSpacing(px(16))
        self._sample_line = line()
        parts: tuple[object, ...] = (
            head, px(4), below, px(12), self.trouble, self.template, px(12), _heading("Where it comes from"), px(8),
            self.lineage, px(24), self.figures, px(20), line(), px(12), self._two, px(16), self._sample_line, px(12),
        )  # fmt: skip
        for part in parts:
            _put(column, part)
        self._sample_title = _heading("What it writes")
        last: tuple[object, ...] = (self._sample_title, px(4), self.sample)
        for part in last:
            _put(column, part)
        column.addStretch(1)
        self._model, self._files = self._block("Model", self.facts), self._block("Files", self.files)
        verdict = QHBoxLayout()
        verdict.setSpacing(6)
        checked: tuple[tuple[QWidget, int], ...] = ((self.mark, 0), (self.verdict, 1), (self.check, 0))
        for item, share in checked:
            verdict.addWidget(item, share)
        self._files.addLayout(verdict)
        self._files.addStretch(1)
        self._model.addStretch(1)
        self._arrange(wide=True)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self.add(area, 1)

    def _block(self, title: str, grid: QGridLayout) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(self._theme.px(8))
        grid.setVerticalSpacing(self._theme.px(8))
        grid.setColumnStretch(1, 1)
        column.addWidget(_heading(title))
        column.addLayout(grid)
        return column

    def _arrange(self, *, wide: bool) -> None:
        for block in (self._model, self._files):
            self._two.removeItem(block)
        self._two.addLayout(self._model, 0, 0)
        self._two.addLayout(self._files, 0 if wide else 1, 1 if wide else 0)
        self._two.setColumnStretch(0, 1)
        self._two.setColumnStretch(1, 1 if wide else 0)

    def fit(self, size_class: str) -> None:
        """Where the name needs the room, Export, then Fine-tune too, are in the menu only."""
        hidden = {"S": (self.export, self.tune), "M": (self.export,)}.get(size_class, ())
        for button in (self.export, self.tune):
            button.setVisible(button not in hidden)
        for action in self.menu.actions():
            if action.text() in (self.export.text(), self.tune.text()):
                action.setVisible(action.text() in [button.text() for button in hidden])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow, the files come below the facts."""
        super().resizeEvent(event)
        self._arrange(wide=self.width() >= self._theme.px(NARROW))

    # -- rendering

    def render_state(self, state: State) -> None:
        """Show a state; asking twice changes nothing."""
        detail = state.detail
        if detail is not None and detail != self._detail:
            self._detail = detail
            self._show(detail)
        for action in self.menu.actions():
            action.setEnabled(not state.read_only or action.text() in ("Check the files", TEMPLATE))
        sound = detail is not None and not state.read_only and state.soundness.state != "damaged"
        for button in (self.write, self.tune, self.export):
            button.setEnabled(sound)
        self._judge(state.soundness)

    def _show(self, detail: Detail) -> None:
        self.name.setText(detail.title)
        self._show_chips(detail)
        self._show_template(detail)
        self.lineage.show_stations([Station(s.icon, s.title, s.note, bool(s.tab)) for s in detail.lineage])
        self._show_figures(detail)
        _fill(self.facts, [(Label(name, "caption", "muted"), _value(value)) for name, value in detail.facts])
        sizes = [(ElidedLabel(n, "mono"), _right(units.size(size))) for n, size in detail.files]
        _fill(self.files, sizes)
        self._sample_title.setVisible(bool(detail.sample))
        self.sample.setVisible(bool(detail.sample))
        self._sample_line.setVisible(bool(detail.sample))
        self.sample.setText(excerpt(f"{detail.prompt}{detail.sample}"))

    def _show_chips(self, detail: Detail) -> None:
        while (item := self.chips.takeAt(0)) is not None:
            _drop(item.widget())
        for words, tone in detail.chips:
            self.chips.addWidget(Chip(self._theme, words, tone))
        self.chips.addStretch(1)

    def _show_template(self, detail: Detail) -> None:
        self.template.setVisible(bool(detail.template_off))
        if detail.template_off:
            self.template.show_state(OFF.format(detail.template_off), action="Read it")
        for action in self.menu.actions():
            if action.text() == TEMPLATE:
                action.setVisible(detail.has_template)

    def _show_figures(self, detail: Detail) -> None:
        while (item := self.figures.takeAt(0)) is not None:
            _drop(item.widget())
        for column, figure in enumerate(detail.figures):
            value = Label(figure.value, "figure")
            value.setAccessibleName(f"{figure.label}: {figure.value} {figure.unit}".strip())
            unit = Label(figure.unit, "body", "muted")
            pair = QHBoxLayout()
            pair.setSpacing(8)
            pair.addWidget(value)
            pair.addWidget(unit, 1, Qt.AlignmentFlag.AlignBottom)
            holder = QWidget()
            holder.setLayout(pair)
            pair.setContentsMargins(0, 0, 0, 0)
            self.figures.addWidget(Label(figure.label, "caption", "muted"), 0, column)
            self.figures.addWidget(holder, 1, column)
            self.figures.setColumnStretch(column, 1)

    def _judge(self, soundness: Soundness) -> None:
        damaged, sound = soundness.state == "damaged", soundness.state == "sound"
        words = {
            "": "Not checked since the program started",
            "checking": "Comparing every file with its hash",
            "sound": "Every file matches its hash",
            "damaged": "Files do not match their hashes",
        }[soundness.state]
        self.verdict.setText(words)
        self.mark.setVisible(damaged or sound)
        role = "danger" if damaged else "positive"
        icon = "warning" if damaged else "check"
        ratio = self.devicePixelRatioF()
        self.mark.setPixmap(icons.pixmap(icon, role, 16, theme=self._theme, ratio=ratio))
        self.check.setText("Check again" if damaged or sound else "Check now")
        self.check.setEnabled(soundness.state != "checking")
        if not damaged:
            self.trouble.hide()
            return
        self.trouble.show_trouble(
            "This model is damaged",
            f"{' '.join(soundness.faults[:3])} It cannot be trusted to write. Train it again, or bring back a copy.",
            [Remedy("Check again", self.check_requested.emit), Remedy("Move to the trash", self.trash_requested.emit)],
            details="\n".join(soundness.faults),
            focus=False,
        )


def excerpt(text: str, limit: int = 480) -> str:
    """The beginning of a text, without empty lines, ended at a word."""
    lines = "\n".join(part.strip() for part in text.strip().splitlines() if part.strip())
    if len(lines) <= limit:
        return lines
    return lines[:limit].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def _heading(words: str) -> Label:
    return Label(words, "caption-strong", "muted")


def _value(words: str) -> ElidedLabel:
    label = ElidedLabel(words, "caption-strong")
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label


def _right(words: str) -> Label:
    label = Label(words, "caption", "muted")
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label


def _put(column: QVBoxLayout, part: object) -> None:
    if isinstance(part, int):
        column.addSpacing(part)
    elif isinstance(part, QWidget):
        column.addWidget(part)
    else:
        column.addLayout(part)  # type: ignore[arg-type]


def _fill(grid: QGridLayout, rows: Sequence[tuple[Label, Label]]) -> None:
    while (item := grid.takeAt(0)) is not None:
        _drop(item.widget())
    for at, (name, value) in enumerate(rows):
        grid.addWidget(name, at, 0)
        grid.addWidget(value, at, 1)


def _drop(widget: QWidget | None) -> None:
    if widget is not None:
        widget.hide()
        widget.deleteLater()
