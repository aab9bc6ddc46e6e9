"""R1: kills trainings at random moments, resumes them, and compares them with one that was left alone.

Half of the kills come from outside after a random time; the others fall on one operation of the disk, drawn at random,
so that every place inside a commit is hit. Torch is imported once, by a parent that never computes; each attempt is a
fork of it; after every tenth kill the run is ended by a fresh process. `resume ROOT FOLDER` as arguments does that.
"""

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llmstudio.base import files, jsonl
from llmstudio.base.errors import UserError
from llmstudio.jobs import control, recover
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import pretrain
from tests.faults import disks, row
from tests.faults.row import ROOT, Row
from tests.tasks import small

SAVE_EVERY = 5
CHANGES = {
    "dropout": 0.1, "accumulate": 2, "max_steps": 150, "eval_every": 25, "save_every": SAVE_EVERY, "sample_tokens": 4,
}  # fmt: skip
FIGURES = ("loss", "grad_norm", "learning_rate", "tokens", "val_loss", "bits_per_byte")
LONGEST_WAIT = 0.8
MOST_OPERATIONS = 500
FRESH_EVERY = 10
ENDING_SECONDS = 180.0


def attempt(ws: Workspace, folder: Path, aim: int = 0) -> int:
    """Fork a child that runs the run to its end, or to the `aim`-th operation of the disk; its process id."""
    process = os.fork()
    if process == 0:
        try:
            with disks.routed(disks.Deadly(aim)) if aim else contextlib.nullcontext():
                status = InlineRunner(ws).run(folder)
            os._exit(0 if status == Status.FINISHED else 3)
        except BaseException:
            os._exit(4)
    return process


