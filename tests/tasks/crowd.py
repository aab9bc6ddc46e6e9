"""Follows a run that several processes work on, and looks for them."""

import threading
from pathlib import Path
from typing import Any

import psutil

from llmstudio.base.errors import InterruptKind
from llmstudio.jobs.job import Status
from llmstudio.jobs.process import ProcessRunner
from llmstudio.store.events import Event, Metrics
from llmstudio.store.workspace import Workspace


class Crowd:
    """One attempt, run by the ordinary runner; `at` says what is done once a step was reached."""

    def __init__(self, ws: Workspace, folder: Path) -> None:
        self.runner, self.folder = ProcessRunner(ws), folder
        self.events: list[Event] = []
        self.seen: list[psutil.Process] = []

    def run(self, step: int | None = None, ask: InterruptKind | None = None, kill: int | None = None) -> Status:
        """At `step` ask something of the run, or kill the process of that rank; how the run ended."""
        done = threading.Event()

        def take(event: Event) -> None:
            self.events.append(event)
            if (
                isinstance(event, Metrics)
                and "loss" in event.values
                and not done.is_set()
                and event.step >= (step or 0)
            ):
                done.set()
                self.seen = self.processes()
                if ask is not None:
                    self.runner.request(ask)
                if kill is not None:
                    self.of_rank(kill).kill()

        return self.runner.run(self.folder, take)

    def processes(self) -> list[Any]:
        """Those that train."""
        child = self.runner._child
        assert child is not None
        return [one for one in psutil.Process(child.pid).children(recursive=True) if "child" in one.cmdline()]

    def of_rank(self, rank: int) -> Any:
        return next(one for one in self.seen if one.environ().get("RANK") == str(rank))

    def listening(self) -> list[str]:
        """Addresses at which the processes that train can be reached."""
        return [
            link.laddr.ip
            for one in self.seen
            if one.is_running()
            for link in one.net_connections(kind="inet")
            if link.status == psutil.CONN_LISTEN
        ]
