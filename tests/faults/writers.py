"""Everything that is written durably, one small case each: how it looks before, the writing, and what a reader finds.

`found` is the recovery of the program itself: it sweeps as a start does and reads as a reader does. Whatever happens
during `act`, it has to find what was there before or what is there after, and nothing else.
"""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from llmstudio.base import files, jsonl
from llmstudio.base.disk import DISK
from llmstudio.config.export import ExportConfig
from llmstudio.engine import checkpoint
from llmstudio.engine.checkpoint import Snapshot
from llmstudio.jobs import control, create
from llmstudio.store import catalog, run
from llmstudio.store.hub import HubFile
from llmstudio.store.settings import Settings
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.transfer import Part

OLD_BYTES, NEW_BYTES = b"old weights " * 40, b"new weights, and more of them " * 40


@dataclass(frozen=True)
class Writer:
    """`prepare`, `act` and `found` get an empty folder of their own; paths inside it may not be remembered."""

    name: str
    prepare: Callable[[Path], object]
    act: Callable[[Path], object]
    found: Callable[[Path], Any]
    errors_may_pass: bool = False  # it may go on without what the disk refuses

    def states(self, folder: Path) -> tuple[Any, Any]:
        """What is found before and after an act that nothing disturbs; works in `folder`, which it leaves empty."""
        self.prepare(folder)
        before = self.found(folder)
        self.act(folder)
        after = self.found(folder)
        assert before != after, self.name
        empty(folder)
        return before, after


def empty(folder: Path) -> None:
    """Remove everything in a folder."""
    shutil.rmtree(folder)
    folder.mkdir()


# --- checkpoints ----------------------------------------------------------------------------------


def snapshot(step: int) -> Snapshot:
    """A small one whose every number tells its step."""
    tensors = {"model": {"a": torch.full((9, 7), float(step))}, "optimizer": {"b": torch.arange(40) + step}}
    return Snapshot(step, tensors, {"step": step, "best_step": step})


def _save(root: Path, *steps: int) -> None:
    for step in steps:
        checkpoint.write(root, "step", snapshot(step), {"torch": "x"})
        checkpoint.prune(root)


def _newest(root: Path, kind: str = "step") -> Any:
    checkpoint.sweep(root)
    found = checkpoint.latest(root, kind=kind)
    return None if found.snapshot is None else (_numbers(found.snapshot), found.skipped, _hidden(root))


def _numbers(found: Snapshot) -> Any:
    tensors = {name: part.tolist() for group in found.tensors.values() for name, part in group.items()}
    return found.step, found.state, tensors


def _hidden(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob(".*") if path.is_dir())


def _save_best(root: Path, step: int) -> None:
    checkpoint.write(root, "best", Snapshot(step, {"model": snapshot(step).tensors["model"]}, {"step": step}), {})


def _again(root: Path) -> None:
    other = Snapshot(3, {"model": {"a": torch.zeros(2)}, "optimizer": {}}, {"step": 3, "best_step": None})
    checkpoint.write(root, "step", other, {})


# --- kept things, runs, settings, logs ------------------------------------------------------------


def _keep(root: Path, content: bytes, existing: Any = "refuse") -> None:
    with catalog.keep(Workspace.open(root), "model", "Mine", existing=existing) as keeping:
        files.write_bytes(keeping.folder / "model.safetensors", content)
        files.write_text(keeping.folder / "card.md", f"{len(content)} bytes")
        keeping.facts["parameters"] = len(content)


def _kept(root: Path) -> Any:
    ws = Workspace.open(root, window=True)
    ws.close()
    things = catalog.list_kept(ws, "model")
    return [(one.title, one.manifest["parameters"], catalog.verify(one)) for one in things], _hidden(root)


def _rename(root: Path) -> None:
    ws = Workspace.open(root)
    catalog.rename(ws, catalog.find(ws, "model", "Mine"), "Yours")


def _make_run(root: Path) -> None:
    create.create_run(Workspace.open(root), "export_model", ExportConfig(model="m", format="hf", to=""), title="One")


def _runs(root: Path) -> Any:
    ws = Workspace.open(root, window=True)
    ws.close()
    return [(state.title, state.status, state.config["model"]) for state in run.list_runs(ws)], _hidden(root)


