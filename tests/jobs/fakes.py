"""Kinds of job with small tasks; `python -m tests.jobs.fakes child FOLDER` is a child that knows them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from llmstudio.base import files
from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config.option import Options, option
from llmstudio.jobs import child, registry
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.jobs.registry import Kind

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "tests.jobs.fakes"]


class CountConfig(Options):
    """Settings of every fake task."""

    steps: int = option(20, title="Steps")
    pace: float = option(0.0, title="Seconds per step")
    save_every: int = option(5, title="Steps between checkpoints")
    trouble: str = option("", title="What goes wrong")


def kinds() -> dict[str, Kind]:
    """The fake kinds by name; each task is a function of this module."""
    lanes = {"count": "compute", "trouble": "light", "echo": "session", "stubborn": "none", "quick": "light"}
    config = f"{__name__}:CountConfig"
    return {name: Kind(name, config, f"tests.jobs.fakes:{name}", lane) for name, lane in lanes.items()}  # type: ignore[arg-type]


def following(state: int) -> int:
    """One step of a computation whose result shows every omission and every repetition."""
    return (state * 6364136223846793005 + 1442695040888963407) % 2**64


def newest(folder: Path, before: int | None) -> tuple[int, int]:
    """(step, state) of the newest checkpoint at or before a step; (0, 1) if there is none."""
    steps = sorted(int(path.name.removeprefix("step-")) for path in (folder / "checkpoints").glob("step-*"))
    fitting = [step for step in steps if before is None or step <= before]
    if not fitting:
        return 0, 1
    state = json.loads((folder / "checkpoints" / f"step-{fitting[-1]:08d}" / "state.json").read_text())
    assert state["step"] == fitting[-1]
    return state["step"], state["value"]


def save(context: Context, step: int, value: int) -> None:
    """Commit a checkpoint, with some bulk so that a kill may land inside."""
    target = context.folder / "checkpoints" / f"step-{step:08d}"
    with files.staged_folder(target, replace=True) as staging:
        for part in range(3):
            (staging / f"bulk-{part}").write_bytes(os.urandom(1 << 16))
        files.write_json(staging / "state.json", {"step": step, "value": value})
    context.artifact("checkpoint", target, step=step)


def count(job: Job, context: Context) -> None:
    """Count with checkpoints: pause saves, keep ends, `faster` said changes the pace."""
    config = CountConfig.model_validate(job.config)
    step, value = (
        newest(context.folder, context.resume.from_step if context.resume else None) if context.resume else (0, 1)
    )
    if context.resume:
        context.resumed(step)
        config = config.model_copy(update=context.resume.overrides)
    context.stage("counting")
    pace = config.pace
    try:
        while step < config.steps:
            context.check()
            for said in context.said():
                pace = said.get("pace", pace)
            step, value = step + 1, following(value)
            context.metrics(step, loss=float(value % 1000))
            context.progress(step, config.steps, "steps")
            if step % config.save_every == 0:
                save(context, step, value)
            time.sleep(pace)
    except Interrupt as interrupt:
        if interrupt.kind == "cancel":
            raise
        save(context, step, value)
        if interrupt.kind == "pause":
            raise
    context.result(steps=step, value=str(value))


def quick(job: Job, context: Context) -> None:
    """Do every kind of report once."""
    context.resolve(steps=7)
    context.stage("all", 0.5)
    context.progress(1, 1, "things")
    context.metrics(1, loss=2.5, val_loss=float("nan"))
    context.note("a note", "good")
    context.sample(1, "Once", " upon a time")
    context.message("model", "hello")
    context.artifact("model", context.workspace.models / "m", size=3)
    context.result(steps=1)


def trouble(job: Job, context: Context) -> None:
    """Go wrong in the way the config names."""
    match job.config["trouble"]:
        case "user":
            raise UserError("The text is too short.", "Add text.", field="dataset", location="row 3")
        case "bug":
            raise ValueError("inner secret")
        case "memory":
            raise MemoryError
        case "kill":
            os.kill(os.getpid(), 9)
        case "exit":
            os._exit(3)
        case "system_exit":
            sys.exit(4)
        case "orphan":
            print("a stray line on stdout")
            script = "import time; time.sleep(60)"
            context.note(str(subprocess.Popen([sys.executable, "-c", script]).pid))
            os.kill(os.getpid(), 9)
        case "fork":
            inner = os.fork()
            if inner == 0:
                time.sleep(60)
            context.note(str(inner))
            print("a stray line on stdout", flush=True)
            os.kill(os.getpid(), 9)
        case other:
            raise AssertionError(other)


def echo(job: Job, context: Context) -> None:
    """A session that sends back what it receives, until "stop"."""
    print("a stray line on stdout")
    context.emit({"op": "ready"})
    for message in context.messages():
        if message.get("op") == "stop":
            break
        context.emit({"op": "echo", "of": message})
    context.result(ended="well")


def stubborn(job: Job, context: Context) -> None:
    """Never ask whether to stop."""
    context.stage("deaf")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            time.sleep(0.05)
        except Interrupt:
            if job.config["trouble"] != "deafer":
                raise


def main() -> int:
    """The child's entry, with the fake kinds registered."""
    registry.KINDS.update(kinds())
    assert sys.argv[1] == "child"
    return child.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
