"""Heads of safetensors files: sound ones, cut off ones, and lies."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from llmstudio.base.errors import UserError
from llmstudio.store import tensorhead


def weights(path: Path) -> Path:
    save_file({f"layer.{n}": np.zeros((4, 8), np.float32) for n in range(5)}, path)
    return path


def test_a_sound_file_tells_its_numbers(tmp_path: Path) -> None:
    path = weights(tmp_path / "model.safetensors")
    assert tensorhead.read(path) == tensorhead.Head(5, 160, "f32")
    assert tensorhead.cut_words(path) == ""


def test_what_is_cut_off_is_named(tmp_path: Path) -> None:
    path = weights(tmp_path / "model.safetensors")
    path.write_bytes(path.read_bytes()[:-200])
    assert len(tensorhead.read(path).cut) == 2
    assert tensorhead.cut_words(path) == "2 of 5 tensors are cut off: layer.3, layer.4."


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x05",
        b"\xff" * 50,
        (20).to_bytes(8, "little") + b"{" * 20,
        (2).to_bytes(8, "little") + b"[]  ",
        (26).to_bytes(8, "little") + json.dumps({"a": {"shape": [1, "x"]}}).encode() + b" " * 9,
    ],
)
def test_a_head_that_makes_no_sense_is_damage(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(UserError, match="no readable head"):
        tensorhead.read(path)
    assert "damaged" in tensorhead.cut_words(path)


def test_a_file_that_is_gone_says_nothing(tmp_path: Path) -> None:
    assert tensorhead.cut_words(tmp_path / "none") == ""
