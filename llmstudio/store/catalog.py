"""Datasets, tokenizers and models as kept things: list, find, keep, rename, copy, delete to trash, verify."""

import difflib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.store import trashcan
from llmstudio.store.workspace import Workspace

KeptKind = Literal["dataset", "tokenizer", "model"]
Existing = Literal["refuse", "number", "replace"]
MANIFESTS: dict[str, str] = {"dataset": "dataset.json", "tokenizer": "manifest.json", "model": "model.json"}
SCHEMA = 1


@dataclass(frozen=True)
class Kept:
    """A kept thing.

    `id` is its folder's name, `title` what the user called it, `manifest` all that is recorded of it.
    """

    kind: KeptKind
    id: str
    title: str
    path: Path
    created: str
    manifest: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass
class Keeping:
    """A thing being made: fill `folder` (staging) and `facts` (manifest keys); it is kept when the block
    ends well.
    """

    id: str
    folder: Path
    facts: dict[str, Any] = field(default_factory=dict)


def folder_of(ws: Workspace, kind: KeptKind) -> Path:
    """Where things of a kind lie."""
    return {"dataset": ws.datasets, "tokenizer": ws.tokenizers, "model": ws.models}[kind]


def load(path: Path, kind: KeptKind) -> Kept:
    """The kept thing in a folder. Raises `UserError` if its manifest is missing or damaged."""
    return _load(str(path), kind)


def _load(folder: str, kind: KeptKind) -> Kept:
    """Parsed again only when the manifest was written anew: windows look at all of them, and often."""
    try:
        found = os.stat(f"{folder}{os.sep}{MANIFESTS[kind]}")  # noqa: PTH116 - a Path for each takes twice as long
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
    except OSError:
        stamp = (0, 0, 0)  # reading it says what is wrong
    kept = _parsed(folder, kind, *stamp)
    return Kept(kind, kept.id, kept.title, kept.path, kept.created, dict(kept.manifest))


@lru_cache(maxsize=8192)
def _parsed(folder: str, kind: KeptKind, *_stamp: int) -> Kept:
    path = Path(folder)
    manifest = files.read_json(path / MANIFESTS[kind])
    if not isinstance(manifest, dict):
        raise UserError(f"{path / MANIFESTS[kind]} is damaged.", f"Delete this {kind} and make it again.")
    title, created = str(manifest.get("title", path.name)), str(manifest.get("created", ""))
    return Kept(kind, path.name, title, path, created, manifest)


def list_kept(ws: Workspace, kind: KeptKind) -> list[Kept]:
    """All things of a kind, newest first. Folders without a readable manifest are left out."""
    found = []
    with os.scandir(folder_of(ws, kind)) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and entry.is_dir():
                with suppress(UserError):
                    found.append(_load(entry.path, kind))
    return sorted(found, key=lambda kept: (kept.created, kept.id), reverse=True)


def find(ws: Workspace, kind: KeptKind, name: str) -> Kept:
    """The thing with this id or title. Raises `UserError` that names near matches."""
    everything = list_kept(ws, kind)
    kept = _match(everything, name)
    if kept is None:
        _refuse_damaged(ws, kind, name)
        raise _unknown(kind, name, everything)
    return kept


def _refuse_damaged(ws: Workspace, kind: KeptKind, name: str) -> None:
    """Says what is wrong with a thing that is there but cannot be read, rather than that there is none."""
    for path in folder_of(ws, kind).iterdir():
        if path.is_dir() and path.name in (name, files.slug(name)):
            load(path, kind)


def exists(ws: Workspace, kind: KeptKind, name: str) -> bool:
    """Whether a thing has this id or title."""
    return _match(list_kept(ws, kind), name) is not None


def _match(everything: list[Kept], name: str) -> Kept | None:
    tests: tuple[Callable[[Kept], bool], ...] = (
        lambda kept: kept.id == name,
        lambda kept: kept.title == name,
        lambda kept: kept.title.casefold() == name.strip().casefold(),
    )
    return next((kept for test in tests for kept in everything if test(kept)), None)


def _unknown(kind: str, name: str, everything: list[Kept]) -> UserError:
    titles = [kept.title for kept in everything]
    near = difflib.get_close_matches(name, titles, n=3, cutoff=0.5) or titles[:3]
    hint = f"There is {', '.join(near)}." if near else f"There is no {kind} yet: make one first."
    return UserError(f"There is no {kind} called {name}.", hint, field=kind, candidates=tuple(near))


def check_name(ws: Workspace, kind: KeptKind, title: str) -> str:
    """The cleaned name if a new thing may have it. Raises `UserError` for names refused or taken."""
    name = files.checked_name(title)
    if any(kept.title.casefold() == name.casefold() for kept in list_kept(ws, kind)):
        raise UserError(
            f"A {kind} called {name} already exists.",
            "Choose another name, or delete it first.",
            field="name",
        )
    return name


