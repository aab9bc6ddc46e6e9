"""Text that is always plain: labels, labels that elide, and paragraphs with the line height of the design.

Qt's own labels guess whether a text is rich and would then load images that it names; these never do.
"""

from html import escape

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from llmstudio.gui import fonts, glossary


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a dynamic property the style sheet looks at, and restyle the widget if it changed."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):  # else its first polish looks at it
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


WORD = 240  # pixels that the longest word of a wrapped label may ask for


def plain_tip(text: str) -> str:
    """What to hand to Qt as a tool tip so that it shows `text` as it is: its tool tips guess rich text too."""
    return f"<span>{escape(text)}</span>" if text else ""


def set_tip(widget: QWidget, text: str) -> None:
    """Show `text` as it is as the tool tip."""
    widget.setToolTip(plain_tip(text))


def tell_term(widget: QWidget, words: str) -> None:
    """Where `words` are a term of the field, the tool tip says in two sentences what they mean."""
    term = glossary.find(words)
    if term is not None:
        set_tip(widget, term.text)


def whole(text: str) -> str:
    """`text` with the mark for unreadable characters where half a pair of UTF-16 stands: nothing can encode that."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def shortened(text: str, most: int = 48) -> str:
    """A name of others as part of a button's words: on one line, by both ends where it is longer than `most`."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most // 2]}…{line[-most // 3 :]}"


class Label(QLabel):
    """One line (or, with `wrap`, several) of plain text in a style and a role."""

    def __init__(
        self,
        text: str = "",
        style: str = "body",
        role: str = "text",
        *,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setProperty("textStyle", style)
        self.setProperty("textRole", role)
        self.setText(text)

    def set_role(self, role: str) -> None:
        """Take the colour of another role."""
        set_property(self, "textRole", role)

    def set_style(self, style: str) -> None:
        """Take another style of the type scale."""
        set_property(self, "textStyle", style)

    def minimumSizeHint(self) -> QSize:
        """Wrapped words ask for no more than a column: one endless word must not make the window endless."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), WORD), hint.height()) if self.wordWrap() else hint


class ElidedLabel(Label):
    """A line that ends in an ellipsis where it does not fit, and then tells the rest in its tool tip."""

    def __init__(
        self,
        text: str = "",
        style: str = "body",
        role: str = "text",
        *,
        where: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        self._full = text
        self._where = where
        self._fitted: tuple[str, int, QFont] | None = None
        super().__init__(text, style, role, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @property
    def full_text(self) -> str:
        """The whole text."""
        return self._full

    def setText(self, text: str) -> None:
        """Show `text`, as much of it as fits."""
        self._full = " ".join(text.split())
        self.setAccessibleName(self._full)
        self._fit()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """The size of the whole text."""
        width = self.fontMetrics().horizontalAdvance(self._full) + 2
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """A few letters and the ellipsis."""
        some = self.fontMetrics().horizontalAdvance(self._full[:3] + "…")
        return QSize(min(some, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the text anew."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit the text anew after the font changed."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        room = self.contentsRect().width()
        wanted = (self._full, room, self.font())
        if wanted == self._fitted:  # measuring text is most of what making a form costs
            return
        self._fitted = wanted
        shown = self.fontMetrics().elidedText(self._full, self._where, room)
        if shown != super().text():
            QLabel.setText(self, shown)
        set_tip(self, self._full if shown != self._full else "")


class Paragraph(QWidget):
    """Wrapped plain text with the line height of its style; as high as its width makes it."""

    def __init__(
        self, text: str = "", style: str = "body", role: str = "text", *, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._text = text
        self._style = style
        self._align = Qt.AlignmentFlag.AlignLeft
        self._label = Label("", style, role, parent=self)  # carries font and colour of the style sheet
        self._label.hide()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setText(text)

    def text(self) -> str:
        """The text shown."""
        return self._text

    def setText(self, text: str) -> None:
        """Show `text`; line ends begin a new line."""
        self._text = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def set_role(self, role: str) -> None:
        """Take the colour of another role."""
        self._label.set_role(role)
        self.update()

    def set_alignment(self, alignment: Qt.AlignmentFlag) -> None:
        """Align the lines."""
        self._align = alignment
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height in pixels of the text wrapped at `width`, or at the widest it may be."""
        return len(self._lines(min(width, self.maximumWidth()))) * self._step()

    def sizeHint(self) -> QSize:
        """At most 480 wide and no wider than allowed, or on one line if it fits."""
        widest = max((self._metrics_width(line) for line in self._text.split("\n")), default=0)
        width = min(widest + 2, 480, self.maximumWidth())
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Room for a short word."""
        return QSize(48, self._step())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw line by line."""
        self._label.ensurePolished()
        painter = QPainter(self)
        painter.setPen(self._label.palette().color(self._label.foregroundRole()))
        painter.setFont(self._label.font())
        metrics = painter.fontMetrics()
        lead = (self._step() - metrics.height()) / 2 + metrics.ascent()
        for index, line in enumerate(self._lines(self.width())):
            room = self.width() - metrics.horizontalAdvance(line)
            left = room / 2 if self._align & Qt.AlignmentFlag.AlignHCenter else 0
            painter.drawText(QPointF(left, index * self._step() + lead), line)
        painter.end()

    def _step(self) -> int:
        self._label.ensurePolished()
        size, line, _ = fonts.STYLES[self._style]
        return max(round(line * self._label.font().pixelSize() / size), self._label.fontMetrics().height())

    def _metrics_width(self, text: str) -> int:
        self._label.ensurePolished()
        return self._label.fontMetrics().horizontalAdvance(text)

    def _lines(self, width: int) -> list[str]:
        self._label.ensurePolished()
        found: list[str] = []
        for part in self._text.split("\n"):
            found += _wrap(part, self._label, width)
        return found


def _wrap(text: str, label: QLabel, width: int) -> list[str]:
    if not text:
        return [""]
    text = whole(text)
    layout = QTextLayout(text, label.font())
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    lines: list[str] = []
    units = text.encode("utf-16-le")  # Qt counts UTF-16 units, Python characters
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, 16))
        start, length = line.textStart(), line.textLength()
        lines.append(units[2 * start : 2 * (start + length)].decode("utf-16-le", "replace").rstrip())
    layout.endLayout()
    return lines
