"""Reads the command line, runs the command, and turns every outcome into an exit status.

0 done, 1 failed, 2 the input is wrong (one clear sentence on stderr), 130 cancelled.
"""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import click

from llmstudio import __version__
from llmstudio.base import log, paths
from llmstudio.base.errors import UserError
from llmstudio.cli.console import Console
from llmstudio.cli.ending import CANCELLED, FAILED, WRONG_INPUT, CommandEnd
from llmstudio.cli.everywhere import globals_of

# name -> module of this package and the command in it
COMMANDS = {
    "doctor": "machine:doctor",
    "quickstart": "machine:quickstart",
    "data": "datasets:data",
    "tokenizer": "tokenizers:tokenizer",
    "propose": "proposing:propose_settings",
    "pretrain": "writing:pretrain",
    "generate": "writing:generate",
    "chat": "chatting:chat",
    "serve": "serving:serve",
    "finetune": "tuning:finetune",
    "classify": "tuning:classify",
    "evaluate": "evaluating:evaluate",
    "evaluations": "evaluating:evaluations",
    "models": "models:models",
    "runs": "runs:runs",
    "benchmark": "benchmark:benchmark",
    "scale": "scale:scale",
    "self-test": "machine:self_test",
}


class LazyGroup(click.Group):
    """Imports a command's module when the command is named, so that the window and `--version` start at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"llmstudio.cli.{module}"), name)
        return found if isinstance(found, click.Command) else None


@click.group(
    name="llmstudio",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="LLM Studio")
def commands() -> None:
    """Build your own language model on your own machine.

    Without a command the window opens. Global options, before or after the command:
    --workspace DIR (or LLMSTUDIO_WORKSPACE), --json (the last line of stdout is one JSON object).
    """


def main(arguments: Sequence[str], window: Callable[[Path], int]) -> int:
    """Run one command, or open the `window` where none is named; returns the exit status.

    A person's mistake never ends in a traceback.
    """
    _mend_streams()
    own = list(arguments)[: list(arguments).index("--")] if "--" in arguments else arguments
    try:
        return _outcome(arguments, window, Console(as_json="--json" in own))
    except OSError:  # not even this could be said: who reads our output has gone, or its disk is full
        _silence_stdout()
        return FAILED


def _outcome(arguments: Sequence[str], window: Callable[[Path], int], console: Console) -> int:
    try:
        rest, values, _ = globals_of(list(arguments))
        root = Path(values["workspace"]) if "workspace" in values else paths.default_workspace()
        log.set_up(paths.user_log())
        if rest[:1] == ["--self-test"]:
            rest[0] = "self-test"
        return window(root) if not rest else _command(rest, root, console)
    except CommandEnd as end:
        return end.status
    except UserError as error:
        console.error(error)
        return WRONG_INPUT
    except click.UsageError as error:
        console.error(UserError(error.format_message(), _usage_hint(error)))
        return WRONG_INPUT
    except (KeyboardInterrupt, click.Abort):
        console.error(UserError("Stopped.", "Nothing half-done was kept."))
        return CANCELLED
    except BrokenPipeError:
        raise
    except Exception as error:  # a script that asked for JSON gets it whatever happens
        return _unforeseen(error, console)


def _unforeseen(error: Exception, console: Console) -> int:
    """A full disk and its like are the user's to mend; anything else is ours, and its details are shown."""
    from llmstudio.jobs import faults  # only where something went wrong

    event = faults.of_exception(error)
    if not event.user:
        console.say(event.details)
    console.error(UserError(event.message, event.hint, field=event.field))
    return WRONG_INPUT if event.user else FAILED


def _command(arguments: list[str], root: Path, console: Console) -> int:
    from llmstudio.cli.work import Desk  # brings the data and job packages, which the window loads in its own time

    desk = Desk(root, console)
    outcome = commands.main(args=arguments, prog_name="llmstudio", obj=desk, standalone_mode=False)
    return outcome if isinstance(outcome, int) else 0


def _mend_streams() -> None:
    """Stand in for streams that are closed (services, windowed programs), and print letters an old terminal lacks."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r" if name == "stdin" else "w"))
        elif name != "stdin" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _silence_stdout() -> None:
    """Otherwise the interpreter complains about the closed pipe when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage_hint(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx else "llmstudio"
    return f"See {command} --help."
