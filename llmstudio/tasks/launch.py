"""Starts the processes that train one model on this machine: torchrun as a library, in a child of the job's runner."""

import os
import sys
import tempfile
import uuid
from pathlib import Path

from torch.distributed import run as torchrun
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

from llmstudio.base import world
from llmstudio.base.errors import UserError
from llmstudio.jobs import processes
from llmstudio.jobs.job import Job
from llmstudio.jobs.process import own_command
from llmstudio.jobs.processes import Ended

END_SECONDS = 15  # from the end of one process to the kill of those that do not follow


def main(argv: list[str]) -> int:
    """Run the queued run in the folder `argv[0]` in as many processes as its job says; returns the exit code."""
    if len(argv) != 1:
        print("usage: llmstudio launch RUN_FOLDER", file=sys.stderr)
        return 2
    try:
        folder = Path(argv[0]).absolute()
        return launch(folder, processes.count(Job.load(folder)), [*own_command(), "child", str(folder)])
    except UserError as error:
        print(error, file=sys.stderr)
        return 2


def launch(folder: Path, count: int, command: list[str]) -> int:
    """Run `command` in `count` processes that find each other without a port; returns the exit code.

    Which one failed first is written into the folder.
    """
    processes.forget(folder)
    with tempfile.TemporaryDirectory(prefix="llmstudio-") as place:
        os.environ |= {
            world.RENDEZVOUS: str(Path(place) / "meeting"),
            world.PROCESSES: str(count),
            "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",  # the processes meet over the file, nobody listens
            "OMP_NUM_THREADS": "1",  # until each one takes its share of the cores
        }
        try:
            torchrun.main([*_options(count, Path(place)), *command])
        except ChildFailedError as error:
            rank, failure = error.get_first_failure()
            found = Ended(rank + 1, count, failure.exitcode)
            processes.remember(folder, found)
            print(f"Process {found.process} of {found.of} ended with code {found.code}.", file=sys.stderr)
            return 1
        except SignalException as error:
            return 128 + int(error.sigval)
    return 0


def _options(count: int, place: Path) -> list[str]:
    """One machine, no second try, and a meeting of the launcher itself over a file."""
    return [
        "--nnodes=1",
        f"--nproc-per-node={count}",
        "--max-restarts=0",
        "--rdzv-backend=c10d",
        "--rdzv-conf=store_type=file",
        f"--rdzv-endpoint={place / 'launcher'}",
        f"--rdzv-id={uuid.uuid4()}",
        "--local-addr=127.0.0.1",
        f"--log-dir={place}",
        "--monitor-interval=0.1",
        f"--shutdown-timeout={END_SECONDS}",
        "--no-python",
    ]
