"""Kills trainings at random moments, resumes them, and compares them with one that was left alone.

Run as a program: torch is imported once, by a parent that never computes, and every attempt is a fork of it.
Prints one JSON object. `resume FOLDER` as arguments ends a killed run in this fresh process instead.
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.jobs import control
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import pretrain
from tests.tasks import small

CHANGES = {
    "dropout": 0.1, "accumulate": 2, "max_steps": 150, "eval_every": 25, "save_every": 5, "sample_tokens": 4,
}  # fmt: skip
FIGURES = ("loss", "grad_norm", "learning_rate", "tokens", "val_loss", "bits_per_byte")
LONGEST_WAIT = 0.8
ENDING_SECONDS = 180.0


def attempt(ws: Workspace, folder: Path) -> int:
    """Fork a child that runs the run to its end; its process id."""
    process = os.fork()
    if process == 0:
        try:
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


def wait_for_commit(process: int, folder: Path, seconds: float) -> int | None:
    """Return as soon as a checkpoint is being written, or with the status of a child that ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return status
        if next((folder / "checkpoints").glob(".staging-*"), None) is not None:
            return None
    return None


def attempt_and_kill(ws: Workspace, folder: Path, chance: random.Random) -> str:
    """One attempt: killed after a random time (half of them inside a commit), or ended before that."""
    process = attempt(ws, folder)
    status = wait(process, chance.uniform(0.0, LONGEST_WAIT))
    if status is None and chance.random() < 0.5:
        status = wait_for_commit(process, folder, LONGEST_WAIT)
    if status is None:
        os.kill(process, signal.SIGKILL)
        status = os.waitpid(process, 0)[1]
    if os.WIFSIGNALED(status):
        return "killed"
    return "ended" if os.WEXITSTATUS(status) == 0 else f"failed with {os.WEXITSTATUS(status)}"


def unsound(folder: Path) -> list[str]:
    """Committed checkpoints whose files are not those of their manifest."""
    found = []
    for path in (folder / "checkpoints").glob("[sb]*-*"):
        manifest = json.loads((path / "manifest.json").read_bytes())
        for name, facts in manifest["files"].items():
            if files.sha256(path / name) != facts["sha256"]:
                found.append(f"{path.name}/{name}")
    return found


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


def finish_in_a_fresh_process(root: Path, folder: Path) -> None:
    """End a run in a process that shares nothing with this one."""
    words = [sys.executable, "-m", "tests.end_to_end.kill_harness", "resume", str(root), str(folder)]
    subprocess.run(words, check=True, timeout=ENDING_SECONDS)


def main(root: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill `kills` times over as many trainings as that takes; every one must end like the first."""
    assert callable(pretrain.run)  # imported here, so that no child has to
    ws, chance = small.workspace(root), random.Random(seed)
    reference = small.new_run(ws, name="reference", **CHANGES)
    assert wait(attempt(ws, reference), ENDING_SECONDS) == 0, "the reference did not end"
    wanted, found, killed, faults = outcome(ws, reference), [], 0, []
    while killed < kills:
        folder = small.new_run(ws, name=f"victim {len(found)}", **CHANGES)
        how = attempt_and_kill(ws, folder, chance)
        while how == "killed" and killed < kills - 1:
            killed += 1
            faults += unsound(folder)
            control.resume(folder)
            how = attempt_and_kill(ws, folder, chance)
        if how == "killed":
            killed += 1
            control.resume(folder)
            finish_in_a_fresh_process(root, folder)
        elif how != "ended":
            faults.append(f"{how}: {run.load(folder).error}")
            break
        found.append(outcome(ws, folder))
    return {"kills": killed, "wanted": wanted, "found": found, "faults": faults, "seed": seed}


if __name__ == "__main__":
    if sys.argv[1] == "resume":
        status = InlineRunner(Workspace.open(Path(sys.argv[2]))).run(Path(sys.argv[3]))
        sys.exit(0 if status == Status.FINISHED else 3)
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
