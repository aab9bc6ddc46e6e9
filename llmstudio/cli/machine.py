"""`llmstudio doctor`, `quickstart` and `self-test`: what this machine is, and whether all of it works."""

import tempfile
from pathlib import Path
from typing import Any

import click

from llmstudio.base import units
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.ending import FAILED, CommandEnd
from llmstudio.cli.work import Desk
from llmstudio.config.quickstart import QuickstartConfig
from llmstudio.config.selftest import DoctorConfig, SelfTestConfig


@click.command()
@click.pass_obj
def doctor(desk: Desk) -> None:
    """What the application finds on this machine."""
    result = desk.run_aside("doctor", DoctorConfig(), title="Doctor")
    desk.console.result({**result, "workspace": str(desk.workspace.root)})


@click.command()
@options_of(QuickstartConfig)
@click.pass_obj
def quickstart(desk: Desk, /, **values: Any) -> None:
    """Build a first model from the bundled stories: import, tokenizer, training, a sample."""
    state = desk.run("quickstart", make(QuickstartConfig, values), title="Build my first model")
    result = state.result
    words = (
        f"\n{result['sample']}\n\n{result['model']} is ready after {units.duration(result['seconds'])}: "
        f"{result['bits_per_byte']:.3f} bits per byte on stories it has never seen.\n"
        f'Go on: llmstudio generate {result["model"]} --prompt "Once, in Pell,"'
    )
    desk.console.result(result, words)


@click.command("self-test")
@click.pass_obj
def self_test(desk: Desk) -> None:
    """Check that every part works on this machine, in a workspace of its own."""
    with tempfile.TemporaryDirectory(prefix="llmstudio-") as folder:  # the person's own workspace is left alone
        aside = Desk(Path(folder), desk.console)
        result = aside.run_aside("self_test", SelfTestConfig(), title="Self-test")
    lines = [f"{'ok  ' if check['ok'] else 'FAIL'}  {check['name']}  {check['detail']}" for check in result["checks"]]
    desk.console.result(result, "\n".join([*lines, "All checks passed." if result["ok"] else "Some checks failed."]))
    if not result["ok"]:
        raise CommandEnd(FAILED)
