"""The benchmarks of the window: how soon it is there, and how long it keeps a person waiting under load.

The window runs in a process of its own on a screen that is not there (Qt's offscreen platform): what it draws is
drawn, and nothing appears.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from llmstudio.base import paths
from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.jobs import create
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.jobs.process import own_command, own_environment
from llmstudio.store.benchmarks import Figure, figure
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.benchmarking import Bench

PROMISE = 1.0  # seconds until the window is there
FRAME = 0.016  # seconds: one of 60 in a second
LOOK_SECONDS = 0.05
LONGEST = 180.0
SAMPLE = "samples/stories.jsonl.gz"
TRAINING: dict[str, Any] = {
    "name": "Load",
    "dataset": "Stories",
    "tokenizer": "characters",
    "n_layer": 4,
    "n_head": 4,
    "n_embd": 256,
    "block_size": 128,
    "batch_size": 16,
    "max_steps": 1_000_000,
    "eval_every": 1_000_000,
    "save_every": 1_000_000,
    "sample_tokens": 0,
    "precision": "fp32",
    "compile": "off",
}


def startup(bench: Bench) -> list[Figure]:
    """Seconds from the begin of the process until the window was painted, warm."""
    with bench.scratch() as folder:
        root = folder / "workspace"
        Workspace.open(root)
        _window(bench, folder, ["--profile-start", "--workspace", str(root)])  # the first one fills the disk's cache
        samples: dict[str, list[float]] = {}
        for number in range(bench.config.rounds):
            facts = _window(bench, folder, ["--profile-start", "--workspace", str(root)])
            for name in ("total", "imports", "settled"):
                samples.setdefault(name, []).append(float(facts[name]) / 1000)
            bench.context.progress(number + 1, bench.config.rounds, "starts")
    return [
        figure(
            "startup.painted",
            "Until the window is seen",
            "s",
            samples["total"],
            ceilings=[PROMISE] * bench.config.rounds,
            ceiling_title="the promise",
            better="lower",
        ),
        figure("startup.imports", "of it loading our code", "s", samples["imports"], better="lower"),
        figure("startup.settled", "Until nothing is read any more", "s", samples["settled"], better="lower"),
    ]


def ui_latency(bench: Bench) -> list[Figure]:
    """By how much the event loop's turns are late (99th percentile): at rest, and beside a training on all cores."""
    seconds = max(2.0, bench.config.seconds)
    with bench.scratch() as folder:
        root = folder / "workspace"
        _stories(bench, Workspace.open(root))
        wishes = {
            "settle": 1.0,
            "seconds": seconds,
            "patience": LONGEST / 3,
            "training": {**TRAINING, "threads": bench.place.threads},
        }
        command = ["--profile-latency", json.dumps(wishes), "--workspace", str(root)]
        found = []
        rounds = min(bench.config.rounds, 3)
        for number in range(rounds):
            found.append(_window(bench, folder, command))
            bench.context.progress(number + 1, rounds, "rounds")
    idle = [float(one["idle"]["p99"]) for one in found]
    load = [float(one["load"]["p99"]) for one in found]
    return [
        figure(
            "ui-latency.load",
            "Delay beside a training, 99 of 100",
            "s",
            load,
            ceilings=[rest + FRAME for rest in idle],
            ceiling_title="at rest, and one frame",
            better="lower",
        ),
        figure("ui-latency.idle", "Delay at rest, 99 of 100", "s", idle, better="lower"),
        figure(
            "ui-latency.longest",
            "Longest delay beside a training",
            "s",
            [float(one["load"]["longest"]) for one in found],
            better="lower",
        ),
        figure(
            "ui-latency.plot",
            "Ten points more in a plot of a million",
            "s",
            [float(one["plot"]["median"]) for one in found],
            ceilings=[FRAME] * len(found),
            ceiling_title="one frame",
            better="lower",
        ),
    ]


def _stories(bench: Bench, ws: Workspace) -> None:
    config = ImportConfig(paths=(str(paths.resource(SAMPLE)),), name="Stories", text_column="text")
    folder = create.create_run(ws, "import_dataset", config, title="Stories")
    runner = InlineRunner(ws)
    status = runner.run(folder, lambda _event: _pass_on(bench, runner))
    bench.context.check()
    if status != Status.FINISHED:
        raise UserError("The stories for the training could not be imported.", "Run llmstudio self-test.")


def _pass_on(bench: Bench, runner: InlineRunner) -> None:
    try:
        bench.context.check()
    except Interrupt:
        runner.request("cancel")
        raise


def _window(bench: Bench, folder: Path, arguments: list[str]) -> dict[str, Any]:
    """What a window of its own process printed last. UserError where it failed; it never outlives us."""
    environment = {
        **own_environment(),
        "QT_QPA_PLATFORM": "offscreen",
        "LLMSTUDIO_CONFIG": str(folder / "config"),  # neither the person's settings nor a dialog of theirs
    }
    process = subprocess.Popen(
        [*own_command(), *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        said, told = _wait(bench, process)
    finally:
        process.kill()
        process.wait()
    lines = said.decode("utf-8", "replace").strip().splitlines()
    if process.returncode or not lines:
        words = told.decode("utf-8", "replace").strip().splitlines()
        raise UserError(
            f"The window could not be measured: {words[-1] if words else 'it said nothing'}.",
            "Run llmstudio self-test: it opens the window too.",
        )
    return dict(json.loads(lines[-1]))


def _wait(bench: Bench, process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What the process said and complained of, once it has ended."""
    for _ in range(int(LONGEST / LOOK_SECONDS)):
        bench.context.check()
        try:
            return process.communicate(timeout=LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    raise UserError(f"The window did not come to an end within {LONGEST:.0f} s.", "Run llmstudio self-test.")
