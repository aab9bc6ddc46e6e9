"""The controls beside a plot: logarithmic axis, smoothing, and what can be taken out of it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QMenu, QSlider, QTableView, QWidget

from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets import plotexport
from llmstudio.gui.widgets.button import icon_button
from llmstudio.gui.widgets.lossplot import LossPlot
from llmstudio.gui.widgets.plotdata import Picture
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.gui.widgets.text import Label

NOTCHES = 20
MOST_ROWS = 2**24  # what a table view can number
FORMATS = (("PNG picture", "png"), ("SVG drawing", "svg"), ("CSV table", "csv"))
MODEL_INDEX = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


def weight_of(notch: int) -> float:
    """The smoothing of a notch: 0 none, 10 about 10 readings, 20 about 100 (weight 1 - 10 ** -(n / 10))."""
    return 0.0 if notch <= 0 else float(1 - 10 ** (-notch / 10))


class PlotTools(QWidget):
    """Log, smoothing, export and more for one plot. `name` begins the names of exported files."""

    def __init__(self, session: Session, plot: LossPlot, *, smoothing: bool = True) -> None:
        super().__init__()
        self.session = session
        self.plot = plot
        self.file_name = "plot"
        theme: Theme = session.theme
        self.log = QCheckBox("Log")
        self.log.setAccessibleName("Logarithmic values")
        self.log.setToolTip("Logarithmic values")
        self.log.toggled.connect(lambda on: plot.set_log(y=on))
        self.words = Label("Smoothing", "caption", "muted")
        self.slider = _slider(theme)
        self.words.setBuddy(self.slider)
        self.slider.valueChanged.connect(lambda notch: plot.set_smoothing(weight_of(notch)))
        self.export_button = icon_button(theme, "export", "Export this plot", name="plot.export_button")
        self.more_button = icon_button(theme, "more", "More for this plot", name="plot.more_button")
        self._menus()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        for widget in (self.log, self.words, self.slider, self.export_button, self.more_button):
            row.addWidget(widget)
        self.set_smoothing_visible(smoothing)
        plot.set_smoothing(weight_of(self.slider.value()))

    def set_smoothing_visible(self, visible: bool) -> None:
        """Whether the slider is offered (not where nothing is smoothed, nor in small windows)."""
        self.words.setVisible(visible)
        self.slider.setVisible(visible)

    def _menus(self) -> None:
        export = QMenu(self)
        for title, kind in FORMATS:
            _act(export, title, partial(self.export, kind))
        export.addSeparator()
        _act(export, "Copy as a picture", self.copy)
        _act(export, "Copy the numbers", self.copy_numbers)
        self.export_button.setMenu(export)
        more = QMenu(self)
        steps = _act(more, "Logarithmic steps", lambda: None)
        steps.setCheckable(True)
        steps.toggled.connect(lambda on: self.plot.set_log(x=on))
        _act(more, "Show everything", self.plot.follow)
        _act(more, "Show as a table", self.show_table)
        dark = _act(more, "Export in the theme of the window", lambda: None)
        dark.setCheckable(True)
        self._as_seen = dark
        self.more_button.setMenu(more)

    def _theme(self) -> Theme:
        return self.session.theme if self._as_seen.isChecked() else plotexport.light_theme()

    def export(self, kind: str) -> None:
        """Ask where to, and write the plot as "png", "svg" or "csv"."""
        title = next(words for words, ending in FORMATS if ending == kind)
        path = self.session.dialogs.save_file(f"Export {title}", f"{self.file_name}.{kind}", f"{title} (*.{kind})")
        if path is None:
            return
        path = path if path.suffix.lower() == f".{kind}" else Path(f"{path}.{kind}")
        if kind == "csv":  # a million lines are no work for the window's own thread
            self.session.background.run(
                plotexport.save_numbers,
                path,
                self.plot.picture,
                done=lambda _none: self._tell(path),
                failed=lambda error: self._tell(path, error),
                owner=self,
            )
            return
        try:
            plotexport.save(path, self.plot.picture, plotexport.view_of(self.plot), self._theme())
        except (OSError, UserError) as error:
            self._tell(path, error)
        else:
            self._tell(path)

    def _tell(self, path: Path, error: Exception | None = None) -> None:
        if error is not None:
            self.session.notices.error(error, f"Exporting {path.name}")
        else:
            self.session.notices.toast(f"Exported {path.name}")

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        view = plotexport.view_of(self.plot)
        QGuiApplication.clipboard().setImage(plotexport.image(self.plot.picture, view, self._theme()))
        self.session.notices.toast("Copied the plot as a picture")

    def copy_numbers(self) -> None:
        """Put the table on the clipboard, tab separated."""
        self.session.background.run(plotexport.csv_text, self.plot.picture, done=self._take_numbers, owner=self)

    def _take_numbers(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text.replace(",", "\t"))
        self.session.notices.toast("Copied the numbers")

    def show_table(self) -> None:
        """Show every value in a table that a keyboard and a screen reader can walk."""
        sheet = Sheet(self.session.theme, "Values of the plot", size=QSize(640, 520))
        view = QTableView()
        view.setModel(Numbers(self.plot.picture, view))
        view.setAccessibleName("Values of the plot")
        view.verticalHeader().hide()
        view.setShowGrid(False)
        view.horizontalHeader().setStretchLastSection(True)
        sheet.add(view, 1)
        sheet.add_button("Copy", "second", self.copy_numbers, icon="copy")
        sheet.add_button("Close", "primary")
        self.session.dialogs.sheet(sheet)


def _act(menu: QMenu, title: str, run: Callable[[], object]) -> QAction:
    action = QAction(title, menu)
    action.triggered.connect(lambda _checked=False: run())
    menu.addAction(action)
    return action


def _slider(theme: Theme) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, NOTCHES)
    slider.setValue(12)
    slider.setPageStep(4)
    slider.setFixedWidth(theme.px(88))
    slider.setAccessibleName("Smoothing")
    slider.setToolTip("How many readings the line is averaged over")
    return slider


class Numbers(QAbstractTableModel):
    """The values of a picture, one row per step."""

    def __init__(self, picture: Picture, parent: QWidget) -> None:
        super().__init__(parent)
        self._values = plotexport.table(picture)
        self._decimals = picture.decimals

    def rowCount(self, parent: MODEL_INDEX = NOWHERE) -> int:
        """As many as there are steps."""
        return 0 if parent.isValid() else min(len(self._values), MOST_ROWS)

    def columnCount(self, parent: MODEL_INDEX = NOWHERE) -> int:
        """The step and each curve."""
        return len(self._values.names)

    def data(self, index: MODEL_INDEX, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A number as people read it."""
        if role == Qt.ItemDataRole.DisplayRole:
            return plotexport.cell(self._values.value(index.row(), index.column()), index.column(), self._decimals)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The names of the curves."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._values.names[section]
        return None
