"""Code is loaded ahead in the background: one module after another, and a broken one keeps nobody."""

import sys
import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui import warming
from llmstudio.gui.background import Background
from llmstudio.gui.tabs import registry
from llmstudio.gui.warming import Warming


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three modules that tell the thread they were loaded in; the second is broken."""
    monkeypatch.syspath_prepend(str(tmp_path))
    names = [f"warmed_{tmp_path.name.replace('-', '_')}_{at}" for at in range(3)]
    for at, name in enumerate(names):
        source = "import threading\nthread = threading.get_ident()\n" + (
            "raise ValueError('broken')\n" if at == 1 else ""
        )
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    return names


def test_modules_are_loaded_off_the_window_thread(qtbot: QtBot, parts: list[str]) -> None:
    background = Background()
    loading = Warming(background, parts)
    with qtbot.waitSignal(loading.done):
        loading.begin(0)
    background.close()
    assert [name in sys.modules for name in parts] == [True, False, True]
    assert sys.modules[parts[0]].thread != threading.get_ident()


def test_what_somebody_waits_for_goes_first(qtbot: QtBot, parts: list[str]) -> None:
    background, free, loaded = Background(), threading.Event(), list[str]()
    loading = Warming(background, parts[:1])
    background.run(free.wait, 20.0, done=lambda _: loaded.extend(name for name in parts if name in sys.modules))
    loading._next()
    assert loading._names == parts[:1]  # not begun: it looks again later
    free.set()
    with qtbot.waitSignal(loading.done):
        pass
    background.close()
    assert loaded == []
    assert parts[0] in sys.modules


def test_stopped_it_loads_no_more(qtbot: QtBot, parts: list[str]) -> None:
    background = Background()
    loading = Warming(background, parts)
    loading.begin(0)
    loading.stop()
    with qtbot.waitSignal(loading.done):
        loading.begin(0)
    background.close()
    assert not any(name in sys.modules for name in parts)


def test_every_tab_is_among_them() -> None:
    named = warming.modules()
    assert len(named) == len(set(named)) == len(registry.TABS) + 1
    assert all(tab.page.partition(":")[0] in named for tab in registry.TABS)
