"""The pages of the Data tab in one place, each made when it is first wanted: most days it is one or two of them."""

from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data.cleaning import CleaningPage
from llmstudio.gui.tabs.data.overview import DocumentsPage, OverviewPage, Plots, StatisticsPage
from llmstudio.gui.tabs.data.sourcespage import SourcesPage
from llmstudio.gui.tabs.data.splitpage import SplitPage
from llmstudio.gui.widgets.scroll import ScrollPage

Part = OverviewPage | StatisticsPage | DocumentsPage | CleaningPage | SplitPage | SourcesPage
Kind = TypeVar("Kind", bound=ScrollPage)


class Parts(QStackedWidget):
    """One page at a time. `made` carries the key of a page that has just been made, before it is fitted and shown."""

    made = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._size_class = "L"
        self._pages: dict[str, Part] = {}
        self.plots = Plots(session.theme)
        self.overview: OverviewPage = self._keep("overview", OverviewPage(session, self.plots))

    @property
    def pages(self) -> dict[str, Part]:
        """The pages there are so far."""
        return self._pages

    @property
    def cleaning(self) -> CleaningPage:
        """The steps of cleaning."""
        return self._found("cleaning", CleaningPage)

    @property
    def documents(self) -> DocumentsPage:
        """The documents over the whole width."""
        return self._found("documents", DocumentsPage)

    @property
    def split(self) -> SplitPage:
        """The split."""
        return self._found("split", SplitPage)

    @property
    def sources(self) -> SourcesPage:
        """Where the text came from."""
        return self._found("sources", SourcesPage)

    def current(self) -> str:
        """The key of the page in front."""
        return next(key for key, page in self._pages.items() if page is self.currentWidget())

    def show_part(self, key: str) -> None:
        """Bring a page to the front."""
        self.setCurrentWidget(self._page(key))

    def fit(self, size_class: str) -> None:
        """Hand the class on; only narrow windows have the plots on a page of their own."""
        self._size_class = size_class
        if size_class in ("S", "M"):
            self._page("statistics")
        for page in self._pages.values():
            self._fit(page)

    def _found(self, key: str, kind: type[Kind]) -> Kind:
        page = self._page(key)
        assert isinstance(page, kind)
        return page

    def _page(self, key: str) -> Part:
        if key not in self._pages:
            page = self._keep(key, self._make(key))
            self.made.emit(key)
            self._fit(page)
        return self._pages[key]

    def _make(self, key: str) -> Part:
        if key == "statistics":
            return StatisticsPage(self.plots)
        if key == "documents":
            return DocumentsPage(self._session)
        if key == "cleaning":
            return CleaningPage(self._session)
        return SplitPage(self._session) if key == "split" else SourcesPage(self._session)

    def _keep(self, key: str, page: Kind) -> Kind:
        self._pages[key] = page  # type: ignore[assignment]
        self.addWidget(page)
        return page

    def _fit(self, page: Part) -> None:
        margin = 16 if self._size_class == "S" else 24
        page.fit(self._size_class)
        page.body.setContentsMargins(margin, 16, margin, margin)
