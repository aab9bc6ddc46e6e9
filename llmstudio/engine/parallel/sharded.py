"""Checkpoints that all processes of a team write and read together, each its own shards (torch.distributed.checkpoint).

The files are safetensors; manifest, hashes and the commit are those of `engine.checkpoint`, which reads such a
checkpoint whole in one process too.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader, HuggingFaceStorageWriter
from torch.distributed.checkpoint.metadata import TensorStorageMetadata
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.engine.checkpoint import MANIFEST, STATE, Snapshot, manifest_of, read_manifest, shown
from llmstudio.engine.parallel.team import Team
from llmstudio.engine.parallel.wrapping import own
from llmstudio.engine.shards import KINDS, PART


def write(folder: Path, kind: str, snapshot: Snapshot, facts: Mapping[str, Any], team: Team) -> Path:
    """Commit a checkpoint of what every process holds; as `checkpoint.write`, called by all.

    UserError for a full disk, in the first process.
    """
    target = shown(folder, kind, snapshot.step)
    size = int(team.total(sum(own(t).nbytes for part in snapshot.tensors.values() for t in part.values()))[0])
    if not team.leads:
        _put(Path(team.tell()), snapshot, team)
        team.wait()
        return target
    folder.mkdir(parents=True, exist_ok=True)
    files.require_free(folder, size)
    with files.staged_folder(target, replace=target.exists(), needed=size) as staging:
        team.tell(str(staging))
        hashes = _put(staging, snapshot, team)
        data = json.dumps(snapshot.state, indent=1).encode()
        files.write_bytes(staging / STATE, data)
        hashes[STATE] = {"bytes": len(data), "sha256": files.sha256(staging / STATE)}
        files.write_json(staging / MANIFEST, manifest_of(snapshot.step, {**facts, "processes": team.size}, hashes))
    team.wait()
    return target


def _put(staging: Path, snapshot: Snapshot, team: Team) -> dict[str, Any]:
    """Write this process's shards; the sizes and hashes of the files of all."""
    numbers = {kind: number for number, kind in KINDS.items()}
    tensors = {name: tensor.detach() for part in snapshot.tensors.values() for name, tensor in part.items()}
    where = {name: numbers[kind] for kind, part in snapshot.tensors.items() for name in part}
    save(tensors, storage_writer=HuggingFaceStorageWriter(str(staging), where, save_distributed=True))
    mine = {}
    for path in staging.iterdir():
        found = PART.fullmatch(path.name)
        if found and int(found[1]) == team.rank + 1:
            mine[path.name] = {"bytes": path.stat().st_size, "sha256": files.sha256(path)}
    return {name: one for each in team.gather(mine) for name, one in each.items()}


def faults(path: Path, team: Team) -> str:
    """What is wrong with a checkpoint, "" where nothing is; each process looks at some of the files."""
    try:
        known = read_manifest(path)["files"]
        words = _damaged(path, known, sorted(known)[team.rank :: team.size])
    except (UserError, KeyError, TypeError):
        words = f"{path.name} has a damaged manifest."
    return next((one for one in team.gather(words) if one), "")


def _damaged(path: Path, known: Mapping[str, Any], names: list[str]) -> str:
    for name in names:
        file = files.safe_join(path, name)
        if not file.is_file():
            return f"{path.name} lacks {name}."
        if files.sha256(file) != known[name]["sha256"]:
            return f"{name} of {path.name} is damaged: its hash is not the one recorded."
    return ""


def read(path: Path, parameters: Mapping[str, nn.Parameter], weights: Mapping[str, Tensor]) -> Snapshot:
    """What this process holds of a checkpoint, whether it was written whole or in shards, by few or by many.

    `parameters` and `weights` say how the model is spread now. UserError for a checkpoint that does not fit it.
    """
    reader = HuggingFaceStorageReader(str(path))
    known = reader.read_metadata().state_dict_metadata
    model = {name: torch.empty_like(tensor) for name, tensor in weights.items()}
    optimizer = {
        name: _like(parameters, name, one.size, one.properties.dtype)
        for name, one in known.items()
        if isinstance(one, TensorStorageMetadata) and name.startswith(("state.", "random."))
    }
    if model.keys() - known.keys():
        raise UserError(f"{path.name} lacks {min(model.keys() - known.keys())}.")
    load({**model, **optimizer}, storage_reader=reader)
    state = json.loads((path / STATE).read_bytes())
    return Snapshot(int(files.read_json(path / MANIFEST)["step"]), {"model": model, "optimizer": optimizer}, state)


def _like(parameters: Mapping[str, nn.Parameter], name: str, size: Any, dtype: Any) -> Tensor:
    """Room for a state: spread like its parameter where it has the same shape."""
    parameter = parameters.get(name.partition(".")[2].rpartition("|")[0])
    if parameter is not None and tuple(parameter.shape) == tuple(size):
        return torch.empty_like(parameter.detach(), dtype=dtype)
    return torch.empty(size, dtype=dtype)
