"""PyTorch files: honest ones become safetensors, and no program in a hostile one ever runs."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from llmstudio.base.errors import UserError
from llmstudio.engine.convert import torch_file
from tests.engine.convert import pickles

ROOT = Path(__file__).resolve().parents[3]


def unpickle(folder: Path, *files: Path) -> tuple[int, dict[str, str]]:
    """What the child says of these files."""
    done = subprocess.run(
        [sys.executable, "-m", "llmstudio", "unpickle", str(folder), *map(str, files)],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    lines = done.stdout.splitlines()
    return done.returncode, json.loads(lines[-1]) if lines else {}


def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir(exist_ok=True)
    return folder


def test_tensors_of_several_files_come_out_with_their_types(tmp_path: Path) -> None:
    shared = torch.arange(6.0).view(2, 3)
    first = pickles.save(
        tmp_path / "a.bin",
        {"model": {"_orig_mod.w": shared, "tied": shared, "b": torch.ones(4).bfloat16(), "mask": torch.ones(2).bool()}},
    )
    second = pickles.save(tmp_path / "b.bin", {"d": torch.ones(2, dtype=torch.float64), "epoch": 3, "name": "x"})
    assert unpickle(out(tmp_path), first, second) == (0, {})
    found = load_file(tmp_path / "out/model.safetensors")
    assert found.keys() == {"w", "tied", "b", "d"}
    assert torch.equal(found["w"], shared)
    assert (found["b"].dtype, found["d"].dtype) == (torch.bfloat16, torch.float32)


HOSTILE: dict[str, Callable[[Path, Path], Any]] = {
    "an object": lambda path, trace: pickles.save(path, {"w": torch.ones(2), "x": pickles.Planted(trace)}),
    "a command": lambda path, trace: pickles.save(path, pickles.Executed(trace)),
    "a program instead of a list": lambda path, trace: (
        pickles.save(path, {"w": torch.ones(2)}),
        pickles.rewritten(path, pickles.call("os", "system", f"touch {trace}")),
    ),
    "an evaluation": lambda path, trace: (
        pickles.save(path, {"w": torch.ones(2)}),
        pickles.rewritten(path, pickles.call("builtins", "eval", f"open({str(trace)!r}, 'w')")),
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_program_in_a_file_is_named_and_never_run(tmp_path: Path, kind: str) -> None:
    path, trace = tmp_path / "pytorch_model.bin", tmp_path / "it-ran"
    HOSTILE[kind](path, trace)
    with pytest.raises(UserError, match=r"carries code \(.*It was not run, and nothing was imported"):
        torch_file.state_of(path)  # even outside the locked-up process
    assert not trace.exists()
    if kind == "an object":
        status, told = unpickle(out(tmp_path), path)
        assert (status, "carries code (" in told["message"]) == (torch_file.REFUSED, True)
        assert not trace.exists()
        assert list(out(tmp_path).iterdir()) == []
        torch.load(path, weights_only=False)
        assert trace.exists(), "the planted program works where it is let"


NO_WEIGHTS: dict[str, Any] = {
    "a list": [1, 2],
    "a number": {"a": 1},
    "whole numbers": {"i": torch.ones(3, dtype=torch.int64), "l": [torch.ones(1)]},
    "no name": {3: torch.ones(1)},
    "a tensor": torch.ones(2),
}


@pytest.mark.parametrize("kind", NO_WEIGHTS)
def test_what_is_no_list_of_weights_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UserError, match=r"a\.bin holds no weights"):
        torch_file.state_of(pickles.save(tmp_path / "a.bin", NO_WEIGHTS[kind]))


@pytest.mark.parametrize("tensor", [torch.ones(2, 2).to_sparse(), torch.ones(2, device="meta")], ids=["sparse", "meta"])
def test_tensors_that_are_not_plain_are_refused(tmp_path: Path, tensor: torch.Tensor) -> None:
    with pytest.raises(UserError, match=r"packed in a way|carries code|more than weights"):
        torch_file.state_of(pickles.save(tmp_path / "a.bin", {"w": tensor}))


def test_a_tensor_larger_than_its_file_is_refused(tmp_path: Path) -> None:
    path = pickles.save(tmp_path / "a.bin", {"w": torch.ones(1).expand(1 << 16, 1 << 16)})
    status, told = unpickle(out(tmp_path), path)
    assert (status, told["message"]) == (torch_file.REFUSED, "The PyTorch file claims more numbers than it holds.")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x80\x02}q\x00.", "old format"),
        (b"", "is damaged, or no PyTorch file"),
        (b"PK\x03\x04" + bytes(50), "is damaged, or no PyTorch file"),
        (b"ustar" * 200, "is damaged, or no PyTorch file"),
    ],
)
def test_anything_but_the_present_format_is_refused_outside(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.bin").write_bytes(content)
    with pytest.raises(UserError, match=words):
        torch_file.check_container(tmp_path / "a.bin")


def test_packed_and_lying_containers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", bytes(10**6))
    with pytest.raises(UserError, match="packed in a way"):
        torch_file.check_container(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no weights")
    with pytest.raises(UserError, match="list of contents lies"):
        torch_file.check_container(path)


def test_a_larger_file_is_given_more_time() -> None:
    assert (torch_file.allowance(0), torch_file.allowance(5_000_000_000)) == (120, 220)
