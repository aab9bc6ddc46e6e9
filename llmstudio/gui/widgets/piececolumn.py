"""Draws the piece column of a table as coloured pieces, as they look in a cut text."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.pieceink import PieceInk
from llmstudio.gui.widgets.piecetext import PieceLike
from llmstudio.gui.widgets.table import ROW_ROLE


class PieceColumn(QStyledItemDelegate):
    """`piece` finds the piece of a row's object."""

    def __init__(self, theme: Theme, piece: Callable[[Any], PieceLike], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme, self._piece = theme, piece
        self._ink = PieceInk(theme)
        theme.changed.connect(self._ink.forget)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The selected ground, then the piece."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._theme.colour("accent-soft"))
        painter.setFont(self._theme.font("mono"))
        piece = self._piece(index.data(ROW_ROLE))
        high = min(self._theme.px(22), rect.height() - 2)
        wide = min(self._ink.face(piece)[1], rect.width() - self._theme.px(16))
        top = rect.top() + (rect.height() - high) / 2
        self._ink.paint(painter, piece, QRectF(rect.left() + self._theme.px(8), top, wide, high))
        painter.restore()
