"""A workspace, the fake kinds, and short ways to make and follow runs."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from llmstudio.jobs import registry
from llmstudio.jobs.create import create_run
from llmstudio.jobs.job import Status
from llmstudio.jobs.process import ProcessRunner
from llmstudio.store.events import Event
from llmstudio.store.workspace import Workspace
from tests.jobs import fakes

MakeRun = Callable[..., Path]


@pytest.fixture(autouse=True)
def _fake_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, kind in fakes.kinds().items():
        monkeypatch.setitem(registry.KINDS, name, kind)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "work space é")


@pytest.fixture
def make_run(ws: Workspace) -> MakeRun:
    """`make_run("count", steps=9)` is the folder of a queued run."""

    def make(kind: str, **config: Any) -> Path:
        return create_run(ws, kind, fakes.CountConfig(**config), title=f"a {kind}")

    return make


class Followed:
    """A runner in a thread, with what it told: `wait_for` an event or a message, `end` for the status."""

    def __init__(self, runner: ProcessRunner, folder: Path, offset: int | None = 0) -> None:
        self.runner = runner
        self.folder = folder
        self.events: list[Event] = []
        self.messages: list[dict[str, Any]] = []
        self.status: Status | None = None
        self.failure: BaseException | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, args=(offset,), daemon=True)
        self._thread.start()

    def _run(self, offset: int | None) -> None:
        try:
            self.status = self.runner.run(self.folder, self._on(self.events), self._on(self.messages), offset=offset)
        except BaseException as error:
            self.failure = error
        with self._changed:
            self._changed.notify_all()

    def _on(self, into: list[Any]) -> Callable[[Any], None]:
        def take(item: Any) -> None:
            with self._changed:
                into.append(item)
                self._changed.notify_all()

        return take

    def wait_for(self, test: Callable[[Any], bool], seconds: float = 20.0) -> Any:
        def found() -> Any:
            return next((item for item in [*self.events, *self.messages] if test(item)), None)

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None or not self._thread.is_alive(), seconds)
        assert found() is not None, (self.status, self.failure, self.events)
        return found()

    def wait_step(self, step: int) -> None:
        self.wait_for(lambda item: getattr(item, "step", 0) >= step)

    def end(self, seconds: float = 30.0) -> Status:
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "the run did not end"
        if self.failure is not None:
            raise self.failure
        assert self.status is not None
        return self.status


@pytest.fixture
def follow(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Followed]]:
    """`follow(folder)` starts a real child and follows it in a thread."""
    monkeypatch.chdir(fakes.ROOT)
    started: list[Followed] = []

    def start(folder: Path, offset: int | None = 0, **patience: float) -> Followed:
        started.append(Followed(ProcessRunner(ws, command=fakes.COMMAND, **patience), folder, offset))
        return started[-1]

    yield start
    for each in started:
        if each.status is None and each.failure is None:
            each.runner._cancelled_at = 0.0  # so that the child is killed soon
            each.end()
