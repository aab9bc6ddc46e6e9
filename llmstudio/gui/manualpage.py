"""The manual inside the window: pages and a search at the left, the page at the right, and the way back."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidgetItem, QStackedWidget, QVBoxLayout

from llmstudio.gui import glossary, manual
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.helptext import HelpText
from llmstudio.gui.widgets.page import Command, Header, TabPage
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.searchfield import SearchField
from llmstudio.gui.widgets.sections import KEY, Sections

SIDE = 232
FIRST = "start"
LAST_TAB = "window.tab"  # where the window keeps which tab was in front
ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole


class ManualPage(TabPage):
    """Shown over the tabs, and left for the tab that was in front before."""

    key = "manual"
    title = "Manual"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.setAccessibleName("Manual")
        self.page = ""
        self._visited: list[str] = []
        self._chosen_one = False  # whether the page shown was asked for
        self.back = Button("Page before", "second", icon="chevron-left", theme=self.theme, run=self.go_back)
        self.done = Button("Back to work", "second", icon="close", theme=self.theme, run=self.leave)
        self.search_field = SearchField(self.theme, "Search the manual", name="manual.search")
        self.list = Sections(self.theme)
        self.list.setObjectName("manual.pages")
        self.list.setAccessibleName("Pages")
        self.found = FoundList(session)
        self.text = HelpText(self.theme)
        entries = [Entry(page, title) for page, title in manual.pages()]
        self.picker = Picker(self.theme, "Page", entries, name="manual.page")
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.side = QFrame()
        side = QVBoxLayout(self.side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(8)
        self.lists = QStackedWidget()
        self.lists.addWidget(self.list)
        self.lists.addWidget(self.found)
        side.addWidget(self.search_field)
        side.addWidget(self.lists, 1)
        card = Card(padding=24)
        card.add(self.text, 1)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.picker)
        right.addWidget(card, 1)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(16)
        self._row.addWidget(self.side)
        self._row.addLayout(right, 1)
        self.list.fill(manual.pages())

    def _connect(self) -> None:
        self.text.followed.connect(self.follow)
        self.list.currentItemChanged.connect(self._chosen)
        self.picker.chosen.connect(self.show_page)
        self.search_field.textChanged.connect(self._search)
        self.found.opened.connect(self.show_page)

    # -- the frame's hooks

    def header(self) -> Header:
        """The page before, and the way back."""
        return Header(buttons=[self.back, self.done])

    def shown(self) -> None:
        """Never empty."""
        if not self.page:
            self._show(FIRST, "")

    def open(self, **args: object) -> None:
        """`page`: which one, as in "train"; `place`: the key of a heading in it."""
        self.show_page(str(args.get("page") or FIRST), str(args.get("place") or ""))
        self.text.setFocus()

    def fit(self, size_class: str) -> None:
        """In small windows the list is a field above the page."""
        small = size_class == "S"
        edge = 16 if small else 24
        self._row.setContentsMargins(edge, 0 if small else 8, edge, 16)
        self.side.setVisible(not small)
        self.side.setFixedWidth(self.theme.px(SIDE))
        self.picker.setVisible(small)

    def commands(self) -> list[Command]:
        """Back to work, and the page before."""
        first = "" if self._visited else "This is the first page you opened"
        return [
            Command("manual.leave", "Back to work", "", self.leave, icon="close"),
            Command("manual.back", "Page before", "Alt+Left", self.go_back, lambda: first, "chevron-left"),
        ]

    def escape(self) -> bool:
        """Esc goes back to work."""
        self.leave()
        return True

    def search(self) -> bool:
        """Ctrl+F."""
        if self.side.isHidden():
            return False
        self.search_field.setFocus()
        self.search_field.selectAll()
        return True

    # -- where one is

    def show_page(self, page: str, place: str = "") -> None:
        """Show a page, from the heading `place` on; the first page where there is no such one."""
        known = page if manual.read(page) else FIRST
        if self._chosen_one and known != self.page:
            self._visited = [*self._visited, self.page][-50:]
        self._chosen_one = True
        self._show(known, place)

    def follow(self, target: str) -> None:
        """Go where a link leads: another page of the manual, or a heading of one. Nothing else is followed."""
        page, _, place = target.partition("#")
        page = page.removesuffix(".md") or self.page
        if manual.read(page):
            self.show_page(page, place)

    def go_back(self) -> None:
        """The page before."""
        if self._visited:
            self._show(self._visited.pop(), "")

    def leave(self) -> None:
        """Back to the tab that was in front."""
        self.session.go(str(self.session.settings.get(LAST_TAB, "data")))

    def _show(self, page: str, place: str) -> None:
        self.page = page
        markdown = manual.read(page)
        shown = markdown if page == glossary.TOPIC else glossary.linked(markdown)
        self.text.show_page(manual.title_of(page), shown, place)
        self.list.blockSignals(True)
        self.list.mark(page)
        self.list.blockSignals(False)
        self.picker.set_current(page)
        self.back.setEnabled(bool(self._visited))

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.show_page(str(item.data(KEY)))

    def _search(self, wanted: str) -> None:
        self.found.show_found(manual.search(wanted))
        self.lists.setCurrentWidget(self.found if wanted.strip() else self.list)


class FoundList(Sections):
    """What a search found: page and heading. `opened` carries both."""

    opened = Signal(str, str)

    def __init__(self, session: Session) -> None:
        super().__init__(session.theme)
        self.setObjectName("manual.found")
        self.setAccessibleName("Found")
        self.itemActivated.connect(self._open)
        self.itemClicked.connect(self._open)

    def show_found(self, found: list[manual.Found]) -> None:
        """Show what was found, or that nothing was."""
        entries = []
        for place in found:
            entries.append((f"{place.page}#{glossary.key_of(place.heading)}", place.heading or place.title))
        self.fill(entries or [("", "Nothing found")])
        for at, place in enumerate(found):
            self.item(at).setData(ACCESSIBLE, f"{place.heading or place.title}, in {place.title}. {place.words}")

    def _open(self, item: QListWidgetItem) -> None:
        page, _, place = str(item.data(KEY)).partition("#")
        if page:
            self.opened.emit(page, place)
