"""A full disk holds a training still, and nothing is lost by it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from llmstudio.base import files
from llmstudio.base.errors import Interrupt, NoRoom
from llmstudio.engine import checkpoint
from llmstudio.jobs import control
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store.events import Event, Metrics, Note, Waiting
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import attempt, room, training
from tests.tasks import small

FIGURES = ("loss", "grad_norm", "learning_rate", "val_loss", "tokens")


class Told:
    """A context that remembers."""

    def __init__(self) -> None:
        self.waited: list[tuple[str, str, int]] = []
        self.notes: list[str] = []

    def waiting(self, reason: str, message: str = "", hint: str = "", *, path: str = "", needed: int = 0) -> None:
        self.waited.append((reason, path, needed))

    def note(self, text: str, level: str = "info") -> None:
        self.notes.append(text)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "FIRST_TRY", 0.01)
    monkeypatch.setattr(room, "LAST_TRY", 0.02)
    monkeypatch.setattr(room, "LOOK_SECONDS", 0.001)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return small.workspace(tmp_path / "ws")


def full(needed: int = 100) -> NoRoom:
    return NoRoom("Full.", "Free some.", path="/", needed=needed)


def test_it_tries_again_once_there_is_room_and_until_it_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    told, free, tries = Told(), iter([0, 50, 100, 150, 200]), iter([full(150), None])
    monkeypatch.setattr(files, "free_bytes", lambda _path: next(free))

    def write() -> str:
        error = next(tries)
        if error is not None:
            raise error
        return "written"

    assert room.wait(full(), write, told, lambda: None) == "written"  # type: ignore[arg-type]
    assert told.waited == [("disk", "/", 100), ("disk", "/", 150), ("", "", 0)]
    assert told.notes[-1] == "There is room again: the training goes on."


def test_other_errors_end_the_wait_and_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()

    def broken() -> None:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        room.wait(full(0), broken, told, lambda: None)  # type: ignore[arg-type]
    assert told.waited[-1] == ("", "", 0)


def test_who_wants_it_to_end_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    def check() -> None:
        raise Interrupt("cancel")

    with pytest.raises(Interrupt):
        room.wait(full(), lambda: None, Told(), check)  # type: ignore[arg-type]


def test_a_disk_that_is_gone_has_no_room() -> None:
    assert room.enough(NoRoom("", path="/", needed=1))
    assert not room.enough(NoRoom("", path="/", needed=1 << 62))


class Disk:
    """A disk that is full from a step on, until somebody frees some space."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 1 << 40
        monkeypatch.setattr(files, "free_bytes", lambda _path: self.free)


def follow(ws: Workspace, folder: Path, on: Callable[[Event, InlineRunner], None]) -> tuple[Status, list[Event]]:
    runner, seen = InlineRunner(ws), []

    def take(event: Event) -> None:
        seen.append(event)
        on(event, runner)

    return runner.run(folder, take), seen


