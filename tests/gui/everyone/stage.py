"""The window with something in every tab, made of files alone, and every sheet and dialog that can be opened."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.base import files
from llmstudio.gui import trashsheet, windowactions
from llmstudio.gui.dialogs import TextSheet
from llmstudio.gui.session import Session
from llmstudio.gui.tabs import registry
from llmstudio.gui.templates import TemplateSheet
from llmstudio.gui.widgets.sheet import Question, Sheet
from llmstudio.gui.window import Window
from llmstudio.store import catalog
from llmstudio.store.chats import Shelf
from llmstudio.store.conversation import Conversation
from llmstudio.store.events import Error, Status
from tests.data.corpus import make_dataset
from tests.gui.conftest import AnsweringDialogs
from tests.gui.tabs import evaluate_fixtures, run_fixtures
from tests.gui.tabs.desk import keep_model
from tests.gui.tabs.tokenizer_fixtures import keep_tokenizer

KEYS = [tab.key for tab in registry.TABS]
CREATED = "2026-03-04T14:06:00.000+00:00"


@dataclass(frozen=True)
class Names:
    """What things are called."""

    dataset: str = "Small stories"
    tokenizer: str = "Stories pieces"
    model: str = "Pell stories"
    run: str = "Pell stories, small"
    failed: str = "Pell stories, wide"
    text: str = "The boat came home, and Mira laughed at the bell."
    failure: str = "Memory is not enough. It ran out at 17.2 GB."
    chat: str = "About boats"


USUAL = Names()


def fill(session: Session, names: Names = USUAL) -> None:
    """Two datasets, a tokenizer, two models, an evaluation, a finished and a failed run, a chat, and trash."""
    workspace = session.workspace
    texts = [f"Story {at}. {names.text}" for at in range(40)]
    _title(make_dataset(workspace.datasets / "stories", texts) / "dataset.json", names.dataset)
    kept = keep_tokenizer(workspace)
    _title(kept.path / "manifest.json", names.tokenizer)
    for at, title in enumerate((names.model, f"{names.model} 2", "Thrown away")):
        model = keep_model(session, f"model {at}", lineage={"dataset": "stories", "dataset_title": names.dataset})
        _title(model.path / "model.json", title)
    catalog.trash(workspace, catalog.find(workspace, "model", "Thrown away"))
    _name_report(evaluate_fixtures.moods(workspace) / "report.json", names)
    written = [*run_fixtures.training(300), *run_fixtures.finished()]
    _call(run_fixtures.make_run(workspace, written), names.run)
    stamp = run_fixtures.stamp
    wrong = Error(names.failure, names.failure, details=names.failure, user=True, **stamp(40))
    ending = [wrong, Status("failed", **stamp(41))]
    _call(run_fixtures.make_run(workspace, [*run_fixtures.training(120), *ending]), names.failed)
    Shelf(workspace).save(Conversation("boats", names.chat, created=CREATED, updated=CREATED))
    for kind in ("dataset", "tokenizer", "model", "run"):
        session.changed(kind)


def _title(manifest: Path, title: str) -> None:
    """Give a kept thing its title as a file of anybody may hold it: past all checks."""
    files.write_json(manifest, {**files.read_json(manifest), "title": title, "created": CREATED})


def _name_report(path: Path, names: Names) -> None:
    report = files.read_json(path)
    report["dataset"]["title"] = names.dataset
    for at, model in enumerate(report["models"][:2]):
        model["title"] = f"{names.model} {at}"
    files.write_json(path, report)


def _call(folder: Path, title: str) -> None:
    job = files.read_json(folder / "job.json")
    files.write_json(folder / "job.json", {**job, "title": title, "config": {**job["config"], "name": title}})


def rest(window: Window, qtbot: QtBot) -> None:
    """Until nothing is under way in the background, and what it found has been shown."""
    qtbot.waitUntil(lambda: not window.session.background.busy(), timeout=30_000)
    QApplication.sendPostedEvents()
    qtbot.wait(1)


def settle(window: Window, qtbot: QtBot) -> None:
    """Rest twice: what was read first may ask for more."""
    for _ in range(2):
        rest(window, qtbot)
        qtbot.wait(15)


def show(window: Window, key: str, qtbot: QtBot) -> QWidget:
    """A tab with what it shows of the filled workspace."""
    window.show_tab(key)
    settle(window, qtbot)
    return window.pages[key]


# -- sheets and dialogs


def sheets(session: Session) -> list[Sheet]:
    """What was opened over the window."""
    assert isinstance(session.dialogs, AnsweringDialogs)
    return session.dialogs.sheets


def _opened(act: Callable[[Window], object], tab: str) -> Callable[[Window, QtBot], QDialog]:
    def open_it(window: Window, qtbot: QtBot) -> QDialog:
        show(window, tab, qtbot)
        before = len(sheets(window.session))
        act(window)
        qtbot.waitUntil(lambda: len(sheets(window.session)) > before, timeout=20_000)
        settle(window, qtbot)
        return sheets(window.session)[-1]

    return open_it


def _question(window: Window, _qtbot: QtBot) -> QDialog:
    verbs = [("keep", "Stop and keep", "primary"), ("", "Keep running", "second"), ("cancel", "Throw away", "danger")]
    question = Question(window.theme, "Stop this run?", "Step 40 can be kept.", verbs, parent=window)
    question.setWindowModality(Qt.WindowModality.NonModal)
    question.show()
    return question


def _line(window: Window, _qtbot: QtBot) -> QDialog:
    sheet = TextSheet(window.theme, "Rename", "Name", "Pell stories", "Rename", lambda _text: "", parent=window)
    sheet.show()
    return sheet


def _template(window: Window, _qtbot: QtBot) -> QDialog:
    chat = {"template": "jinja", "source": "{{ messages }}", "reason": ""}
    sheet = TemplateSheet(window.theme, "Foreign", chat, parent=window)
    sheet.show()
    return sheet


DIALOGS: dict[str, Callable[[Window, QtBot], QDialog]] = {
    "keys": _opened(windowactions.show_keys, "settings"),
    "trash": _opened(lambda window: trashsheet.show(window.session), "settings"),
    "details": _opened(lambda window: window.session.dialogs.details("Something", "Traceback"), "settings"),
    "train a tokenizer": _opened(lambda window: window.pages["tokenizer"].open_sheet(), "tokenizer"),  # type: ignore[attr-defined]
    "new evaluation": _opened(lambda window: window.pages["evaluate"].new_evaluation(), "evaluate"),  # type: ignore[attr-defined]
    "import a model": _opened(lambda window: window.pages["models"].import_model(), "models"),  # type: ignore[attr-defined]
    "starting models": _opened(lambda window: window.pages["models"].show_starting(), "models"),  # type: ignore[attr-defined]
    "export a model": _opened(lambda window: window.pages["models"].export(), "models"),  # type: ignore[attr-defined]
    "question": _question,
    "one line": _line,
    "chat template": _template,
}
