"""R4: disks that are really full: memory disks of many sizes. Train, import, export, download, start; then comes room.

The look at the free space before a job is made blind here, for another program may fill the disk just after it.
"""

import contextlib
import hashlib
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.config.export import ExportConfig
from llmstudio.jobs import recover
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, run
from llmstudio.store.events import Event, Metrics, Waiting
from llmstudio.store.network import Network
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import download, room
from llmstudio.tasks.transfer import Patience
from tests import hubserver
from tests.data.corpus import small_text
from tests.data.fake_context import FakeContext, import_into
from tests.faults import row
from tests.faults.row import Row
from tests.tasks import small

SIZES = (24, 32, 40, 48, 64, 96)  # MiB
MOST_WAITS = 5
CHANGES = {"max_steps": 20, "save_every": 4, "eval_every": 10}
FULL = "The disk is full"


@contextmanager
def memory_disk(folder: Path, size: int) -> Iterator[Path]:
    """A disk of `size` MiB at `folder`. PermissionError where this process may not mount one."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True)
    except FileNotFoundError as error:
        raise PermissionError("there is no mount here") from error
    if done.returncode:
        raise PermissionError(done.stderr.decode())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class Ballast:
    """A file that takes all the room there is, or all but some bytes."""

    def __init__(self, disk: Path) -> None:
        self.path = disk / "ballast"

    def take_all(self, but: int = 0) -> None:
        """Leave `but` bytes."""
        left = max(0, shutil.disk_usage(self.path.parent).free - but)
        with self.path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while left > 0 or not but:
                left -= file.write(bytes(1 << 12))

    def give_back(self) -> None:
        """All of it."""
        self.path.unlink(missing_ok=True)


def blind() -> contextlib.AbstractContextManager[object]:
    """The look at the free space sees enough."""
    return mock.patch.object(files, "free_bytes", return_value=1 << 50)


def told(words: str, path: Path) -> Iterator[str]:
    """What is wrong with the sentence for a full disk."""
    if FULL not in words or str(path) not in words:
        yield f"it says: {words}"


# --- scenarios ------------------------------------------------------------------------------------


def train(ws: Workspace, ballast: Ballast, chance: random.Random) -> Iterator[str]:
    """The disk fills up amid a training; with room again it goes on to the same end."""
    straight, folder = small.new_run(ws, name="straight", **CHANGES), small.new_run(ws, name="full", **CHANGES)
    small.train(ws, straight)
    at = chance.randrange(1, CHANGES["max_steps"])

    waits: list[Waiting] = []
    hidden: list[str] = []

    def take(event: Event) -> None:
        if isinstance(event, Metrics) and event.step == at and not waits and not ballast.path.exists():
            ballast.take_all()
        if isinstance(event, Waiting) and event.reason:
            waits.append(event)
            hidden.extend(path.name for path in (folder / "checkpoints").glob(".staging*") if path.is_dir())
            ballast.give_back()
            if len(waits) > MOST_WAITS:
                runner.request("cancel")

    runner = InlineRunner(ws)
    with mock.patch.object(room, "FIRST_TRY", 0.05):
        status = runner.run(folder, take)
    if not waits:
        yield f"full from step {at} on, it is {status} and waited for nothing: {run.load(folder).error}"
        return
    yield from told(waits[0].message, folder)
    if "needed" not in waits[0].message or not waits[0].needed:
        yield f"it does not say how much is needed: {waits[0]}"
    if hidden:
        yield f"{hidden} takes up room"
    if status != Status.FINISHED:
        yield f"with room again it is {status}: {run.load(folder).error}"
    if small.curve(folder, "loss", "val_loss") != small.curve(straight, "loss", "val_loss"):
        yield "with room again the curve is another one"


def bring_data(ws: Workspace, ballast: Ballast, chance: random.Random) -> Iterator[str]:
    """A dataset does not fit; with room it does."""
    source = ws.root.parent.parent / f"{ws.root.parent.name}.txt"
    source.write_text(small_text() * 40, encoding="utf-8")
    ballast.take_all(but=chance.randrange(4096, 64 << 10))
    yield from _refused(lambda: import_into(ws, source, name="large"), ws.datasets)
    if [path.name for path in ws.datasets.iterdir()] != ["tales"]:
        yield f"it left {[path.name for path in ws.datasets.iterdir()]}"
    ballast.give_back()
    import_into(ws, source, name="large")


def export(ws: Workspace, ballast: Ballast, chance: random.Random) -> Iterator[str]:
    """An export does not fit; with room it does."""
    small.train(ws, small.new_run(ws, name="model", preset="llama"))
    config = ExportConfig(model="model", format=chance.choice(("hf", "gguf")), to=str(ws.root.parent / "out"))
    ballast.take_all(but=chance.randrange(4096, 8 << 10))
    place = ws.root.parent / "out"
    folder = create_run(ws, "export_model", config, title="out", runs=_elsewhere(ws))
    if InlineRunner(ws).run(folder) != Status.FAILED:
        yield "it did not notice"
    yield from told(str(run.load(folder).error), place)
    if place.exists() or list(place.parent.glob(".*")):
        yield f"it left {[path.name for path in place.parent.iterdir()]}"
    ballast.give_back()
    again = create_run(ws, "export_model", config, title="out", runs=_elsewhere(ws))
    if InlineRunner(ws).run(again) != Status.FINISHED:
        yield f"with room it is {run.load(again).error}"


def _elsewhere(ws: Workspace) -> Path:
    """Runs on a disk with room, so that only what is written out meets the full one."""
    place = ws.root.parent.parent / "elsewhere" / "runs"
    place.mkdir(parents=True, exist_ok=True)
    return place


def fetch(ws: Workspace, ballast: Ballast, chance: random.Random) -> Iterator[str]:
    """A download does not fit; with room it goes on where it stopped."""
    weights = chance.randbytes(600_000)
    hub = hubserver.Hub({"config.json": b"{}", "model.safetensors": weights, "tokenizer.json": b"{}"})
    place, patience = ws.root / "incoming", Patience(waits=(0.0,), silence=5.0)
    with hubserver.serving(hub):
        net = Network(hub=hub.address)

        def bring() -> None:
            context = FakeContext(ws)
            download.fetch(hubserver.REPO, "main", place, context, net=net, patience=patience)  # type: ignore[arg-type]

        ballast.take_all(but=chance.randrange(64 << 10, 500_000))
        yield from _refused(bring, place)
        ballast.give_back()
        bring()
    if hashlib.sha256((place / "model.safetensors").read_bytes()).digest() != hashlib.sha256(weights).digest():
        yield "what came is not what was asked for"


def start(ws: Workspace, ballast: Ballast, chance: random.Random) -> Iterator[str]:
    """The program starts without a free byte, shows what is there, and a new workspace is refused in a sentence."""
    folder = small.new_run(ws)
    settings = Settings(ws.root.parent / "settings.json")
    settings.set("theme", "dark")
    ballast.take_all()
    window = Workspace.open(ws.root, window=True)
    if window.read_only or [state.id for state in recover.scan(window).waiting] != [folder.name]:
        yield "what is there was not found"
    window.close()
    if not catalog.list_kept(ws, "dataset") or Settings(settings.path).get("theme") != "dark":
        yield "what is there was not read"
    yield from _refused(lambda: settings.set("theme", "light"), settings.path)
    yield from _refused(lambda: Workspace.open(ws.root.parent / "another"), ws.root.parent / "another")
    if Settings(settings.path).get("theme") != "dark":
        yield "settings that could not be written harmed those that were there"
    ballast.give_back()


def _refused(act: Callable[[], object], path: Path) -> Iterator[str]:
    try:
        act()
    except UserError as error:
        yield from told(str(error), path)
        return
    yield "it did not notice that the disk was full"


SCENARIOS = (train, bring_data, export, fetch, start)


def trials(count: int, seed: int, folder: Path) -> Row:
    """`count` disks, the scenarios in turns."""
    done, chance = Row("R4 full disk", 0), random.Random(seed)
    for number in range(count):
        scenario, size = SCENARIOS[number % len(SCENARIOS)], chance.choice(SIZES)
        with memory_disk(folder / f"disk {number}", size) as disk, blind():
            ws = small.workspace(disk / "ws")
            faults = list(scenario(ws, Ballast(disk), chance))
        done.faults += [f"{scenario.__name__} on {size} MiB: {fault}" for fault in faults]
        done.trials += 1
    return done


if __name__ == "__main__":
    row.main(trials)
