"""A walk through every tab of a workspace full of things: no line of ours may keep the window from its event loop."""

import json
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from llmstudio.base import files, jsonl
from llmstudio.gui.session import Session
from llmstudio.gui.tabs import registry
from llmstudio.gui.watchdog import Stall, Watchdog
from llmstudio.gui.window import Window
from llmstudio.store import events
from tests.data.corpus import make_dataset
from tests.gui import hangs
from tests.gui.tabs import evaluate_fixtures, run_fixtures
from tests.gui.tabs.desk import keep_model

pytestmark = pytest.mark.usefixtures("tested_machine")
KEYS = [tab.key for tab in registry.TABS]
BUILT = 2.0  # seconds of work for making a tab the first time, on a machine that shares its cores
LONG_RUN = 6000


@pytest.fixture
def window(session: Session, qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    fill(session)
    window = Window(session, qapp)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(window.isVisible)
    yield window
    window.close_for_good()
    window.deleteLater()


def fill(session: Session) -> None:
    """Datasets, models, evaluations, a hundred short runs and one with a long log."""
    texts = [f"Story {at}. The boat came home, and Mira laughed at the bell." for at in range(3000)]
    made = make_dataset(session.workspace.datasets / "stories", texts)
    manifest = json.loads((made / "dataset.json").read_text(encoding="utf-8"))
    for at in range(40):
        folder = session.workspace.datasets / f"more-{at}"
        folder.mkdir()
        files.write_json(folder / "dataset.json", {**manifest, "id": folder.name, "title": f"More {at}"})
    for at in range(12):
        keep_model(session, f"Model {at}")
    evaluate_fixtures.moods(session.workspace)
    short = lines(run_fixtures.training(60))
    for at in range(100):
        folder = run_fixtures.make_run(session.workspace, name=f"Short {at}")
        (folder / "events.jsonl").open("ab").write(short)
    folder = run_fixtures.make_run(session.workspace, name="Long one")
    (folder / "events.jsonl").open("ab").write(lines([*run_fixtures.training(LONG_RUN), *run_fixtures.finished()]))


def lines(written: list[events.Event]) -> bytes:
    """Events as they stand in a log."""
    return b"".join(jsonl.encode(events.to_record(event)) for event in written)


def rest(window: Window, qtbot: QtBot) -> None:
    """Until nothing is under way in the background, and what it found has been shown."""
    qtbot.waitUntil(lambda: not window.session.background.busy(), timeout=60_000)
    QApplication.sendPostedEvents()
    qtbot.wait(1)


def walk(window: Window, qtbot: QtBot) -> None:
    """Every tab, and the long run on those that show runs."""
    for key in KEYS:
        window.show_tab(key)
        rest(window, qtbot)
    longest = max(window.session.workspace.runs.iterdir(), key=lambda folder: (folder / "events.jsonl").stat().st_size)
    for key in ("train", "runs"):
        window.session.go(key, run=longest.name)
        rest(window, qtbot)


def test_no_tab_hangs(window: Window, qtbot: QtBot, watchdog: Watchdog, record_property: Callable[..., None]) -> None:
    walk(window, qtbot)
    record_property("worst_first", str(watchdog.worst(hangs.worked)))
    hangs.check(watchdog, BUILT)
    watchdog.stalls.clear()  # from now on every tab is there
    walk(window, qtbot)
    record_property("worst_again", str(watchdog.worst(hangs.worked)))
    window.session.changed("run")
    window.session.changed("dataset")
    rest(window, qtbot)


def test_a_planted_hang_is_found_in_the_walk(window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    watchdog, page = Watchdog(0.05), window.page("models")
    planted = type(page).shown

    def shown(self: object) -> None:
        json.loads(json.dumps(list(range(600_000))))  # a file read where it must not be
        planted(self)  # type: ignore[arg-type]

    monkeypatch.setattr(type(page), "shown", shown)
    watchdog.start()
    with qtbot.waitSignal(watchdog.stalled, timeout=60_000, check_params_cb=long_work):
        QTimer.singleShot(0, lambda: window.show_tab("models"))
    watchdog.stop()
    worst = watchdog.worst(hangs.worked)
    assert any("show_tab" in line for line in worst.trace), worst
    with pytest.raises(AssertionError, match="show_tab"):
        hangs.check(watchdog, limit=0.05)


def long_work(stall: Stall) -> bool:
    """A stall that only the planted one can be."""
    return stall.busy > 0.05 and "show_tab" in " ".join(stall.trace)
