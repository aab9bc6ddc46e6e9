"""`llmstudio serve` lets programs ask a model over HTTP, under OpenAI's addresses, until Ctrl+C."""

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import click

from llmstudio.base.errors import UserError
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.work import Desk, stopping
from llmstudio.config.serve import ServeConfig
from llmstudio.jobs import create
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.server.credentials import checked_key, new_key
from llmstudio.store import catalog
from llmstudio.store import run as runs

VARIABLE = "LLMSTUDIO_API_KEY"


@click.command()
@click.argument("model")
@options_of(ServeConfig, skip=["model"])
@click.option(
    "--api-key",
    default=None,
    metavar="TEXT",
    help=f"Key that clients send; made anew where none is given. Safer in the variable {VARIABLE}.",
)
@click.pass_obj
def serve(desk: Desk, /, model: str, api_key: str | None, **values: Any) -> None:
    """Let programs ask a model over HTTP, under OpenAI's addresses.

    Prints the address, and the key where one was made. Runs until Ctrl+C.
    """
    config = make(ServeConfig, {**values, "model": model})
    own = own_key(config, api_key)
    title = catalog.find(desk.workspace, "model", model).title  # before torch is loaded
    key = (own or new_key()) if config.key else ""
    with tempfile.TemporaryDirectory(prefix="llmstudio-") as place:
        folder = create.create_run(desk.workspace, "serve", config, title=f"Serve {title}", runs=Path(place))
        voice = Voice(desk, title, "" if own else key)
        runner = InlineRunner(desk.workspace)
        if key:
            runner.send({"op": "key", "key": key})
        with stopping(partial(_ask, runner, voice)):
            status = runner.run(folder, desk.console.event, voice.hear)
        if status != Status.FINISHED:
            desk.end(runs.load(folder), status)
        desk.console.say("Stopped.")


def own_key(config: ServeConfig, said: str | None) -> str:
    """The key the person chose, on the command line or in the environment; "" for none."""
    if said is not None and not config.key:
        raise UserError("A key was given, and the key is switched off.", "Leave out --no-key.", field="api_key")
    chosen = os.environ.get(VARIABLE, "") if said is None else said
    return checked_key(chosen) if said is not None or (chosen and config.key) else ""


class Voice:
    """Tells the person where the server is, once it is there."""

    def __init__(self, desk: Desk, title: str, key: str) -> None:
        """`key` is shown; "" where there is none to show."""
        self._desk, self._title, self._key = desk, title, key
        self.serving = False

    def hear(self, message: dict[str, Any]) -> None:
        """A message of the session."""
        if message.get("op") != "serving":
            return
        self.serving = True
        addresses = [str(one) for one in message["addresses"]]
        words = [f"Serving {self._title} at {addresses[0]}"]
        words += [f"Also at {one}" for one in addresses[1:]]
        words += [f"Key (shown once): {self._key}"] if self._key else []
        told = {
            "address": addresses[0],
            "addresses": addresses,
            "base_url": f"{addresses[0]}/v1",
            "model": message["model"],
            "can": message["can"],
        }
        self._desk.console.result(told | ({"key": self._key} if self._key else {}), "\n".join(words))
        self._desk.console.say(f"Clients of OpenAI's kind ask at {addresses[0]}/v1. Ctrl+C stops.")


def _ask(runner: InlineRunner, voice: Voice) -> None:
    """Have the server stop in order; before it serves there is nothing to keep."""
    if voice.serving:
        runner.send({"op": "stop"})
    else:
        runner.request("cancel")