@contextmanager
def keep(
    ws: Workspace,
    kind: KeptKind,
    title: str,
    *,
    existing: Existing = "refuse",
    needed: int = 0,
    check: Callable[[], None] | None = None,
) -> Iterator[Keeping]:
    """Make a new thing: yields a `Keeping`; when the block ends well, hashes its files, writes the manifest
    last and commits.

    `existing` says what to do with a thing of the same title: refuse (`UserError`), number ("name 2"), or
    replace (the old
    one is gone). Nothing is left behind on an error. `needed`: bytes, for the message of a full disk. `check` is
    called while hashes are worked out and may raise to stop.
    """
    name, target, replace = _place(ws, kind, files.checked_name(title), existing)
    try:
        with files.staged_folder(target, replace=replace, needed=needed) as staging:
            keeping = Keeping(target.name, staging)
            yield keeping
            _write_manifest(kind, keeping, name, check)
    except FileExistsError as error:
        raise UserError(
            f"A {kind} called {name} was just made elsewhere.", "Choose another name.", field="name"
        ) from error


def _write_manifest(kind: KeptKind, keeping: Keeping, title: str, check: Callable[[], None] | None) -> None:
    created = datetime.now(UTC).isoformat(timespec="microseconds")
    stamp = {"schema": SCHEMA, "kind": kind, "id": keeping.id, "title": title, "created": created}
    facts = {key: value for key, value in keeping.facts.items() if key not in stamp}
    manifest = {**stamp, **facts, "files": _hashes(keeping.folder, MANIFESTS[kind], check)}
    files.write_json(keeping.folder / MANIFESTS[kind], manifest)


def _hashes(folder: Path, manifest: str, check: Callable[[], None] | None) -> dict[str, dict[str, Any]]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    names = ((path.relative_to(folder).as_posix(), path) for path in paths)
    return {
        name: {"bytes": path.stat().st_size, "sha256": files.sha256(path, check)}
        for name, path in names
        if name != manifest
    }


def _place(ws: Workspace, kind: KeptKind, asked: str, existing: Existing) -> tuple[str, Path, bool]:
    """The name and the folder of a new thing, and whether it takes the place of an old one.

    The folder is chosen before the last look at the names: who keeps the name in between is either seen by that look,
    or has taken the folder, and then committing fails.
    """
    root = folder_of(ws, kind)
    name = _numbered(ws, kind, asked) if existing == "number" else asked
    target = root / _free_id(root, name)
    if existing == "refuse":
        check_name(ws, kind, name)
    elif existing == "replace":
        old = _match(list_kept(ws, kind), name)
        return (name, old.path, True) if old else (name, target, False)
    elif _numbered(ws, kind, asked) != name:
        return _place(ws, kind, asked, existing)
    return name, target, False


def _free_id(root: Path, title: str) -> str:
    base = files.slug(title)
    identity, number = base, 2
    while (root / identity).exists():
        identity, number = f"{base}-{number}", number + 1
    return identity


def _numbered(ws: Workspace, kind: KeptKind, title: str) -> str:
    base = files.checked_name(title)
    taken = {kept.title.casefold() for kept in list_kept(ws, kind)}
    name, number = base, 2
    while name.casefold() in taken:
        name, number = f"{base} {number}", number + 1
    return name


def rename(ws: Workspace, kept: Kept, title: str) -> Kept:
    """Give a thing another title; its id and folder stay. Raises `UserError` for names refused or taken."""
    name = files.checked_name(title)
    if name.casefold() != kept.title.casefold():
        check_name(ws, kept.kind, name)
    return amend(kept, lambda manifest: {**manifest, "title": name})


def amend(kept: Kept, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Kept:
    """Write a changed manifest: `change` gets it as it is on disk now, which may be newer than `kept`."""
    manifest = load(kept.path, kept.kind).manifest
    files.write_json(kept.path / MANIFESTS[kept.kind], change(manifest))
    return load(kept.path, kept.kind)


def copy(ws: Workspace, kept: Kept, title: str) -> Kept:
    """A second thing of the same content under another title."""
    size = sum(path.stat().st_size for path in kept.path.rglob("*") if path.is_file())
    files.require_free(folder_of(ws, kept.kind), size, margin=1.0)
    with keep(ws, kept.kind, title, needed=size) as keeping:
        shutil.copytree(kept.path, keeping.folder, dirs_exist_ok=True)
        keeping.facts.update({**kept.manifest, "copied_from": kept.id})
    return load(folder_of(ws, kept.kind) / keeping.id, kept.kind)


def trash(ws: Workspace, kept: Kept) -> str:
    """Move a thing to the trash; returns the token that `restore` takes."""
    return trashcan.put(ws, kept.path, kept.kind, kept.title)


def restore(ws: Workspace, token: str) -> Path:
    """Bring a trashed thing or run back to where it was; returns its folder. Raises `UserError` if its
    place is taken.
    """
    return trashcan.take_back(ws, token)


def verify(kept: Kept, check: Callable[[], None] | None = None) -> list[str]:
    """What is wrong with a thing's files, one sentence each; empty if sizes and hashes are those of the
    manifest.
    """
    recorded = kept.manifest.get("files")
    if not isinstance(recorded, dict):
        return ["The manifest does not list its files."]
    return [fault for name, facts in recorded.items() for fault in _faults(kept.path, name, facts, check)]


def _faults(folder: Path, name: str, facts: dict[str, Any], check: Callable[[], None] | None) -> list[str]:
    path = files.safe_join(folder, name)
    if not path.is_file():
        return [f"{name} is missing."]
    if path.stat().st_size != facts.get("bytes"):
        return [f"{name} has {path.stat().st_size} bytes, recorded are {facts.get('bytes')}."]
    if files.sha256(path, check) != facts.get("sha256"):
        return [f"{name} was changed or damaged: its hash differs from the recorded one."]
    return []
