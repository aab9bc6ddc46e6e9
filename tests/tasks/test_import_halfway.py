"""An import that was killed goes on where it surely was, to the same bytes; one that is cancelled leaves nothing."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base.disk import DISK
from llmstudio.base.errors import Interrupt
from llmstudio.data import chunks, halfimport, ingest, spool
from llmstudio.data.halfimport import HalfImport
from llmstudio.data.wash import Batch, Washed, wash
from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace
from tests.data.fake_context import FakeContext, import_into

EVERY = 30_000
OPTIONS: dict[str, Any] = {
    "duplicates": True,
    "near_duplicates": 0.8,
    "whitespace": True,
    "min_length": 40,
    "on_fault": "skip",
}
CHILD = """
import os, signal, sys
from pathlib import Path
from llmstudio.data import chunks, ingest, spool
from llmstudio.data.halfimport import HalfImport
from llmstudio.store.workspace import Workspace
from tests.data.fake_context import import_into
spool.EVERY, ingest.BATCH, chunks.FLUSH_ROWS = {every}, 8_000, 50
keep, left = HalfImport.keep, [int(sys.argv[3])]
def kept(self, state):
    keep(self, state)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
HalfImport.keep = kept
import_into(Workspace.open(Path(sys.argv[1])), sys.argv[2], **{options})
"""


class Power(BaseException):
    """The machine goes off: nothing is tidied up."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "EVERY", EVERY)
    monkeypatch.setattr(ingest, "BATCH", 8_000)
    monkeypatch.setattr(chunks, "FLUSH_ROWS", 50)
    for name in ("fsync", "fsync_file", "fsync_folder"):  # what a kill leaves is in the system's hands
        monkeypatch.setattr(DISK, name, lambda what: None)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "workspace")


def story(number: int, words: int = 60) -> str:
    """A text of its own; every ninth one repeats an earlier one, every seventh nearly so."""
    source = number - 8 if number % 9 == 8 else number - 6 if number % 7 == 6 else number
    seed = hashlib.sha256(str(source).encode()).hexdigest()
    text = " ".join(f"{seed[i % 60 : i % 60 + 4]}{i}" for i in range(words))
    return text + "  \n end" if number % 7 == 6 else text