def _resumed(root: Path) -> Any:
    folder = next((Workspace.open(root).runs).glob("2*"))
    state, asked = run.load(folder), control.Inbox(folder, 2).resume
    if state.attempt == 2:
        assert asked is not None
        return "resumed", asked.from_step
    return state.status


def _pause_a_run(root: Path) -> None:
    _make_run(root)
    control.request(next(Workspace.open(root).runs.glob("2*")), "cancel")


def _resume(root: Path) -> None:
    control.resume(next(Workspace.open(root).runs.glob("2*")), 7)


def _settings(root: Path) -> Any:
    settings = Settings(root / "settings.json")
    return settings.damaged, settings.get("theme"), settings.get("font")


def _set(value: str) -> Callable[[Path], None]:
    def act(root: Path) -> None:
        if not (root / "settings.json").exists():
            files.write_json(root / "settings.json", {"font": "big"})
        Settings(root / "settings.json").set("theme", value)

    return act


def _log(root: Path) -> Any:
    jsonl.truncate_torn(root / "log.jsonl")
    return jsonl.read(root / "log.jsonl")


def _append(number: int) -> Callable[[Path], None]:
    def act(root: Path) -> None:
        with files.disk_faults(root / "log.jsonl"):  # as whoever appends has to
            jsonl.append(root / "log.jsonl", {"number": number, "words": "x" * 50}, sync=True)

    return act


# --- exports and downloads ------------------------------------------------------------------------


def _export_folder(root: Path, content: bytes) -> None:
    with files.staged_folder(root / "out", replace=(root / "out").is_dir()) as staging:
        (staging / "model.safetensors").write_bytes(content)  # as libraries do that know no disk of ours
        (staging / "config.json").write_text(str(len(content)))


def _exported_folder(root: Path) -> Any:
    files.sweep(root)
    found = {p.name: p.read_bytes() for p in (root / "out").glob("*")}
    return found, _hidden(root)


def _export_file(root: Path, content: bytes) -> None:
    with files.staged_file(root / "model.gguf") as temporary:
        temporary.write_bytes(content)


def _exported_file(root: Path) -> Any:
    return (root / "model.gguf").read_bytes() if (root / "model.gguf").exists() else None


PROMISED = HubFile("weights.bin", len(NEW_BYTES), hashlib.sha256(NEW_BYTES).hexdigest())


def _download(root: Path) -> None:
    part = Part(PROMISED, root / "weights.bin")
    start = part.take_up(lambda: None)
    with files.disk_faults(part.path):
        descriptor = DISK.append(part.path)
    try:
        for at in range(start, len(NEW_BYTES), 300):
            part.write(NEW_BYTES[at : at + 300], descriptor)
    finally:
        DISK.close(descriptor)
    part.finish()


def _downloaded(root: Path) -> Any:
    return (root / "weights.bin").read_bytes() if (root / "weights.bin").exists() else None


def nothing(root: Path) -> None:
    """Where nothing is there before."""


WRITERS = (
    Writer("first checkpoint", nothing, lambda r: _save(r, 1), _newest),
    Writer("checkpoint", lambda r: _save(r, 1, 2, 3), lambda r: _save(r, 4), _newest),
    Writer("same checkpoint again", lambda r: _save(r, 3), _again, _newest),
    Writer("best", lambda r: _save_best(r, 1), lambda r: _save_best(r, 2), lambda r: _newest(r, "best")),
    Writer("new model", Workspace.open, lambda r: _keep(r, NEW_BYTES), _kept),
    Writer("model again", lambda r: _keep(r, OLD_BYTES), lambda r: _keep(r, NEW_BYTES, "replace"), _kept),
    Writer("rename", lambda r: _keep(r, OLD_BYTES), _rename, _kept),
    Writer("new run", Workspace.open, _make_run, _runs),
    Writer("resume", _pause_a_run, _resume, _resumed, errors_may_pass=True),
    Writer("settings", _set("light"), _set("dark"), _settings),
    Writer("log", _append(1), _append(2), _log),
    Writer("export folder", lambda r: _export_folder(r, OLD_BYTES), lambda r: _export_folder(r, NEW_BYTES),
           _exported_folder),
    Writer("export file", lambda r: _export_file(r, OLD_BYTES), lambda r: _export_file(r, NEW_BYTES), _exported_file),
    Writer("download", nothing, _download, _downloaded),
)  # fmt: skip


def named(name: str) -> Writer:
    """The writer of that name."""
    return next(one for one in WRITERS if one.name == name)
