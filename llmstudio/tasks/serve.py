"""The session behind the Server tab and `llmstudio serve`: a model is loaded once, then answers over HTTP.

Its owner sends {"op": "key", "key": ...} first where a key is asked for, hears {"op": "serving", ...} when the server
can be reached, asks for the live table with {"op": "look"} (the answer is {"op": "snapshot", ...}), and may end it
with {"op": "stop"}.
"""

import logging
import threading
from dataclasses import asdict
from typing import Any

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.serve import ServeConfig
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.server import addresses
from llmstudio.server.completer import Facts
from llmstudio.server.service import Service
from llmstudio.tasks import writers
from llmstudio.tasks.chatting import template_note
from llmstudio.tasks.serving import Engine

PATIENCE_SECONDS = 0.2
log = logging.getLogger(__name__)


def run(job: Job, context: Context) -> None:
    """Serve until the owner is gone or asks for the end."""
    config = ServeConfig(**job.config)
    key = _key(context) if config.key else ""
    for one in addresses.bind(config):  # a taken port is told before a large model is loaded
        one.close()
    ready = writers.load(context, config.model, config.precision, config.device, config.threads)
    if note := template_note(ready.loaded.kept):
        context.note(note, "warning")
    engine = Engine(ready, config.slots)
    if engine.facts.slots < config.slots:
        answers = units.plural(engine.facts.slots, "answer")
        context.note(f"Memory has room for {answers} at once, not for {config.slots}.", "warning")
    service = Service(engine, config, key)
    driver = Driver(engine)
    try:
        service.start()
        _serve(context, engine, service)
    finally:
        driver.stop()
        service.stop()


def _key(context: Context) -> str:
    """The key that the owner hands over; it is never written down."""
    for message in context.messages():
        if message.get("op") == "key" and isinstance(message.get("key"), str) and message["key"]:
            return str(message["key"])
    raise UserError("The server was not told its key.", "Start it again.", field="key")


def _serve(context: Context, engine: Engine, service: Service) -> None:
    found = list(service.addresses)
    context.stage("Serving")
    context.note(f"{engine.facts.title} can be reached at {found[0]}/v1.", "good")
    context.result(addresses=found)
    context.emit({"op": "serving", "addresses": found, **_told(engine.facts)})
    for message in context.messages():
        if not service.alive:
            raise UserError("The server ended by itself.", "Start it again.")
        if message.get("op") == "look":
            context.emit({"op": "snapshot", **service.snapshot()})
        if message.get("op") == "stop":
            return


def _told(facts: Facts) -> dict[str, Any]:
    """What is served, for its owner."""
    return {**asdict(facts), "model": facts.id, "can": sorted(facts.can), "labels": list(facts.labels)}


class Driver:
    """The engine's own thread, from the making of this to `stop`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._drive, name="engine", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Wait for the turn that is under way, and end all answers."""
        self._over.set()
        self._engine.wake()
        self._thread.join()
        self._engine.close()

    def _drive(self) -> None:
        while not self._over.is_set():
            try:
                self._engine.work(PATIENCE_SECONDS)
            except Exception as error:
                log.exception("The engine stumbled")
                self._engine.fail(error)