def table(path: Path, first: int = 0, rows: int = 300) -> Path:
    """JSON lines with labels, some faults, some too short."""
    lines = [
        "{broken" if n % 97 == 5 else json.dumps({"text": "short" if n % 50 == 3 else story(n), "label": "ab"[n % 2]})
        for n in range(first, first + rows)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def result(ws: Workspace, name: str = "set") -> dict[str, Any]:
    """The dataset's files and all that is told of it, without names and dates."""
    kept = catalog.find(ws, "dataset", name)
    return {key: value for key, value in kept.manifest.items() if key not in ("id", "title", "created")}


def killed(ws: Workspace, notes: int, monkeypatch: pytest.MonkeyPatch, *paths: Path, **options: Any) -> None:
    """Import until so many notes are taken, then leave everything as a killed process does."""
    keep, left = HalfImport.keep, [notes]

    def kept(half: HalfImport, state: dict[str, Any]) -> None:
        keep(half, state)
        left[0] -= 1
        if not left[0]:
            raise Power

    with monkeypatch.context() as patch:
        patch.setattr(HalfImport, "keep", kept)
        patch.setattr(DISK, "remove_folder", lambda path: None)
        with pytest.raises(Power):
            import_into(ws, *paths, **options)
    for staging in ws.datasets.glob(".staging-*"):  # a sweep at the next start does so
        if staging.is_dir():
            DISK.remove_folder(staging)


def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many documents each batch that is washed holds, from now on."""
    sizes: list[int] = []

    def counted(batch: Batch) -> Washed:
        sizes.append(len(batch.texts))
        return wash(batch)

    monkeypatch.setattr(ingest, "wash", counted)
    return sizes


def nothing_left(ws: Workspace, *names: str) -> bool:
    return sorted(path.name for path in ws.datasets.iterdir()) == sorted(names)


@pytest.mark.parametrize("notes", [1, 4, 6])
def test_what_was_done_before_a_kill_is_not_done_again(
    notes: int, ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [table(tmp_path / "a.jsonl"), table(tmp_path / "b.jsonl", 250)]
    whole = Workspace.open(tmp_path / "whole")
    every = taken(monkeypatch)
    import_into(whole, *sources, **OPTIONS)
    documents = sum(every)
    killed(ws, notes, monkeypatch, *sources, **OPTIONS)
    every.clear()
    context = import_into(ws, *sources, **OPTIONS)
    assert result(ws) == result(whole)
    assert result(ws)["fault_count"] > 5
    assert sum(every) < documents - notes * 50
    assert any("Goes on where an interrupted import was" in note for note in context.notes)
    assert nothing_left(ws, "set")


def test_killed_twice_it_is_still_the_same(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = table(tmp_path / "a.jsonl")
    whole = Workspace.open(tmp_path / "whole")
    import_into(whole, source, **OPTIONS)
    killed(ws, 2, monkeypatch, source, **OPTIONS)
    killed(ws, 1, monkeypatch, source, **OPTIONS)
    import_into(ws, source, **OPTIONS)
    assert result(ws) == result(whole)


@pytest.mark.parametrize(("notes", "split_by"), [(1, "auto"), (2, "position"), (3, "position")])
def test_a_long_document_goes_on_inside(
    notes: int, split_by: str, ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmstudio.data.readers.text.LONG", 10_000)
    sources = [tmp_path / name for name in ("a.txt", "b.txt")]
    for number, source in enumerate(sources):
        source.write_text("\n".join(story(n) for n in range(number * 300, number * 300 + 200)))
    options: dict[str, Any] = {"whitespace": True, "duplicates": True, "near_duplicates": 0.9, "split_by": split_by}
    whole = Workspace.open(tmp_path / "whole")
    import_into(whole, *sources, **options)
    killed(ws, notes, monkeypatch, *sources, **options)
    lay = len(list((ws.datasets / ".half-import-set").glob("text-*")))
    assert lay
    import_into(ws, *sources, **options)
    assert result(ws) == result(whole)


def test_killed_while_it_is_written_nothing_is_read_again(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = table(tmp_path / "a.jsonl")
    whole = Workspace.open(tmp_path / "whole")
    options = {**OPTIONS, "split_by": "position"}
    import_into(whole, source, **options)

    def off(*_: object) -> None:
        raise Power

    with monkeypatch.context() as patch:
        patch.setattr("llmstudio.data.statistics.compute", off)
        patch.setattr(DISK, "remove_folder", lambda path: None)
        with pytest.raises(Power):
            import_into(ws, source, **options)
    every = taken(monkeypatch)
    import_into(ws, source, **options)
    assert sum(every) == 0
    assert result(ws) == result(whole)


def test_a_process_that_is_killed_for_good(ws: Workspace, tmp_path: Path) -> None:
    source = table(tmp_path / "a.jsonl")
    whole = Workspace.open(tmp_path / "whole")
    import_into(whole, source, **OPTIONS)
    code = CHILD.format(every=EVERY, options=OPTIONS)
    command = [sys.executable, "-c", code, str(ws.root), str(source), "3"]
    done = subprocess.run(command, cwd=Path(__file__).resolve().parents[2], env=os.environ, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (ws.datasets / "set").exists()
    context = import_into(Workspace.open(ws.root), source, **OPTIONS)
    assert any("Goes on" in note for note in context.notes)
    assert result(ws) == result(whole)


@pytest.mark.parametrize("change", ["content", "options"])
def test_what_has_changed_begins_anew_and_says_so(
    change: str, ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, options = table(tmp_path / "a.jsonl"), dict(OPTIONS)
    killed(ws, 3, monkeypatch, source, **OPTIONS)
    if change == "content":
        before = source.stat()
        source.write_bytes(source.read_bytes().replace(b"a", b"b", 1))
        os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))  # neither its size nor its date tells
    else:
        options["min_length"] = 50
    context = import_into(ws, source, **options)
    assert any("begins anew" in note for note in context.notes)
    whole = Workspace.open(tmp_path / "whole")
    import_into(whole, source, **options)
    assert result(ws) == result(whole)
    assert nothing_left(ws, "set")


@pytest.mark.parametrize("stop", ["cancel", "pause"])
def test_a_pause_leaves_what_a_cancel_removes(
    stop: str, ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = table(tmp_path / "a.jsonl")

    def check(context: FakeContext) -> None:
        context.checks += 1
        if (ws.datasets / ".half-import-set" / halfimport.NOTE).exists():
            raise Interrupt(stop)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(FakeContext, "check", check)
        with pytest.raises(Interrupt):
            import_into(ws, source, **OPTIONS)
    assert nothing_left(ws, *([".half-import-set"] if stop == "pause" else []))
    context = import_into(ws, source, **OPTIONS)
    assert any("Goes on" in note for note in context.notes) == (stop == "pause")


def test_a_small_import_takes_no_notes(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(half: HalfImport, state: dict[str, Any]) -> None:
        raise AssertionError("a note was taken")

    monkeypatch.setattr(HalfImport, "keep", never)
    import_into(ws, table(tmp_path / "a.jsonl", rows=50), **OPTIONS)
    assert nothing_left(ws, "set")
