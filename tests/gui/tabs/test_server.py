"""The Server tab in a window: settings, start, what is told while it runs, the key, the examples, the plot."""

import ast
import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.server import examples, figures
from llmstudio.gui.tabs.server.figures import Latency
from llmstudio.gui.tabs.server.latencyplot import LatencyCard
from llmstudio.gui.tabs.server.page import ServerPage
from llmstudio.gui.theme import Theme
from llmstudio.store import catalog
from llmstudio.store.events import Error, Note
from tests.gui.tabs import desk
from tests.gui.tabs.desk import RememberingJobs
from tests.gui.tabs.server_fixtures import SERVING, put_ring, row, snapshot

HOSTILE = "<b>X</b><img src=file:///etc/passwd>"


@pytest.fixture
def session(tmp_path: Path, theme: Theme, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    put_ring(monkeypatch)
    session = desk.make_session(tmp_path)
    yield session
    session.background.close()


@pytest.fixture
def page(session: Session, qtbot: QtBot) -> ServerPage:
    desk.keep_model(session, "Pell chat")
    page = ServerPage(session)
    qtbot.addWidget(page)
    page.resize(1104, 700)
    with qtbot.waitExposed(page):
        page.show()
    page.shown()
    return page


def jobs(page: ServerPage) -> RememberingJobs:
    found = page.session.jobs
    assert isinstance(found, RememberingJobs)
    return found


def serve(page: ServerPage, qtbot: QtBot) -> None:
    page.start_button.click()
    qtbot.waitUntil(lambda: bool(jobs(page).sent))
    jobs(page).say_from_child("run-1", **SERVING)


def test_who_starts_by_keyboard_is_at_the_address_then(page: ServerPage, qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    QVBoxLayout(host).addWidget(page)
    host.show()
    qtbot.waitUntil(host.isActiveWindow)
    next(iter(page.setup.form.rows.values())).editor.setFocus()
    assert page.setup.isAncestorOf(host.focusWidget())
    serve(page, qtbot)
    assert page.stack.currentWidget() is page.running
    assert host.focusWidget() is page.running.address.copy
    page.setParent(None)


def test_without_a_model_the_page_says_where_to_get_one(session: Session, qtbot: QtBot) -> None:
    page = ServerPage(session)
    qtbot.addWidget(page)
    assert page.stack.currentWidget() is page.empty
    assert not page.header().buttons
    with qtbot.waitSignal(session.go_requested) as asked:
        page.empty.button.click()
    assert asked.args == ["models", {}]
    desk.keep_model(session, "Tales")
    page.shown()
    assert page.stack.currentWidget() is page.setup


def test_settings_are_set_and_what_is_wrong_stops_the_start(page: ServerPage) -> None:
    form = page.setup.form
    form.set_values({"port": 9001})
    assert page.setup.address.text() == "http://127.0.0.1:9001/v1"
    form.set_values({"lan": True, "key": False})
    assert not page.start_button.isEnabled()
    assert page.start_button.toolTip()
    assert page.setup.readiness.blockers()[0].row == "key"
    form.set_values({"key": True})
    assert page.start_button.isEnabled()
    assert "not encrypted" in page.setup.readiness.checks[-1].text
    assert page.header().buttons == [page.start_button]


def test_it_starts_shows_its_address_and_stops(page: ServerPage, qtbot: QtBot) -> None:
    serve(page, qtbot)
    running = page.running
    assert page.stack.currentWidget() is running
    assert page.header().buttons == [page.stop_button]
    assert running.address.address.full_text == "http://127.0.0.1:8000/v1"
    assert running.address.reach.text() == "Only this machine can reach it. A key is needed."
    running.address.copy.click()
    assert QGuiApplication.clipboard().text() == "http://127.0.0.1:8000/v1"
    assert page.chip.text() == "Running"
    page.stop_button.click()
    assert not page.stop_button.isEnabled()
    jobs(page).end("run-1", "cancelled")
    assert page.stack.currentWidget() is page.setup


def test_what_the_server_warns_of_is_told(page: ServerPage, qtbot: QtBot) -> None:
    serve(page, qtbot)
    assert not page.running.warnings.isVisible()
    warning = Note("Memory has room for 1 answer at once, not for 4.", "warning")
    jobs(page).states["run-1"].fold(warning)
    jobs(page).states["run-1"].fold(Note("Loaded", "info"))
    jobs(page).events.emit("run-1", [warning])
    assert page.running.warnings.isVisible()
    assert page.running.warnings.text() == warning.text


def test_the_key_is_shown_once_and_can_be_copied(page: ServerPage, qtbot: QtBot) -> None:
    serve(page, qtbot)
    row_ = page.running.key_row
    key = page.presenter.state.key
    assert row_.field.text() == key
    row_.copy.click()
    assert QGuiApplication.clipboard().text() == key
    row_.hide_button.click()
    assert not row_.field.isVisible()
    assert key not in row_.words.text()
    assert key[-4:] in row_.words.text()
    assert not row_.new.isVisible()
    jobs(page).end("run-1", "cancelled")
    assert page.setup.key_row.new.isVisible()
    page.setup.key_row.new.click()
    assert page.setup.key_row.field.text() != key


def test_requests_are_listed_as_they_come(page: ServerPage, qtbot: QtBot) -> None:
    serve(page, qtbot)
    card = page.running.requests
    assert card.nothing.isVisible()
    writing = row(2, "writing", route=HOSTILE, client=HOSTILE, rate=None, first_ms=None)
    jobs(page).say_from_child("run-1", **snapshot(writing, row(1), waiting=3))
    assert [one.id for one in card.table.rows_model.rows] == [2, 1]
    assert HOSTILE not in str(card.table.rows_model.index(0, 1).data(Qt.ItemDataRole.ToolTipRole))
    words = [card.table.rows_model.index(1, column).data() for column in range(1, 7)]
    assert words == ["/v1/chat/completions", "127.0.0.1", "41", "38 ms", "61/s", "answered"]
    assert card.note.full_text == "1 of 4 at once, 3 waiting"
    card.clear.click()
    assert [one.id for one in card.table.rows_model.rows] == [2]
    assert page.running.latency.sentence.text() == "Median of 1: first token 38 ms, whole answer 1.5 s."


def test_figures_alone_do_not_render_the_rest_anew(
    page: ServerPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(page, qtbot)
    anew: list[int] = []
    monkeypatch.setattr(page.setup, "render_state", lambda _state: anew.append(1))
    jobs(page).say_from_child("run-1", **snapshot(row(1)))
    assert not anew
    assert page.running.totals.findChildren(object)
    page.presenter.hide_key()
    assert anew


def test_a_taken_port_is_mended_with_one_click(page: ServerPage, qtbot: QtBot) -> None:
    page.start_button.click()
    qtbot.waitUntil(lambda: bool(jobs(page).submitted))
    taken = Error("Port 8000 is taken by another program.", "Use 8001.", user=True, remedy={"port": 8001})
    jobs(page).end("run-1", "failed", taken)
    assert page.trouble.isVisible()
    assert page.trouble.title.text() == taken.message
    buttons = {button.text(): button for button in page.trouble.findChildren(type(page.start_button))}
    buttons["Use 8001"].click()
    config = jobs(page).submitted[-1][1]
    assert getattr(config, "port", 0) == 8001
    assert page.setup.form.values()["port"] == 8001
    assert not page.trouble.isVisible()


def test_the_palette_says_why_something_cannot_be_done(page: ServerPage, qtbot: QtBot) -> None:
    reasons = {command.id: command.enabled() for command in page.commands()}
    assert reasons == {
        "server.start": "",
        "server.stop": "No server is running",
        "server.copy": "No server is running",
        "server.key": "",
    }
    serve(page, qtbot)
    reasons = {command.id: bool(command.enabled()) for command in page.commands()}
    assert reasons == {"server.start": True, "server.stop": False, "server.copy": False, "server.key": True}


@pytest.mark.parametrize("size_class", ["S", "M", "L", "X"])
def test_it_fits_every_window(page: ServerPage, qtbot: QtBot, size_class: str) -> None:
    serve(page, qtbot)
    page.resize({"S": 800, "M": 948, "L": 1104, "X": 1720}[size_class], 640)
    page.fit(size_class)
    QTest.qWait(0)
    bar = page.running.area.horizontalScrollBar()
    assert bar.maximum() == 0
    assert page.running.address.copy.isVisible()


def test_a_model_that_is_gone_gives_way_to_another(page: ServerPage) -> None:
    desk.keep_model(page.session, "Tales")
    page.session.changed("model")
    assert page.setup.form.values()["model"] == "pell-chat"
    workspace = page.session.workspace
    catalog.trash(workspace, catalog.find(workspace, "model", "pell-chat"))
    page.session.changed("model")
    assert page.presenter.state.values["model"] == "tales"
    assert page.setup.form.values()["model"] == "tales"


def test_a_model_is_brought_from_another_tab(page: ServerPage) -> None:
    desk.keep_model(page.session, "Tales")
    page.presenter.refresh()
    page.open(model="pell-chat")
    assert page.presenter.state.values["model"] == "pell-chat"
    assert page.setup.form.values()["model"] == "pell-chat"


@pytest.mark.parametrize("can", [{"chat", "complete"}, {"complete"}, {"classify", "embed"}])
@pytest.mark.parametrize("key", [True, False])
def test_examples_can_be_used_as_they_are(can: set[str], key: bool) -> None:
    address = "http://127.0.0.1:8000"
    words = shlex.split(examples.example("curl", address, "pell", frozenset(can), key=key).replace("\\\n", " "))
    assert words[0] == "curl"
    assert words[1].startswith(f"{address}/")
    assert json.loads(words[-1])
    assert any("Bearer" in word for word in words) == key
    program = examples.example("python", address, "pell", frozenset(can), key=key)
    ast.parse(program)
    assert address in program
    assert (examples.KEY in program) == key


def test_the_example_follows_the_language(page: ServerPage, qtbot: QtBot) -> None:
    serve(page, qtbot)
    card = page.running.example
    assert card.view.toPlainText().startswith("curl http://127.0.0.1:8000/v1/chat/completions")
    card.language.set_current("python")
    assert card.view.toPlainText().startswith("from openai import OpenAI")
    card.copy.click()
    assert QGuiApplication.clipboard().text() == card.view.toPlainText()


def test_one_walks_over_the_waiting_times(theme: Theme, qtbot: QtBot) -> None:
    card = LatencyCard(theme)
    qtbot.addWidget(card)
    card.resize(400, 240)
    card.show()
    plot = card.plot
    assert plot.accessibleDescription().startswith("The first request")
    card.show_points((Latency(1000.0, 40.0, 900.0), Latency(1060.0, None, 20.0)))
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.words().endswith("first token after 40 ms")
    QTest.keyClick(plot, Qt.Key.Key_Down)
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert plot.words().endswith("whole answer after 20 ms")
    QTest.keyClick(plot, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().count("\n") == 3
    area = plot.area()
    first, second = (plot.placed(area, point) for point in plot.lines()[1])
    assert first.x() < second.x()
    assert first.y() < second.y(), "slower stands higher"


def test_numbers_are_told_in_words() -> None:
    assert [figures.milliseconds(value) for value in (None, 0.4, 38.0, 2_400.0)] == ["–", "0 ms", "38 ms", "2.4 s"]
    assert [figures.speed(value) for value in (None, 3.25, 61.4)] == ["–", "3.2/s", "61/s"]
    empty = figures.picture({})
    assert (empty.requests, empty.points) == ((), ())
    assert dict(empty.facts)["Speed, median"] == "–"
    facts = dict(figures.picture(snapshot(row(1), row(2, rate=81.0))).facts)
    assert facts == {
        "Answered": "12",
        "Refused": "1",
        "Tokens written": "1,940",
        "Speed, median": "71/s",
        "First token, median": "38 ms",
        "Slowest of 20 answers": "2.0 s",
    }


@pytest.mark.parametrize("live", [False, True])
def test_whatever_takes_the_keyboard_says_what_it_is(page: ServerPage, qtbot: QtBot, live: bool) -> None:
    if live:
        serve(page, qtbot)
        jobs(page).say_from_child("run-1", **snapshot(row(1)))
    names = [
        widget.accessibleName()
        for widget in page.findChildren(QWidget)
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(names) > 5
    assert all(names)
    assert len(names) == len(set(names)), "each is told apart"
