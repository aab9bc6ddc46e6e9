"""Checkpoints: a folder for each, complete or not there, whose manifest names the hash of every file.

It knows tensors and facts by name, not what they mean. No pickle.
"""

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor

from llmstudio.base import files
from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError
from llmstudio.engine import shards, tensorbytes

MANIFEST = "manifest.json"
STATE = "state.json"
SCHEMA = 2
"""1 had no digest of the manifest itself; it is still read."""
_NAME = re.compile(r"(step|best)-(\d{8,})")


@dataclass(frozen=True)
class Snapshot:
    """All that resuming needs: files of tensors by name, and what is not a tensor."""

    step: int
    tensors: Mapping[str, Mapping[str, Tensor]]
    state: dict[str, Any]


@dataclass(frozen=True)
class Found:
    """The newest sound checkpoint (None where there is none), and why newer ones were passed over."""

    snapshot: Snapshot | None
    skipped: tuple[str, ...]


def write(folder: Path, kind: str, snapshot: Snapshot, facts: Mapping[str, Any]) -> Path:
    """Commit a checkpoint of `kind` ("step" or "best") below `folder`; one that is there is replaced.

    UserError for a full disk, before anything is written; nothing is left behind on an error.
    """
    parts = {f"{name}.safetensors": part for name, part in snapshot.tensors.items()}
    state = json.dumps(snapshot.state, indent=1).encode()
    sizes = {name: tensorbytes.size(part) for name, part in parts.items()} | {STATE: len(state)}
    size = sum(sizes.values())
    folder.mkdir(parents=True, exist_ok=True)
    files.require_free(folder, size)
    target = shown(folder, kind, snapshot.step)
    with files.staged_folder(target, replace=target.exists(), needed=size) as staging:
        hashes = {}
        for name, length in sizes.items():
            pieces = tensorbytes.pieces(parts[name]) if name in parts else (state,)
            hashes[name] = {"bytes": length, "sha256": files.write_pieces(staging / name, pieces, length)}
        files.write_json(staging / MANIFEST, manifest_of(snapshot.step, facts, hashes))
    return target


def shown(folder: Path, kind: str, step: int) -> Path:
    """Where a committed checkpoint lies."""
    return folder / f"{kind}-{step:08d}"


def manifest_of(step: int, facts: Mapping[str, Any], hashes: Mapping[str, Any]) -> dict[str, Any]:
    """What is written last; `hashes` holds bytes and sha256 of each file. It carries a digest of itself too."""
    manifest = {"schema": SCHEMA, "step": step, **facts, "files": hashes}
    return {**manifest, "digest": files.json_digest(manifest)}


def read_manifest(path: Path) -> dict[str, Any]:
    """What a checkpoint's manifest says. UserError where it is not as it was written."""
    manifest = files.read_json(path / MANIFEST)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise UserError(f"{path.name} has a damaged manifest.")
    rest = {key: value for key, value in manifest.items() if key != "digest"}
    schema = manifest.get("schema")
    if schema != 1 and (schema != SCHEMA or manifest.get("digest") != files.json_digest(rest)):
        raise UserError(f"{path.name} has a damaged manifest.")
    return manifest


def read(path: Path) -> Snapshot:
    """Read a checkpoint, also one in shards, and compare every file with the manifest. UserError says what is wrong."""
    manifest = read_manifest(path)
    held = {name: _checked(path, str(name), facts) for name, facts in manifest["files"].items()}
    try:
        parts = {name: held.pop(name) for name in list(held) if shards.kind_of(name)}
        tensors = {name.removesuffix(".safetensors"): load(part) for name, part in held.items() if name != STATE}
        if parts:
            tensors = shards.assemble(parts)
        return Snapshot(int(manifest["step"]), tensors, json.loads(held[STATE]))
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path.name} is damaged: {error}.") from error


def _checked(path: Path, name: str, facts: Mapping[str, Any]) -> bytes:
    file = files.safe_join(path, name)
    if not file.is_file():
        raise UserError(f"{path.name} lacks {name}.")
    data = file.read_bytes()
    if len(data) != facts.get("bytes") or hashlib.sha256(data).hexdigest() != facts.get("sha256"):
        raise UserError(f"{name} of {path.name} is damaged: its hash is not the one recorded.")
    return data


def listed(folder: Path, kind: str) -> list[tuple[int, Path]]:
    """Committed checkpoints of a kind, newest first; whether they are sound is not looked at."""
    names = [(_NAME.fullmatch(path.name), path) for path in folder.glob(f"{kind}-*")]
    return sorted(((int(name[2]), path) for name, path in names if name), reverse=True)


def latest(folder: Path, *, at_most: int | None = None, kind: str = "step") -> Found:
    """The newest sound checkpoint, at or before step `at_most`; damaged ones are put aside, not deleted."""
    skipped: list[str] = []
    for step, path in listed(folder, kind):
        if at_most is not None and step > at_most:
            continue
        try:
            return Found(read(path), tuple(skipped))
        except UserError as error:
            skipped.append(error.message)
            set_aside(path)
    return Found(None, tuple(skipped))


def set_aside(path: Path) -> None:
    """Rename a damaged checkpoint, so that it is not looked at again and not lost."""
    number, target = 1, path.with_name(f"corrupt-{path.name}")
    while target.exists():
        number, target = number + 1, path.with_name(f"corrupt-{path.name}-{number}")
    DISK.rename(path, target)


def drop_after(folder: Path, step: int) -> None:
    """Remove what comes after `step`: a run that goes back takes another way from there."""
    for kind in ("step", "best"):
        for number, path in listed(folder, kind):
            if number > step:
                _remove(path)


def prune(folder: Path, keep: int = 2) -> None:
    """Keep the newest `keep` full checkpoints, and the best ones that these or the present refer to.

    What a disk refuses to give up stays until the next time: no training ends for that.
    """
    steps = listed(folder, "step")
    gone = [path for _, path in steps[keep:]]
    wanted = {_best_of(path) for _, path in steps[:keep]}
    gone += [path for number, path in listed(folder, "best")[1:] if number not in wanted]
    for path in gone:
        with contextlib.suppress(OSError):
            _remove(path)


def _best_of(path: Path) -> int | None:
    try:
        state = files.read_json(path / STATE)
    except UserError:  # damaged since it was written: what it names is of no use without it
        return None
    best = state.get("best_step") if isinstance(state, dict) else None
    return best if isinstance(best, int) else None


def _remove(path: Path) -> None:
    """Rename first, so that a kill in between leaves no half of a checkpoint under its name."""
    gone = path.with_name(f".trash-{path.name}")
    DISK.remove_folder(gone)
    DISK.rename(path, gone)
    DISK.remove_folder(gone)


def sweep(folder: Path) -> None:
    """Remove what a killed attempt left half done."""
    if folder.is_dir():
        files.sweep(folder)
        for path in folder.glob(".trash-*"):
            DISK.remove_folder(path)


def check_finite(tensors: Mapping[str, Tensor]) -> bool:
    """Whether all numbers are finite: a checkpoint of anything else is never written."""
    return all(finite(tensor) for tensor in tensors.values())


def finite(tensor: Tensor) -> bool:
    """Whether all numbers are finite. What is not stays so in a sum, and a sum is found far faster."""
    if not tensor.is_floating_point():
        return True
    total = tensor.sum(dtype=torch.promote_types(tensor.dtype, torch.float32))
    return bool(torch.isfinite(total)) or bool(torch.isfinite(tensor).all())
