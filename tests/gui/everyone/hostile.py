"""Text that means harm, and what a machine can see of a widget that would believe it."""

from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGraphicsTextItem,
    QGraphicsView,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from llmstudio.gui.widgets.text import ElidedLabel, Paragraph
from tests.end_to_end import looks

MARKUP = '<b>X</b><img src="file:///etc/passwd"><a href="http://evil.example">y</a>'
LONG = "W" * 3000
BIDI = "abc\u202egpj.exe\u2066\u200b\u0301\u0301"
BROKEN = "half \ud800 of a pair"
LINES = "one\ntwo\r\nthree\ttab\x07bell\x00end"
TIPS = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.StatusTipRole, Qt.ItemDataRole.WhatsThisRole)
MOST_ROWS = 60


def believing(root: QWidget) -> list[str]:
    """Widgets below `root` that would take markup for markup, and what they hold."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        name = looks._name(widget)
        for tip in (widget.toolTip(), widget.statusTip(), widget.whatsThis()):
            if _rich(tip):
                found.append(f"{name} has a rich tip: {tip[:80]}")
        if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText and widget.text():
            found.append(f"{name} guesses: {widget.text()[:80]}")
        if isinstance(widget, QTextEdit | QPlainTextEdit) and _loads(widget.document()):
            found.append(f"{name} holds pictures or links")
        if isinstance(widget, QTextEdit) and not widget.isReadOnly() and widget.acceptRichText():
            found.append(f"{name} takes pasted markup")
        if isinstance(widget, QAbstractItemView):
            found += [f"{name} has a rich tip: {tip[:80]}" for tip in _tips(widget) if _rich(tip)]
        if isinstance(widget, QGraphicsView):
            found += [f"{name} draws markup" for item in widget.items() if _drawn(item)]
        if isinstance(widget, QMenu) and widget.toolTipsVisible():
            found += [f"{name} has a rich tip" for action in widget.actions() if _rich(action.toolTip())]
    return found


def _rich(text: str) -> bool:
    """Whether Qt takes a text for markup and it holds some of the hostile kind."""
    return GuiQt.mightBeRichText(text) and ("<img" in text or "<a " in text or "<b>" in text)


def _loads(document: QTextDocument) -> bool:
    block = document.begin()
    while block.isValid():
        parts = block.begin()
        while not parts.atEnd():
            look = parts.fragment().charFormat()
            if look.isImageFormat() or look.isAnchor():
                return True
            parts += 1
        block = block.next()
    return False


def _tips(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    if model is None:
        return
    root = QModelIndex()
    for row in range(min(model.rowCount(root), MOST_ROWS)):
        for column in range(_columns(model)):
            for role in TIPS:
                yield str(model.index(row, column).data(role) or "")
    for column in range(_columns(model)):
        yield str(model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) or "")


def _columns(model: QAbstractItemModel) -> int:
    return 1 if isinstance(model, QAbstractListModel) else model.columnCount()


def _drawn(item: object) -> bool:
    return isinstance(item, QGraphicsTextItem) and "<img" in item.toHtml()


def shown(root: QWidget, words: str) -> list[str]:
    """The widgets below `root` that show these words as they are."""
    found = []
    for widget in root.findChildren(QWidget):
        text = widget.full_text if isinstance(widget, ElidedLabel) else ""
        if isinstance(widget, QLabel | Paragraph):
            text = text or widget.text()
        if isinstance(widget, QTextEdit | QPlainTextEdit):
            text = widget.toPlainText()
        names = (text, widget.accessibleName(), widget.accessibleDescription())
        held = _cells(widget) if isinstance(widget, QAbstractItemView) else []
        if any(words in one for one in (*names, *held)):
            found.append(looks._name(widget))
    return found


def _cells(view: QAbstractItemView) -> list[str]:
    model = view.model()
    if model is None:
        return []
    rows, columns = min(model.rowCount(), MOST_ROWS), _columns(model)
    return [str(model.index(row, column).data() or "") for row in range(rows) for column in range(columns)]