def wait(process: int, seconds: float) -> int | None:
    """The exit status if the child ended in that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.002)
    return None


def attempt_and_kill(ws: Workspace, folder: Path, chance: random.Random) -> str:
    """One attempt: killed at a random time or operation, or ended before that."""
    aim = chance.randrange(1, MOST_OPERATIONS) if chance.random() < 0.5 else 0
    process = attempt(ws, folder, aim)
    status = wait(process, ENDING_SECONDS if aim else chance.uniform(0.0, LONGEST_WAIT))
    if status is None:
        os.kill(process, signal.SIGKILL)
        status = os.waitpid(process, 0)[1]
    if os.WIFSIGNALED(status):
        return "killed in a commit" if aim else "killed"
    return "ended" if os.WEXITSTATUS(status) == 0 else f"failed with {os.WEXITSTATUS(status)}"


def unsound(folder: Path) -> Iterator[str]:
    """What is wrong with the committed checkpoints of a run that was just killed."""
    steps = [0]
    for path in (folder / "checkpoints").glob("[sb]*-*"):
        manifest = json.loads((path / "manifest.json").read_bytes())
        steps += [manifest["step"]] if path.name.startswith("step") else []
        for name, facts in manifest["files"].items():
            if files.sha256(path / name) != facts["sha256"]:
                yield f"{folder.name}: {path.name}/{name} is damaged"
    told = [record["facts"]["step"] for record in jsonl.read(folder / "events.jsonl") if _is_checkpoint(record)]
    if max([0, *told]) > max(steps):
        yield f"{folder.name}: the checkpoint of step {max(told)} was told and is lost; {max(steps)} is there"


def _is_checkpoint(record: dict[str, Any]) -> bool:
    return bool(record["kind"] == "artifact" and record["what"] == "checkpoint")


def losses_of_work(folder: Path) -> list[int]:
    """For each resumption, how many told steps had to be done again."""
    lost, step = [], 0
    for record in jsonl.read(folder / "events.jsonl"):
        if record["kind"] == "metrics":
            step = record["step"]
        elif record["kind"] == "resumed":
            lost.append(step - record["step"])
            step = record["step"]
    return lost


def leftovers(ws: Workspace) -> list[str]:
    """Half-made folders that are still there after the next start."""
    window = Workspace.open(ws.root, window=True)
    recover.scan(window)
    window.close()
    hidden = (path for path in ws.root.rglob(".*") if path.is_dir() and not path.name.startswith(".lane"))
    return [f"{path.relative_to(ws.root)} was left" for path in hidden if path.name != ".scratch"]


def outcome(ws: Workspace, folder: Path) -> dict[str, Any]:
    """What must be the same for every training: the curve in hexadecimal, and the weights."""
    state = run.load(folder)
    weights = ws.models / state.result["model"] / "model.safetensors"
    newest = max((folder / "checkpoints").glob("step-*"))
    return {
        "curve": hashlib.sha256(json.dumps(small.curve(folder, *FIGURES)).encode()).hexdigest(),
        "steps": len(small.curve(folder, "loss")),
        "weights": files.sha256(weights),
        "optimizer": files.sha256(newest / "optimizer.safetensors"),
        "val_loss": float(state.result["val_loss"]).hex(),
    }


def finish_in_a_fresh_process(root: Path, folder: Path) -> str:
    """End a run in a process that shares nothing with this one."""
    words = [sys.executable, "-m", "tests.faults.kills", "resume", str(root), str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=ENDING_SECONDS)
    return "ended" if done.returncode == 0 else f"failed with {done.returncode} {done.stderr[-500:]}"


class Kills:
    """Kills until enough were made, over as many trainings as that takes."""

    def __init__(self, ws: Workspace, seed: int) -> None:
        self.ws, self.chance = ws, random.Random(seed)
        self.kills = self.in_commits = 0
        self.faults: list[str] = []
        self.lost: list[int] = []

    def victim(self, folder: Path, most: int) -> bool:
        """Train one run to its end; False if it could not be brought there."""
        shutil.rmtree(self.ws.datasets / "tales" / "tokens")  # so that cutting the text is hit as well
        how = self._strike(folder, most)
        while how.startswith("killed") and run.load(folder).status != Status.FINISHED:  # killed after its last word
            try:
                control.resume(folder)
            except UserError as error:
                self.faults.append(f"{folder.name} could not be resumed: {error}")
                return False
            if self.kills % FRESH_EVERY == 0 or self.kills >= most:
                how = finish_in_a_fresh_process(self.ws.root, folder)
            else:
                how = self._strike(folder, most)
        if run.load(folder).status != Status.FINISHED:
            self.faults.append(f"{folder.name} {how}: {run.load(folder).error}")
            return False
        self._judge(folder)
        return True

    def _strike(self, folder: Path, most: int) -> str:
        how = attempt_and_kill(self.ws, folder, self.chance)
        if how.startswith("killed"):
            self.kills += 1
            self.in_commits += how == "killed in a commit"
            self.faults += unsound(folder)
        return how

    def _judge(self, folder: Path) -> None:
        lost = losses_of_work(folder)
        self.lost += lost
        if max([0, *lost]) > SAVE_EVERY:
            self.faults.append(f"{folder.name}: {max(lost)} steps were lost, more than one interval")
        self.faults += [f"{folder.name}: {words}" for words in leftovers(self.ws)]


def trials(count: int, seed: int, folder: Path) -> Row:
    """Kill `count` times; every training must end like the one that was left alone."""
    assert callable(pretrain.run)  # imported here, so that no child has to
    ws = small.workspace(folder / "ws")
    reference = small.new_run(ws, name="reference", **CHANGES)
    assert wait(attempt(ws, reference), ENDING_SECONDS) == 0, "the reference did not end"
    wanted, kills, victims = outcome(ws, reference), Kills(ws, seed), 0
    assert wanted["steps"] == CHANGES["max_steps"]
    while kills.kills < count and not kills.faults:
        victims += 1
        victim = small.new_run(ws, name=f"victim {victims}", **CHANGES)
        if kills.victim(victim, count) and outcome(ws, victim) != wanted:
            kills.faults.append(f"{victim.name} ended otherwise: {outcome(ws, victim)} instead of {wanted}")
    figures = {"trainings": victims, "at an operation": kills.in_commits, "most steps lost": max([0, *kills.lost])}
    return Row("R1 kills", kills.kills, kills.faults, figures)


if __name__ == "__main__":
    if sys.argv[1] == "resume":
        status = InlineRunner(Workspace.open(Path(sys.argv[2]))).run(Path(sys.argv[3]))
        sys.exit(0 if status == Status.FINISHED else 3)
    row.main(trials)
