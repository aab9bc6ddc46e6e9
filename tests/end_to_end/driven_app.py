"""The application as a person starts it, with one addition: it says on stdout where a widget is on the screen.

It never acts for the person: what is clicked is clicked by a real pointer from outside.
Started as `python driven_app.py WORKSPACE`; takes one JSON object per line on stdin.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSocketNotifier, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QHeaderView, QLabel, QMenu, QWidget

from llmstudio.gui import app

Place = tuple[bool, int, QPoint]  # whether it can be used, its window on the screen, and its middle in there


def main() -> int:
    """Open the window and answer questions until stdin ends."""
    window = app.build(Path(sys.argv[1]))
    loop = QApplication.instance()
    assert isinstance(loop, QApplication)
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: _answer_line(loop))
    print(json.dumps({"up": window.isVisible()}), flush=True)
    return loop.exec()


def _answer_line(loop: QApplication) -> None:
    line = sys.stdin.readline()
    if not line:
        loop.quit()
        return
    print(json.dumps(_answer(json.loads(line))), flush=True)


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    if asked["op"] == "modules":
        return {"torch": "torch" in sys.modules}
    if asked["op"] == "text":
        widget = _named(asked["name"])
        return {"text": _text_of(widget) if widget else None}
    place = next(_find(asked), None)
    if place is None:
        return {"found": False, "seen": sorted(_seen())[:80]}
    return {"found": True, "enabled": place[0], "window": place[1], "x": place[2].x(), "y": place[2].y()}


def _place(widget: QWidget, rect: QRect) -> Place:
    """Within its window: where that stands on the screen, only the window manager knows for sure."""
    window = widget.window()
    return widget.isEnabled(), int(window.winId()), widget.mapTo(window, rect.center())


def _find(asked: dict[str, Any]) -> Iterator[Place]:
    if "name" in asked:
        widget = _named(asked["name"])
        if widget is not None:
            yield _place(widget, widget.rect())
        return
    text = asked["text"]
    # What can be pressed comes before a label that says the same.
    for widget in sorted(_visible(), key=lambda each: isinstance(each, QLabel)):
        if isinstance(widget, QMenu):
            yield from (_place(widget, widget.actionGeometry(a)) for a in widget.actions() if _same(a.text(), text))
        elif isinstance(widget, QAbstractItemView) and not isinstance(widget, QHeaderView):
            yield from _items(widget, text)
        elif isinstance(widget, QAbstractButton | QLabel) and (
            _same(widget.text(), text) or widget.accessibleName() == text
        ):
            yield _place(widget, widget.rect())


def _items(view: QAbstractItemView, text: str) -> Iterator[Place]:
    model = view.model()
    for row in range(model.rowCount(view.rootIndex()) if model else 0):
        index: QModelIndex = model.index(row, 0, view.rootIndex())
        if str(index.data(Qt.ItemDataRole.DisplayRole)) == text:
            view.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
            yield _place(view.viewport(), view.visualRect(index))


def _same(found: str, wanted: str) -> bool:
    return found.replace("&", "").strip() == wanted


def _named(name: str) -> QWidget | None:
    return next((widget for widget in _visible() if widget.objectName() == name), None)


def _visible() -> list[QWidget]:
    """Widgets on the screen, those of pop-ups and dialogs first."""
    shown = [widget for widget in QApplication.allWidgets() if widget.isVisible()]
    front = QApplication.activePopupWidget() or QApplication.activeModalWidget()
    return sorted(shown, key=lambda widget: not (front and (widget is front or front.isAncestorOf(widget))))


def _seen() -> set[str]:
    named = {widget.objectName() for widget in _visible() if widget.objectName()}
    return named | {widget.text() for widget in _visible() if isinstance(widget, QAbstractButton) and widget.text()}


def _text_of(widget: QWidget) -> str:
    for method in ("toPlainText", "text", "currentText"):
        if hasattr(widget, method):
            return str(getattr(widget, method)())
    return widget.accessibleName()


if __name__ == "__main__":
    sys.exit(main())
