"""The header of a tab: title, what the tab works on, and at most three buttons."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from llmstudio.gui.widgets.page import TabPage
from llmstudio.gui.widgets.text import ElidedLabel, Label

HEIGHTS = {"S": 52, "M": 64, "L": 64, "X": 64}
MARGINS = {"S": 16, "M": 24, "L": 24, "X": 24}
PICKER = 208


class HeaderBar(QWidget):
    """Shows the `Header` of one page, and its changes."""

    def __init__(self, page: TabPage) -> None:
        super().__init__()
        self._page = page
        self._row = QHBoxLayout(self)
        self._row.setSpacing(8)
        self.title = Label(page.title, "title")
        self.subtitle = ElidedLabel("", "body", "muted")
        self._kept: list[QWidget] = []
        page.header_changed.connect(self.refresh)
        self.fit("L")
        self.refresh()

    def fit(self, size_class: str) -> None:
        """Be lower and narrower in small windows."""
        margin = MARGINS[size_class]
        self._row.setContentsMargins(margin, 0, margin, 0)
        self.setFixedHeight(self._page.theme.px(HEIGHTS[size_class]))

    def refresh(self) -> None:
        """Take over what the page wants to show now. Widgets that are gone from it stay with the page, hidden."""
        header = self._page.header()
        wanted = [*([header.picker] if header.picker else []), *header.buttons]
        while self._row.takeAt(0) is not None:
            pass
        for widget in self._kept:
            if widget not in wanted:
                widget.hide()
                widget.setParent(self._page)
        self._kept = wanted
        self.title.setText(header.title or self._page.title)
        self.subtitle.setText(header.subtitle)
        middle = Qt.AlignmentFlag.AlignVCenter
        self._row.addWidget(self.title, 0, middle)
        self._row.addSpacing(4)
        self._place_picker(header.picker)
        self._row.addWidget(self.subtitle, 1, middle)
        self.subtitle.setVisible(True)
        for button in header.buttons:
            self._row.addWidget(button, 0, middle)
            button.show()

    def _place_picker(self, picker: QWidget | None) -> None:
        if picker is None:
            return
        if picker.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Expanding:
            picker.setFixedWidth(self._page.theme.px(PICKER))
        self._row.addWidget(picker, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addSpacing(4)
        picker.show()
