"""The one writer of a log: exclusive, mends torn lines, keeps to the table, survives a full disk."""

import contextlib
import errno
import os
from pathlib import Path

import pytest

from llmstudio.base import jsonl
from llmstudio.jobs.job import Status
from llmstudio.jobs.recorder import Busy, recording
from llmstudio.store import events, run
from tests.jobs.conftest import MakeRun


def test_only_one_writes(make_run: MakeRun) -> None:
    folder = make_run("count")
    with recording(folder), pytest.raises(Busy), recording(folder, wait=0.05):
        pass
    with recording(folder):
        pass


def test_events_are_stamped_and_passed_on(make_run: MakeRun) -> None:
    folder = make_run("count")
    seen: list[events.Event] = []
    with recording(folder, on_event=seen.append) as recorder:
        recorder.move(Status.STARTING)
        recorder.write(events.Note("n"))
        assert recorder.state.status == "starting"
    record = jsonl.read(folder / "events.jsonl")[-1]
    assert (record["attempt"], record["text"]) == (1, "n")
    assert record["time"].endswith("Z")
    assert record["at"] >= 0
    assert [event.kind for event in seen] == ["status", "note"]
    assert events.parse(record) == seen[-1]


def test_moves_off_the_table_are_refused(make_run: MakeRun) -> None:
    folder = make_run("count")
    with recording(folder) as recorder:
        with pytest.raises(ValueError, match="queued to finished"):
            recorder.move(Status.FINISHED)
        with pytest.raises(ValueError, match="cannot be queued"):
            recorder.next_attempt()
    assert len(jsonl.read(folder / "events.jsonl")) == 1


def test_attempts_are_counted(make_run: MakeRun) -> None:
    folder = make_run("count")
    with recording(folder) as recorder:
        recorder.move(Status.PAUSED)
        recorder.next_attempt()
        recorder.move(Status.STARTING)
        assert recorder.attempt == 2
    assert [record["attempt"] for record in jsonl.read(folder / "events.jsonl")] == [1, 1, 2, 2]


@pytest.mark.faults
def test_a_torn_last_line_is_cut_before_appending(make_run: MakeRun) -> None:
    folder = make_run("count")
    whole = (folder / "events.jsonl").read_bytes()
    torn = jsonl.encode(events.to_record(events.Metrics(1, {"loss": 1.0})))[:-1]
    for length in range(1, len(torn) + 1):
        (folder / "events.jsonl").write_bytes(whole + torn[:length])
        with recording(folder) as recorder:
            recorder.write(events.Note("after"))
        kinds = [record["kind"] for record in jsonl.read(folder / "events.jsonl")]
        assert kinds == ["status", "note"]


def test_only_events_that_matter_are_forced_to_disk(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_run("count")
    with recording(folder) as recorder:
        synced: list[int] = []
        monkeypatch.setattr(os, "fsync", synced.append)
        recorder.write(events.Metrics(1, {"loss": 1.0}))
        recorder.write(events.Progress(1, 2))
        assert synced == []
        recorder.write(events.Artifact("checkpoint", "x"))
        recorder.move(Status.STARTING)
        assert len(synced) == 2
        monkeypatch.undo()


@pytest.mark.faults
def test_a_full_disk_delays_the_log_and_loses_nothing(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_run("count")
    write = os.write
    room = [30]

    def cramped(descriptor: int, data: bytes) -> int:
        if room[0] == 0:
            raise OSError(errno.ENOSPC, "full")
        done = write(descriptor, data[: room[0]])
        room[0] -= done
        return done

    with recording(folder) as recorder:
        monkeypatch.setattr(os, "write", cramped)
        recorder.write(events.Metrics(1, {"loss": 1.0}))
        recorder.write(events.Metrics(2, {"loss": 2.0}))
        assert recorder.state.step == 2
        room[0] = 100_000
        recorder.write(events.Metrics(3, {"loss": 3.0}))
        monkeypatch.undo()
    steps = [record["step"] for record in jsonl.read(folder / "events.jsonl") if record["kind"] == "metrics"]
    assert steps == [1, 2, 3]


@pytest.mark.faults
@pytest.mark.parametrize(("number", "passes"), [(errno.ENOSPC, True), (errno.EIO, False)])
def test_a_disk_that_is_full_only_when_forced_ends_nothing(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, number: int, passes: bool
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(number, "no")

    folder = make_run("count")
    with recording(folder) as recorder:
        monkeypatch.setattr(os, "fsync", refuse)
        with contextlib.nullcontext() if passes else pytest.raises(OSError, match="no"):
            recorder.move(Status.CANCELLED)
        monkeypatch.undo()
    assert jsonl.read(folder / "events.jsonl")[-1]["status"] == "cancelled"


def test_closing_leaves_a_summary(make_run: MakeRun) -> None:
    folder: Path = make_run("count")
    with recording(folder) as recorder:
        recorder.move(Status.CANCELLED)
    assert (folder / "summary.json").exists()
    assert run.load_logged(folder, quick=True) == run.load_logged(folder)
