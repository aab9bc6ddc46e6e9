"""PyTorch files, honest and hostile."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch


class Planted:
    """An object whose reading leaves a file behind: the program that must never run."""

    def __init__(self, trace: Path) -> None:
        self.trace = str(trace)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path(self.trace),))


class Executed:
    """The same with os.system."""

    def __init__(self, trace: Path) -> None:
        self.trace = str(trace)

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return (os.system, (f"touch {self.trace}",))


def save(path: Path, value: Any) -> Path:
    """As torch.save writes it."""
    torch.save(value, path)
    return path


def rewritten(path: Path, program: bytes) -> None:
    """A file whose list of contents is a program of the attacker's."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(name, program if name.endswith("/data.pkl") else data)


def call(module: str, name: str, argument: str) -> bytes:
    """A pickle that calls module.name(argument)."""
    text = argument.encode()
    return (
        pickle.PROTO + b"\x02" + f"c{module}\n{name}\nX".encode() + len(text).to_bytes(4, "little") + text + b"\x85R."
    )
