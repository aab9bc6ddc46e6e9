"""Brings a model from the hub into a folder: pinned to one commit, only files that belong to a model, each one proven.

`fetch` serves the import too. A pause keeps what came, in `.part` files; the next attempt goes on with the same commit.
"""

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from llmstudio.base import files, units, web
from llmstudio.base.disk import DISK
from llmstudio.base.errors import Interrupt, UserError
from llmstudio.base.locks import FileLock
from llmstudio.config.download import COMMIT, DownloadConfig, HubName
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import hub, network
from llmstudio.store.hub import HubFile, Offer
from llmstudio.store.network import Network
from llmstudio.tasks.transfer import Line, Patience, aside, bring, wait

PLAN, LOCK = "download.json", "download.lock"
RANGE_REFUSED = 416
TELL_SECONDS = 0.2  # more than the log's own pace, so that nothing told is dropped
FIRST_TRIES = 3  # a hub that never answered is told sooner than one that broke off


def run(job: Job, context: Context) -> None:
    """Download as the job says; the result names the folder (or file), the commit, and the bytes."""
    config = DownloadConfig(**job.config)
    name = config.name
    folder = Path(config.to) if config.to else hub.place(context.workspace.root, name)
    path = fetch(name.repo, name.revision, folder, context, file=name.file)
    origin = origin_of(folder)
    context.result(path=str(path), model=name.repo, revision=origin["revision"], licence=origin["licence"])


def fetch(
    repo_id: str,
    revision: str,
    folder: Path,
    context: Context,
    *,
    file: str = "",
    net: Network | None = None,
    patience: Patience | None = None,
) -> Path:
    """Bring a model into `folder` (made if need be) and return what to open: the folder, or its GGUF file.

    Take `hub.place(workspace.root, name)` for the folder, and remove it once the model is kept. `origin_of(folder)`
    then tells name, commit, licence and hashes. Called again with the same folder it goes on after a pause or a broken
    connection; a cancel removes what came. Raises `UserError`.
    """
    name = HubName(repo_id, revision or "main", file)
    reached = net or aside(network.current, context.check)  # a locked keyring may wait for a password
    reached.require()
    patient = patience or Patience()
    try:
        with _alone(folder, name):
            offer = planned(folder, name) or _look(name, reached, patient, context)
            _prepare(folder, offer, reached, context)
            _bring_all(folder, offer, reached, patient, context)
    except Interrupt as interrupt:
        if interrupt.kind == "cancel" and planned(folder, name) is not None:
            DISK.remove_folder(folder)
        raise
    return files.safe_join(folder, offer.gguf) if offer.gguf else folder


@contextmanager
def _alone(folder: Path, name: HubName) -> Iterator[None]:
    """Nobody else brings the same into the same folder meanwhile. A folder that stays empty goes again."""
    with files.disk_faults(folder):
        DISK.mkdir(folder)
        lock = FileLock(folder / LOCK)
        if not lock.acquire():
            raise UserError(f"{name.repo} is being downloaded already.", "Wait for that download, or stop it first.")
    try:
        yield
    finally:
        lock.release()
        DISK.unlink(lock.path)
        with contextlib.suppress(OSError):
            folder.rmdir()


def origin_of(folder: Path) -> dict[str, Any]:
    """The lineage of a downloaded model: kind, name, revision (a commit), licence, file and sha256 of its weights."""
    plan = files.read_json(folder / PLAN)
    weights = {one["name"]: one["sha256"] for one in plan["files"] if one["sha256"]}
    main = next(iter(weights), "")
    return {
        "kind": "hub",
        "name": plan["name"]["repo"],
        "revision": plan["revision"],
        "licence": plan["licence"],
        "file": main,
        "sha256": weights.get(main, ""),
    }


def planned(folder: Path, name: HubName) -> Offer | None:
    """What an earlier attempt at the same model set out to bring here; None where there was none."""
    try:
        plan = files.read_json(folder / PLAN)
        offer = Offer(**{**plan, "name": HubName(**plan["name"]), "files": tuple(HubFile(**f) for f in plan["files"])})
    except (UserError, TypeError, KeyError, ValueError):
        return None
    return offer if offer.name == name and COMMIT.fullmatch(offer.revision) else None


def _look(name: HubName, net: Network, patience: Patience, context: Context) -> Offer:
    context.stage(f"Asking {net.host}")
    for pause in (*patience.waits[: FIRST_TRIES - 1], -1.0):
        try:
            return aside(lambda: hub.look(name, net), context.check)
        except (hub.Busy, hub.Unreachable) as error:
            if pause < 0:
                raise
            wait(max(pause, error.seconds), context.check)
    raise AssertionError  # the last turn returns or raises


def _prepare(folder: Path, offer: Offer, net: Network, context: Context) -> None:
    """Say what comes, see that there is room, and write down the plan before the first byte."""
    before = planned(folder, offer.name)
    if before is None and any(path.name != LOCK for path in folder.iterdir()):
        raise UserError(f"{folder} holds other files.", "Choose an empty folder.", field="to")
    there = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    files.require_free(folder, max(0, offer.bytes - there), margin=1.0)
    if before is None:
        files.write_json(folder / PLAN, asdict(offer))
    count, licence = units.plural(len(offer.files), "file"), f", licence {offer.licence}" if offer.licence else ""
    context.note(f"{count}, {units.size(offer.bytes)}, version {offer.revision[:10]} from {net.host}{licence}.")


def _bring_all(folder: Path, offer: Offer, net: Network, patience: Patience, context: Context) -> None:
    context.stage(f"Downloading {offer.name.repo.partition('/')[2]}")
    secret = hub.credentials(net)

    def ask(url: str, headers: dict[str, str], seconds: float) -> web.Reply:
        reply = web.get(url, headers=headers, secret=secret, loopback=net.loopback, seconds=seconds)
        if reply.status != RANGE_REFUSED:
            try:
                hub.refuse_status(reply, offer.name, net)
            except UserError:
                reply.close()
                raise
        return reply

    meter = Meter(context, offer.bytes)
    for file in offer.files:
        target = files.safe_join(folder, file.name)
        with files.disk_faults(target):
            DISK.mkdir(target.parent)
        line = Line(ask, meter.check, lambda text: context.note(text, "warning"), meter.moved, patience)
        bring(file, hub.file_address(file.name, offer, net), target, line)
        meter.next_file(file.bytes)


class Meter:
    """Tells how much came, also when the network falls silent just after a burst."""

    def __init__(self, context: Context, total: int) -> None:
        self._context, self._total = context, total
        self._before = self._now = 0
        self._told = -1
        self._due = 0.0

    def moved(self, size: int) -> None:
        """So much of the present file is there."""
        self._now = self._before + size

    def next_file(self, size: int) -> None:
        """The present file is done."""
        self._before += size
        self._now = self._before
        self._due = 0.0
        self._tell()

    def check(self) -> None:
        """Called ten times a second: tell what changed, and look whether somebody asked to stop."""
        self._tell()
        self._context.check()

    def _tell(self) -> None:
        moment = time.monotonic()
        if self._now != self._told and moment >= self._due:
            self._told, self._due = self._now, moment + TELL_SECONDS
            self._context.progress(self._now, self._total, "bytes")
