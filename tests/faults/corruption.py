"""R5: damage to one file of a checkpoint, a model, a dataset or its tokens: it is found, and nothing damaged is used.

A checkpoint is put aside and the one before is taken; tokens are made anew; kept things say which file is damaged.
"""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from llmstudio.data.encode import encode_dataset
from llmstudio.engine import checkpoint
from llmstudio.jobs.job import Status
from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.train_tokenizer import tokenizer_for
from tests.faults import row
from tests.faults.row import Row
from tests.tasks import small

HARMS = ("flip", "flip", "flip", "cut", "delete", "swap", "zeros", "grow")
PAGE = 4096


def harm(path: Path, how: str, chance: random.Random, other: Path | None = None) -> None:
    """One thing that happens to files; `other` is what it is swapped with."""
    data = bytearray(path.read_bytes())
    if how == "delete":
        path.unlink()
        return
    if how == "swap" and other is not None and other.read_bytes() != data:
        path.write_bytes(other.read_bytes())
        other.write_bytes(data)
        return
    at = chance.randrange(len(data))
    if how == "cut":
        del data[at:]
    elif how == "grow":
        data += b"\0" + chance.randbytes(chance.randrange(50))
    elif how == "zeros" and any(data[at - at % PAGE : at - at % PAGE + PAGE]):
        page = data[at - at % PAGE : at - at % PAGE + PAGE]
        data[at - at % PAGE : at - at % PAGE + PAGE] = bytes(len(page))
    else:
        data[at] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def trained(folder: Path) -> tuple[Workspace, Path]:
    """A workspace with a finished training that kept two full checkpoints and a best one."""
    ws = small.workspace(folder)
    run = small.new_run(ws)
    assert small.train(ws, run)[0] == Status.FINISHED
    assert len(checkpoint.listed(run / "checkpoints", "step")) == 2
    return ws, run


# --- checkpoints ----------------------------------------------------------------------------------


class Checkpoints:
    """Damages the newest checkpoint of a copy, and has the newest sound one looked for."""

    def __init__(self, run: Path, folder: Path) -> None:
        self.sound, self.folder = run / "checkpoints", folder
        (self.newest, path), (self.older, _) = checkpoint.listed(self.sound, "step")
        self.path = path
        self.wanted = _content(checkpoint.latest(self.sound, at_most=self.older))
        self.undamaged = _content(checkpoint.latest(self.sound))
        self.names = sorted(one.name for one in path.iterdir())

    def trial(self, chance: random.Random) -> str:
        """What is wrong after one damage; "" for nothing."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.sound, copy)
        name, how = chance.choice(self.names), chance.choice(HARMS)
        target = copy / self.path.name / name
        others = [one for one in target.parent.iterdir() if one != target]
        harm(target, how, chance, chance.choice(others))
        words = self._judge(copy)
        return f"{how} of {name}: {words}" if words else ""

    def _judge(self, copy: Path) -> str:
        before = sorted(_bytes(copy / self.path.name))
        found = checkpoint.latest(copy)
        aside = copy / f"corrupt-{self.path.name}"
        if _content(found) == self.undamaged and not found.skipped:
            return "the damage was not noticed"
        if _content(found) != self.wanted:
            return "the one before was not taken as it was"
        if not aside.is_dir() or sorted(_bytes(aside)) != before:
            return "the damaged one was not put aside as it was"
        return "" if len(found.skipped) == 1 and self.path.name in found.skipped[0] else f"it said {found.skipped}"


def _content(found: checkpoint.Found) -> Any:
    if found.snapshot is None:
        return None
    tensors = {
        f"{group} {name}": (part.shape, part.numpy().tobytes())
        for group, parts in found.snapshot.tensors.items()
        for name, part in parts.items()
    }
    return found.snapshot.step, found.snapshot.state, tensors


def _bytes(folder: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in folder.iterdir()]


# --- tokens and kept things -----------------------------------------------------------------------


class Tokens:
    """Damages the token files of a dataset: they are made anew, and are what they were."""

    def __init__(self, ws: Workspace) -> None:
        self.dataset = catalog.find(ws, "dataset", "tales")
        self.tokenizer = tokenizer_for(ws, "characters", self.dataset, lambda: None)
        self.folder = encode_dataset(self.dataset.path, self.tokenizer).folder
        self.wanted = sorted(_bytes(self.folder))

    def trial(self, chance: random.Random) -> str:
        """As for checkpoints."""
        names = [path for path in sorted(self.folder.iterdir()) if path.stat().st_size]
        path, how = chance.choice(names), chance.choice(HARMS)
        harm(path, how, chance, chance.choice([one for one in names if one != path]))
        encoded = encode_dataset(self.dataset.path, self.tokenizer)
        if sorted(_bytes(encoded.folder)) != self.wanted:
            shutil.rmtree(self.folder)
            encode_dataset(self.dataset.path, self.tokenizer)
            return f"{how} of {path.name}: the tokens are other ones"
        return ""


class Kept:
    """Damages a file of a kept model or dataset: looking at it finds which."""

    def __init__(self, ws: Workspace, kind: catalog.KeptKind, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.sound = catalog.list_kept(ws, kind)[0].path

    def trial(self, chance: random.Random) -> str:
        """As for checkpoints."""
        copy = self.folder / f"copy {chance.randrange(1 << 60):x}"  # parsed manifests are remembered by path
        shutil.copytree(self.sound, copy)
        listed = sorted(catalog.load(copy, self.kind).manifest["files"])
        name, how = chance.choice(listed), chance.choice(HARMS)
        harm(copy / name, how, chance, copy / chance.choice([one for one in listed if one != name] or [name]))
        faults = catalog.verify(catalog.load(copy, self.kind))
        shutil.rmtree(copy)
        return "" if any(name in fault for fault in faults) else f"{how} of {self.kind} {name}: {faults}"


def trials(count: int, seed: int, folder: Path) -> Row:
    """Seven tenths damage checkpoints, the others tokens and kept models."""
    ws, run = trained(folder / "ws")
    chance = random.Random(seed)
    kinds: list[tuple[str, Callable[[random.Random], str], float]] = [
        ("checkpoints", Checkpoints(run, folder).trial, 0.7),
        ("tokens", Tokens(ws).trial, 0.1),
        ("models", Kept(ws, "model", folder).trial, 0.2),
    ]
    done = Row("R5 damage", 0)
    for name, trial, share in kinds:
        tried = max(1, round(count * share))
        done.faults += [fault for fault in (trial(chance) for _ in range(tried)) if fault]
        done.trials += tried
        done.figures[name] = tried
    return done


if __name__ == "__main__":
    row.main(trials)