def test_a_full_disk_holds_a_training_still_and_the_curve_is_the_same(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = small.new_run(ws, name="whole")
    small.train(ws, whole)
    disk, folder = Disk(monkeypatch), small.new_run(ws, name="held")

    def on(event: Event, _runner: InlineRunner) -> None:
        if isinstance(event, Metrics) and event.step == 3 and "loss" in event.values:
            disk.free = 0
        if isinstance(event, Note) and "waits for room" in event.text:
            assert small.state(folder).waiting is not None
            disk.free = 1 << 40

    status, seen = follow(ws, folder, on)
    assert status == Status.FINISHED
    waits = [event for event in seen if isinstance(event, Waiting)]
    assert [wait.reason for wait in waits] == ["disk", ""]
    assert waits[0].message.startswith("Only 0 bytes are free for")
    assert waits[0].needed > files.RESERVE_BYTES
    assert small.state(folder).waiting is None
    assert small.curve(folder, *FIGURES) == small.curve(whole, *FIGURES)
    weights = [files.sha256(ws.models / name / "model.safetensors") for name in ("whole", "held")]
    assert weights[0] == weights[1]


def test_the_model_at_the_end_waits_for_room_too(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, folder, kept = Disk(monkeypatch), small.new_run(ws), []

    def on(event: Event, runner: InlineRunner) -> None:
        if getattr(event, "name", "") == "Measuring the result":
            disk.free = 0
        if isinstance(event, Note) and "waits for room" in event.text:
            kept.append(list(ws.models.iterdir()))
            runner.request("keep")  # that is being done: no reason to stop
            disk.free = 1 << 40

    assert follow(ws, folder, on)[0] == Status.FINISHED
    assert kept == [[]]
    assert (ws.models / small.state(folder).result["model"] / "model.safetensors").is_file()


def test_pausing_without_room_goes_back_to_the_newest_checkpoint_and_says_so(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = small.new_run(ws, name="whole")
    small.train(ws, whole)
    disk, folder = Disk(monkeypatch), small.new_run(ws, name="held")

    def on(event: Event, runner: InlineRunner) -> None:
        if isinstance(event, Metrics) and event.step == 7 and "loss" in event.values:
            disk.free = 0
        if isinstance(event, Note) and "waits for room" in event.text:
            runner.request("pause")

    status, seen = follow(ws, folder, on)
    assert status == Status.PAUSED
    assert "Paused without a new checkpoint, for want of room: it goes on from step 4." in small.words(seen)
    assert [step for step, _ in checkpoint.listed(folder / "checkpoints", "step")] == [4]
    disk.free = 1 << 40
    control.resume(folder)
    assert small.train(ws, folder)[0] == Status.FINISHED
    assert small.curve(folder, *FIGURES) == small.curve(whole, *FIGURES)


def test_cancelling_a_training_that_waits_works(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, folder = Disk(monkeypatch), small.new_run(ws)

    def on(event: Event, runner: InlineRunner) -> None:
        if isinstance(event, Metrics) and event.step == 3:
            disk.free = 0
        if isinstance(event, Note) and "waits for room" in event.text:
            runner.request("cancel")

    assert follow(ws, folder, on)[0] == Status.CANCELLED
    assert not list((folder / "checkpoints").glob(".*"))


def damage(folder: Path, step: int) -> None:
    path = folder / "checkpoints" / f"step-{step:08d}" / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def test_a_damaged_checkpoint_is_a_finding_that_names_it_and_the_step_instead(ws: Workspace) -> None:
    folder = small.new_run(ws)
    small.train(ws, folder, {9: "pause"})
    damage(folder, 9)
    control.resume(folder)
    status, _ = small.train(ws, folder)
    assert status == Status.FINISHED
    (alarm,) = [one for one in small.state(folder).alarms if one.cause == "damaged_checkpoint"]
    assert alarm.message.startswith("A checkpoint is damaged. model.safetensors of step-00000009 is damaged")
    assert alarm.message.endswith("the training goes on from an older one, step 8.")
    assert (folder / "checkpoints" / "corrupt-step-00000009").is_dir()


def test_where_no_checkpoint_is_sound_it_says_that_it_starts_again(ws: Workspace) -> None:
    folder = small.new_run(ws)
    small.train(ws, folder, {6: "pause"})
    for step in (4, 6):
        damage(folder, step)
    control.resume(folder)
    status, seen = small.train(ws, folder)
    assert status == Status.FINISHED
    (alarm,) = [one for one in small.state(folder).alarms if one.cause == "damaged_checkpoint"]
    assert alarm.message.startswith("2 checkpoints are damaged. ")
    assert "from the first step: no other is kept" in alarm.message
    assert "no checkpoint yet" not in small.words(seen)


def test_a_divergence_before_the_first_checkpoint_can_begin_again_at_half_the_rate(ws: Workspace) -> None:
    folder = small.new_run(ws, save_every=1000, eval_every=1000)
    small.train(ws, folder, {2: "pause"})
    shutil.rmtree(folder / "checkpoints")
    control.resume(folder, 0, {"learning_rate_scale": 0.5})
    status, seen = small.train(ws, folder)
    assert status == Status.FINISHED
    assert "The learning rate is 0.5 times what it was" in small.words(seen)
    rates = [event.values["learning_rate"] for event in seen if isinstance(event, Metrics) and "loss" in event.values]
    assert len(rates) == 12
    assert max(rates) < 0.6 * float(training.PretrainConfig(**small.state(folder).config).learning_rate or 0)


class Napping:
    """A machine that slept two hours before the third step."""

    def __init__(self) -> None:
        self.looks = 0

    def look(self) -> float:
        self.looks += 1
        return 7200.0 if self.looks == 3 else 0.0


def test_a_nap_is_noted_and_the_training_goes_on(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "Naps", Napping)
    status, seen = small.train(ws, small.new_run(ws))
    assert status == Status.FINISHED
    assert small.words(seen).count("The machine slept for 2 h") == 1
