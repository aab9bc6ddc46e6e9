"""A first look at weights from elsewhere."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from llmstudio.base.errors import UserError
from llmstudio.store import glimpse


def folder(path: Path, kind: str = "llama", **config: object) -> Path:
    path.mkdir()
    (path / "config.json").write_text(json.dumps({"model_type": kind, **config}))
    (path / "tokenizer.json").write_text("{}")
    (path / "README.md").write_text("---\nlibrary_name: x\nlicense: apache-2.0\n---\n# A model\n")
    save_file({"w": np.zeros((10, 7), np.float16)}, path / "model.safetensors")
    return path


def gguf(path: Path, **facts: str | int) -> Path:
    head = struct.pack("<4sIQQ", b"GGUF", 3, 1, len(facts) + 2)
    items = [_key("general.tags", 9) + struct.pack("<IQ", 8, 1) + _text("chat")]
    for name, value in facts.items():
        key = name.replace("__", ".")
        items.append(_key(key, 8) + _text(value) if isinstance(value, str) else _key(key, 4) + struct.pack("<I", value))
    items.append(_key("tokenizer.ggml.tokens", 9) + struct.pack("<IQ", 8, 49152))
    path.write_bytes(head + b"".join(items) + b"x" * 50)
    return path


def _text(words: str) -> bytes:
    return struct.pack("<Q", len(words)) + words.encode()


def _key(name: str, kind: int) -> bytes:
    return _text(name) + struct.pack("<I", kind)


def test_a_folder_tells_family_size_type_and_licence(tmp_path: Path) -> None:
    seen = glimpse.look(folder(tmp_path / "small"))
    assert (seen.kind, seen.family, seen.parameters, seen.dtype) == ("huggingface", "Llama", 70, "f16")
    assert (seen.licence, seen.tokenizer, seen.pickled, seen.fault) == ("apache-2.0", True, False, "")
    assert seen.title == "small"
    assert seen.bytes == (tmp_path / "small" / "model.safetensors").stat().st_size
    assert glimpse.look(tmp_path / "small" / "model.safetensors").kind == "huggingface"


def test_an_unknown_family_names_the_known_ones(tmp_path: Path) -> None:
    seen = glimpse.look(folder(tmp_path / "m", "mamba"))
    assert "mamba are not known" in seen.fault
    assert "Qwen3" in seen.hint


def test_cut_off_weights_are_seen_before_the_import(tmp_path: Path) -> None:
    path = folder(tmp_path / "m") / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    assert glimpse.look(tmp_path / "m").fault == ("model.safetensors is damaged: 1 of 1 tensors is cut off: w.")
    path.write_bytes(b"junk")
    assert "no readable head" in glimpse.look(tmp_path / "m").fault


def test_pickled_weights_ask_for_consent(tmp_path: Path) -> None:
    path = folder(tmp_path / "m")
    (path / "model.safetensors").rename(path / "pytorch_model.bin")
    assert glimpse.look(path).pickled
    (tmp_path / "x.pt").write_bytes(b"PK\x03\x04" + b"0" * 40)
    assert glimpse.look(tmp_path / "x.pt").kind == "torch"
    (tmp_path / "y.bin").write_bytes(b"\x80\x02" + b"0" * 40)
    assert glimpse.look(tmp_path / "y.bin").pickled


def test_a_gguf_file_tells_what_it_is(tmp_path: Path) -> None:
    path = gguf(tmp_path / "m.gguf", general__architecture="llama", general__license="mit", general__file_type=3)
    seen = glimpse.look(path)
    assert (seen.kind, seen.family, seen.licence, seen.dtype, seen.fault) == ("gguf", "Llama", "mit", "q4_1", "")
    assert glimpse.look(tmp_path).kind == "gguf"  # a folder with that one file
    gguf(tmp_path / "n.gguf", general__architecture="bert")
    assert "bert are not known" in glimpse.look(tmp_path / "n.gguf").fault
    assert "2 GGUF files" in glimpse.look(tmp_path).fault


def test_a_gguf_file_that_ends_early_is_told_as_far_as_it_goes(tmp_path: Path) -> None:
    path = gguf(tmp_path / "m.gguf", general__architecture="llama")
    for length in (4, 20, 24, 40, 70):
        (tmp_path / "cut.gguf").write_bytes(path.read_bytes()[:length])
        assert glimpse.look(tmp_path / "cut.gguf").kind == "gguf"
    (tmp_path / "lie.gguf").write_bytes(struct.pack("<4sIQQQ", b"GGUF", 3, 1, 5, 1 << 60))
    assert glimpse.look(tmp_path / "lie.gguf").fault


def test_a_llama2c_file_is_recognised(shared_file: Callable[[str], Path]) -> None:
    seen = glimpse.look(shared_file("weights/stories260K.bin"))
    assert (seen.kind, seen.family) == ("llama2c", "Llama")
    assert seen.config["n_layer"] == 5


def test_smollm2_is_recognised(smollm2: Path) -> None:
    seen = glimpse.look(smollm2)
    assert (seen.family, seen.dtype, seen.licence) == ("Llama", "q4_1", "apache-2.0")


def test_what_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert "no model file" in glimpse.look(tmp_path / "notes.txt").fault
    assert "holds no model" in glimpse.look(tmp_path).fault
    with pytest.raises(UserError, match="There is nothing at"):
        glimpse.look(tmp_path / "gone")
    (tmp_path / "config.json").write_text("[" * 100_000)
    assert glimpse.look(tmp_path).fault


def test_a_readme_without_a_head_names_no_licence(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("license: mit\n")
    assert glimpse.licence_of(tmp_path) == ""
