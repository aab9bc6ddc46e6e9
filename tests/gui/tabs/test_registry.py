"""Every tab named exists, has its key and title, an icon, and a help text."""

import pytest

from llmstudio.base.paths import resource
from llmstudio.gui import helping
from llmstudio.gui.tabs import registry
from llmstudio.gui.tabs.registry import Tab
from llmstudio.gui.widgets.page import TabPage


@pytest.mark.parametrize("tab", registry.TABS, ids=lambda tab: tab.key)
def test_every_tab_is_there(tab: Tab) -> None:
    page = registry.load(tab.page)
    assert issubclass(page, TabPage)
    assert (page.key, page.title) == (tab.key, tab.title)
    assert resource(f"icons/{tab.key}.svg").exists()


@pytest.mark.parametrize("tab", registry.TABS, ids=lambda tab: tab.key)
def test_every_tab_has_help(tab: Tab) -> None:
    title, text = helping.topic(tab.key)
    assert title == tab.title
    assert len(text) > 80


def test_the_welcome_page_is_there() -> None:
    assert registry.load(registry.WELCOME) is not None
