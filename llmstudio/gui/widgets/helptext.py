"""Shows a page of the manual: our own Markdown with our own pictures, and links that only we follow.

Nothing that a page names is loaded but the pictures that come with the application.
"""

import re

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QImage,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QWidget

from llmstudio.base.errors import UserError
from llmstudio.base.paths import resource
from llmstudio.gui.glossary import key_of
from llmstudio.gui.theme import Theme

COLUMNS = 78
HEADINGS = {1: "title", 2: "section", 3: "strong"}
FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value
PICTURE_MARK = "\ufffc"  # what stands for a picture in the text of a block
_PICTURE = re.compile(r"pictures/[a-z0-9-]+\.png")


class HelpText(QTextBrowser):
    """One page. `followed` carries the target of a link, as in "train.md" or "glossary.md#loss"."""

    followed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._markdown = ""
        self.setObjectName("manual.text")
        self.setAccessibleName("Page")
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)  # no caret: arrows scroll
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.document().setDocumentMargin(0)
        self.anchorClicked.connect(lambda url: self.followed.emit(url.toString()))
        theme.changed.connect(self._draw)

    def show_page(self, title: str, markdown: str, place: str = "") -> None:
        """Show a page from its beginning, or from the heading whose `key_of` is `place`."""
        self._markdown = markdown
        self.setAccessibleName(title)
        self._draw()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.verticalScrollBar().setValue(0)
        if place:
            self.go_to(place)

    def go_to(self, place: str) -> bool:
        """Scroll to a heading; whether there is such a one."""
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and key_of(block.text()) == place:
                self.setTextCursor(QTextCursor(block))
                self.verticalScrollBar().setValue(round(self._top_of(block)))
                return True
            block = block.next()
        return False

    def _top_of(self, block: QTextBlock) -> float:
        return float(self.document().documentLayout().blockBoundingRect(block).top())

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Our own pictures, no wider than the page; an empty picture for everything else."""
        asked = name if isinstance(name, str) else name.toString()
        if kind != QTextDocument.ResourceType.ImageResource.value or not _PICTURE.fullmatch(asked):
            return QImage()
        try:
            picture = QImage(str(resource(f"help/{asked}")))
        except UserError:
            return QImage()
        return picture.scaledToWidth(
            min(picture.width(), self.lineWrapColumnOrWidth()), Qt.TransformationMode.SmoothTransformation
        )

    def sizeHint(self) -> QSize:
        """A readable column."""
        return QSize(self._theme.px(560), self._theme.px(400))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep lines within a readable width; pictures follow."""
        before = self.lineWrapColumnOrWidth()
        self._set_width()
        super().resizeEvent(event)
        if self.lineWrapColumnOrWidth() != before and "](pictures/" in self._markdown:
            self._draw()

    def _set_width(self) -> None:
        longest = QFontMetrics(self._theme.font("read")).averageCharWidth() * COLUMNS
        self.setLineWrapColumnOrWidth(max(160, min(self.viewport().width(), longest)))

    # -- the look

    def _draw(self) -> None:
        at = self.verticalScrollBar().value()
        self.document().setDefaultFont(self._theme.font("read"))
        self._set_width()
        self.setMarkdown(self._markdown)
        block = self.document().begin()
        while block.isValid():
            self._dress(block)
            block = block.next()
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                self._dress_table(frame)
        self.verticalScrollBar().setValue(at)

    def _dress(self, block: QTextBlock) -> None:
        level = block.blockFormat().headingLevel()
        style = HEADINGS.get(level, "read")
        layout = QTextBlockFormat()
        layout.setTopMargin(self._theme.px(24 if level == 2 else 12 if level == 3 else 0))
        layout.setBottomMargin(self._theme.px(4 if block.textList() or level else 12))
        if PICTURE_MARK not in block.text():
            layout.setLineHeight(self._theme.line_height(style), FIXED)
        cursor = QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeBlockFormat(layout)
        if level:
            look = QTextCharFormat()
            look.setFont(self._theme.font(style))
            look.setForeground(self._theme.colour("text"))
            cursor.setCharFormat(look)
            return
        parts = block.begin()
        while not parts.atEnd():
            fragment = parts.fragment()
            self._dress_words(fragment.position(), fragment.length(), fragment.charFormat())
            parts += 1

    def _dress_words(self, start: int, length: int, now: QTextCharFormat) -> None:
        """Links in the accent, code in its own font; the rest as it came."""
        look = QTextCharFormat()
        if now.isAnchor():
            look.setForeground(self._theme.colour("accent"))
        elif now.fontFixedPitch() or now.hasProperty(QTextFormat.Property.FontFixedPitch):
            look.setFont(self._theme.font("mono"))
            look.setForeground(self._theme.colour("text"))
        else:
            return
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(look)

    def _dress_table(self, table: QTextTable) -> None:
        look = table.format()
        look.setBorder(0)
        look.setCellPadding(self._theme.px(4))
        look.setCellSpacing(0)
        look.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        table.setFormat(look)
