"""What the bell opens: all notices of this window, newest first."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from llmstudio.gui import icons
from llmstudio.gui.notices import Notice
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import line
from llmstudio.gui.widgets.popover import Popover
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.text import Label, Paragraph
from llmstudio.gui.widgets.toast import MARKS

SHOWN = 50


class History(Popover):
    """A list of notices 376 wide; `forget` empties it."""

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        notices: Sequence[Notice],
        details: Callable[[str, str], object],
        forget: Callable[[], object],
    ) -> None:
        super().__init__(theme, window, padding=12)
        self.setAccessibleName("Notices")
        self._details = details
        head = QHBoxLayout()
        head.addWidget(Label("Notices", "section"))
        head.addStretch(1)
        clear = Button("Clear", "link", run=lambda: self._after_closing(forget))
        clear.setVisible(bool(notices))
        head.addWidget(clear)
        self.body.addLayout(head)
        if not notices:
            self.body.addWidget(Label("Nothing to tell yet", "body", "muted"))
            return
        page = ScrollPage(margin=0, gap=0)
        for at, notice in enumerate(notices[:SHOWN]):
            if at:
                page.add(line())
            page.add(self._entry(notice))
        page.body.addStretch(1)
        self.body.addWidget(page, 1)

    def _after_closing(self, run: Callable[[], object]) -> None:
        self.dismiss()
        run()

    def _entry(self, notice: Notice) -> QWidget:
        entry = QWidget()
        row = QHBoxLayout(entry)
        row.setContentsMargins(0, 8, 8, 8)
        row.setSpacing(10)
        name, role = MARKS[notice.tone]
        mark = QLabel()
        ratio = self.devicePixelRatioF()
        mark.setPixmap(icons.pixmap(name, role, 16, theme=self.theme, ratio=ratio))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Paragraph(notice.text, "body"))
        told = f"{notice.time:%H:%M}  {notice.note}".rstrip()
        words.addWidget(Paragraph(told, "caption", "muted"))
        row.addLayout(words, 1)
        action = notice.action
        if action is not None:
            row.addWidget(Button(action.title, "link", run=lambda: self._after_closing(action.run)))
        elif notice.details:
            show = Button("Details", "link", run=lambda: self._details(notice.text, notice.details))
            row.addWidget(show)
        return entry
