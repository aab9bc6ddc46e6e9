"""The pictures of the Playground: Write, Chat with a token's alternatives, Tasks, and two models compared."""

from typing import Any

from PySide6.QtWidgets import QWidget

ANSWER_SECONDS = 60


def shoot(camera: Any) -> None:
    """Write, ask and compare with the models of the filled workspace, and take a picture of each part."""
    camera.window.show_tab("playground")
    camera.settle()
    page: Any = camera.window.page("playground")
    _write(camera, page)
    _chat(camera, page)
    _tasks(camera, page)
    _compare(camera, page)
    page.holder.close()


def _write(camera: Any, page: Any) -> None:
    page.segments.set_current("write")
    prompt = camera.window.findChild(QWidget, "playground.prompt")
    if prompt is None:
        return
    prompt.setPlainText("One morning")
    page.primary()
    state = lambda: page.write.presenter.state  # noqa: E731 - looked at again and again
    camera.settle(lambda: bool(state().version.speed) and not state().busy, ANSWER_SECONDS)
    camera.shoot("playground")


def _chat(camera: Any, page: Any) -> None:
    page.segments.set_current("chat")
    presenter = page.chat.presenter
    presenter.set_system("You tell of the village.")
    for text in ("Why has the bell been silent?", "Who would ring it?"):
        presenter.send(text)
        camera.settle(lambda: not presenter.state.writing, ANSWER_SECONDS)
    camera.shoot("playground-chat")
    last = presenter.state.turns[-1]
    if last.tokens:
        page.chat._open(last.id, min(3, len(last.tokens) - 1), active=False)
        camera.shoot("playground-chat-token")
        page.escape()
    presenter.edit_last()
    camera.shoot("playground-chat-edit")
    presenter.cancel_edit()


def _tasks(camera: Any, page: Any) -> None:
    page.segments.set_current("tasks")
    presenter = page.tasks.presenter
    presenter.choose("classify")
    presenter.take_sample()
    presenter.go()
    camera.settle(lambda: not presenter.state.writing, ANSWER_SECONDS)
    page.tasks.text._toggle()
    camera.shoot("playground-tasks")
    page.tasks.text._toggle()


def _compare(camera: Any, page: Any) -> None:
    page.segments.set_current("chat")
    page.chat.compare_requested.emit()
    presenter = page.compare.presenter
    presenter.send("Why has the bell been silent?")
    camera.settle(lambda: not presenter.state.writing, ANSWER_SECONDS)
    camera.shoot("playground-compare")
    page.compare.closed.emit()
    page.segments.set_current("write")
