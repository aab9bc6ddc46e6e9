"""Where the keyboard is: when what had it is no longer there, and in which order Tab goes through a window."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QScrollArea, QStackedWidget, QWidget

from llmstudio.gui.widgets.popover import Popover

MOST = 20_000  # widgets of one window
TAB = Qt.FocusPolicy.TabFocus.value


def left_to(page: QWidget | None) -> bool:
    """Give the keyboard to `page` if what had it in its window was hidden or switched off; whether that was so.

    Qt would hand it to the next widget of the window: a ring would light up at an entry that nobody chose.
    """
    had = QApplication.focusWidget()
    if page is None or had is None or had.window() is not page.window() or (had.isVisible() and had.isEnabled()):
        return False
    page.setFocus(Qt.FocusReason.OtherFocusReason)
    return True


def switch(part: QWidget, on: bool, page: QWidget) -> None:
    """Enable or disable a part of a page. A keyboard that was in it is left to the page: Qt would leave it nowhere."""
    had = QApplication.focusWidget()
    if not on and had is not None and part.isAncestorOf(had):
        page.setFocus(Qt.FocusReason.OtherFocusReason)
    part.setEnabled(on)


def turn_to(stack: QStackedWidget, page: QWidget, main: QWidget) -> None:
    """Show a page of `stack`. A keyboard that was on the page before, or was left to the tab, is on `main` then.

    Qt would give it to the first thing on the page that Tab stops at, whatever that is.
    """
    had, before = QApplication.focusWidget(), stack.currentWidget()
    stack.setCurrentWidget(page)
    if had is None or before is None or before is page:
        return
    left = not had.isWindow() and had.isAncestorOf(stack)
    if left or had is before or before.isAncestorOf(had):
        main.setFocus(Qt.FocusReason.OtherFocusReason)


def go_on(window: QWidget, regions: Sequence[QWidget], forward: bool) -> bool:
    """Give the keyboard to what comes next in the order the eye takes; False to leave it to Qt.

    Qt goes in the order in which widgets were made, and pages are made long after the status bar. Inside a region
    that order holds. What floats over the window comes last; inside a popover Tab goes round.
    """
    had = QApplication.focusWidget()
    everything = QGuiApplication.styleHints().tabFocusBehavior() == Qt.TabFocusBehavior.TabFocusAllControls
    if had is None or had.window() is not window or not everything:
        return False
    floating = _popover_of(had)
    found = [one for one in chain(window) if floating is None or floating.isAncestorOf(one)]
    found.sort(key=lambda one: _region_of(one, regions))
    if not found or found == [had]:
        return False
    step = 1 if forward else -1
    at = found.index(had) + step if had in found else _beside(had, found, regions, step)
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    taken = found[at % len(found)]
    taken.setFocus(reason)
    bring_into_view(taken)
    return True


def bring_into_view(widget: QWidget) -> None:
    """Scroll whatever a widget lies in so that it is seen: Qt does so only where Tab stays inside one scroll area."""
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(widget)
        around = around.parentWidget()


def chain(window: QWidget) -> list[QWidget]:
    """What Tab can reach in a window now, in the order Qt keeps."""
    found: list[QWidget] = []
    at = window.nextInFocusChain()
    for _ in range(MOST):
        if at is None or at is window:
            break
        takes = at.focusPolicy().value & TAB and at.focusProxy() is None
        if takes and at.isEnabled() and at.isVisible() and at.window() is window:
            found.append(at)
        at = at.nextInFocusChain()
    return found


def _popover_of(widget: QWidget | None) -> Popover | None:
    while widget is not None and not isinstance(widget, Popover):
        widget = widget.parentWidget()
    return widget


def _region_of(widget: QWidget, regions: Sequence[QWidget]) -> int:
    inside = (at for at, region in enumerate(regions) if region is widget or region.isAncestorOf(widget))
    return next(inside, len(regions))


def _beside(had: QWidget, found: list[QWidget], regions: Sequence[QWidget], step: int) -> int:
    """Where to go from a widget that Tab does not stop at, such as a page: into its region."""
    region = _region_of(had, regions)
    inside = [at for at, one in enumerate(found) if _region_of(one, regions) >= region]
    return (inside[0] if step > 0 else inside[0] - 1) if inside else 0
