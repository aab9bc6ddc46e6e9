"""R18: workspaces of every format that was ever released are opened, upgraded and read; newer ones are refused.

An upgrade that is cut off at any operation of the disk leaves the workspace as it was, or upgraded.
"""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.store import catalog, run, upgrade
from llmstudio.store.workspace import VERSION, Workspace
from tests.faults import disks, row
from tests.faults.row import Row
from tests.store.formats.kept import archives, unpack

MOST_OPERATIONS = 2000


def content(root: Path) -> dict[str, Any]:
    """What a person has in a workspace: kept things with their faults, runs with their ends."""
    ws = Workspace.open(root)
    found: dict[str, Any] = {}
    for kind in ("dataset", "tokenizer", "model"):
        for kept in catalog.list_kept(ws, kind):
            found[f"{kind} {kept.id}"] = (kept.title, catalog.verify(kept) if "files" in kept.manifest else [])
    for state in run.list_runs(ws):
        found[f"run {state.id}"] = (state.title, state.status, state.step, state.best, state.result)
    return found


def bulk(root: Path) -> dict[str, bytes]:
    """Everything that an upgrade may not touch: all but JSON files and what belongs to one machine."""
    endings = (".json", ".lock", ".zip")
    kept = (path for path in root.rglob("*") if path.is_file() and not path.name.endswith(endings))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in kept}


def opened(source: Path, folder: Path) -> Iterator[str]:
    """Open a copy of one format; what was lost."""
    root = folder / "opened"
    shutil.copytree(source, root)
    before, stamp = bulk(root), upgrade.stamp_of(root)
    backup = upgrade.run_steps(root)
    if (backup is None) != (stamp.get("version") == VERSION):
        yield f"of format {stamp.get('version')} it has the backup {backup}"
    found = content(root)
    if not found:
        yield "it is empty"
    yield from (f"{name}: {facts[1]}" for name, facts in found.items() if name.startswith(("d", "t", "m")) and facts[1])
    if bulk(root) != before:
        yield "texts, tokens or weights were changed"
    if upgrade.stamp_of(root).get("version") != VERSION:
        yield f"it is still {upgrade.stamp_of(root)}"
    if backup is not None:
        upgrade.restore(root, backup)
        if upgrade.stamp_of(root) != stamp:
            yield "the backup does not bring the old one back"


def cut_off(source: Path, folder: Path) -> tuple[int, list[str]]:
    """Have every operation of the disk fail once during the upgrade; the next start does it again."""
    faults: list[str] = []
    for nth in range(1, MOST_OPERATIONS):
        root = folder / f"cut {nth}"
        shutil.copytree(source, root)
        old, disk = upgrade.stamp_of(root), disks.failing(nth, OSError(errno.ENOSPC, "No space left on device"))
        try:
            with disks.routed(disk):
                upgrade.run_steps(root)
        except UserError:
            if upgrade.stamp_of(root) != old:
                faults.append(f"cut off at {nth} it says it is {upgrade.stamp_of(root)}")
        upgrade.run_steps(root)
        if upgrade.stamp_of(root).get("version") != VERSION or not content(root):
            faults.append(f"after a cut at {nth} it is {upgrade.stamp_of(root)}")
        shutil.rmtree(root)
        if not disk.reached:
            return nth, faults
    return MOST_OPERATIONS, [*faults, "it never came through"]


def newer(source: Path, folder: Path) -> Iterator[str]:
    """The same from the future: refused in a sentence, and left alone."""
    root = folder / "newer"
    shutil.copytree(source, root)
    files.write_json(root / upgrade.STAMP, {**upgrade.stamp_of(root), "version": VERSION + 1})
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    try:
        Workspace.open(root, window=True)
        yield "it was opened"
    except UserError as error:
        if "later version" not in error.message or not error.hint:
            yield f"it says: {error}"
    if {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} != before:
        yield "it was changed"


def trials(count: int, seed: int, folder: Path) -> Row:
    """All formats; `count` and `seed` change nothing."""
    done = Row("R18 upgrades", 0)
    formats = [unpack(archive, folder / "formats") for archive in archives()]
    for source in formats:
        own = folder / source.name
        own.mkdir()
        cuts, faults = cut_off(source, own) if upgrade.needed(source) else (0, [])
        faults += [*opened(source, own), *newer(source, own)]
        done.faults += [f"{source.name}: {words}" for words in faults]
        done.trials += cuts + 2
    done.figures = {"formats": len(formats)}
    if not formats:
        done.faults.append("no format is kept")
    return done


if __name__ == "__main__":
    row.main(trials)
