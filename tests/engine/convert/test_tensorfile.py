"""Files in the safetensors format: the library reads what we write, we read what it writes, and lies are told."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.engine.convert import tensorfile


def some() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {
        "a.0.w": torch.randn(3, 5),
        "a.1.w": torch.randn(7).bfloat16(),
        "b": torch.randn(4, 2).half(),
        "é": torch.randn(2, 3),
        "empty": torch.zeros(0, 4),
        "one": torch.tensor(2.5),
    }


def write(path: Path, tensors: dict[str, Tensor], **more: Any) -> list[int]:
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    return list(tensorfile.write(path, shapes, iter(tensors.items()), **more))


def test_the_library_reads_what_we_write(tmp_path: Path) -> None:
    sizes = write(tmp_path / "x.safetensors", some())
    found = load_file(tmp_path / "x.safetensors")
    assert found.keys() == some().keys()
    assert all(torch.equal(found[name].double(), tensor.double()) for name, tensor in some().items())
    types = {name: tensor.dtype for name, tensor in found.items()}
    assert types["b"] == torch.float16
    assert types["a.1.w"] == torch.float32, "seven short floats would put the next tensor between two places"
    assert sizes == sorted(sizes)


def test_we_read_what_the_library_writes(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({**some(), "wide": torch.randn(3, dtype=torch.float64)}, path, metadata={"format": "pt"})
    entries = tensorfile.entries(path)
    for name, tensor in some().items():
        assert torch.equal(tensorfile.read(entries[name]), tensor)
    assert tensorfile.read(entries["wide"]).dtype == torch.float32


def test_large_tensors_are_read_and_written_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorfile, "BLOCK", 16)
    checks = []
    sizes = write(tmp_path / "x.safetensors", {"a": torch.arange(10.0)}, check=lambda: checks.append(1))
    assert sizes == [16, 32, 40]
    entry = tensorfile.entries(tmp_path / "x.safetensors")["a"]
    assert tensorfile.read(entry, lambda: checks.append(1)).tolist() == list(range(10))
    assert len(checks) == 6


def test_writing_stops_where_asked(tmp_path: Path) -> None:
    def stop() -> None:
        raise Interrupt("cancel")

    with pytest.raises(Interrupt):
        write(tmp_path / "x.safetensors", some(), check=stop)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_named(tmp_path: Path, number: float) -> None:
    with pytest.raises(UserError, match="The tensor a holds numbers that are not finite"):
        write(tmp_path / "x.safetensors", {"a": torch.tensor([1.0, number])})


def test_integers_and_eighths_are_no_weights(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"a": torch.zeros(4, dtype=torch.int8), "b": torch.zeros(4).to(torch.float8_e4m3fn)}, path)
    for entry in tensorfile.entries(path).values():
        with pytest.raises(UserError, match="which LLM Studio does not read"):
            tensorfile.read(entry)


# --- lies -----------------------------------------------------------------------------------------


def raw(path: Path, table: Any, data: bytes = b"", length: int | None = None) -> Path:
    text = table if isinstance(table, bytes) else json.dumps(table).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)
    return path


def fact(shape: Any = (2,), begin: Any = 0, end: Any = 8, kind: Any = "F32") -> dict[str, Any]:
    return {"dtype": kind, "shape": list(shape) if isinstance(shape, tuple) else shape, "data_offsets": [begin, end]}


LIES: list[tuple[Any, int, str]] = [
    ({"a": fact(), "b": fact(begin=8, end=16)}, 8, "1 of 2 tensors are cut off"),
    ({"a": fact()}, 12, "it is 4 bytes longer than its tensors"),
    ({"a": fact(begin=4, end=12)}, 12, "the tensor a is not where the one before it ends"),
    ({"a": fact(), "b": fact()}, 8, "is not where the one before it ends"),
    ({"a": fact((2**40, 2**40), 0, 2**47)}, 8, "has another size than its shape"),
    ({"a": fact((2**30,), 0, 2**32)}, 8, "1 of 1 tensors are cut off"),
    ({"a": fact((-2,), 0, 8)}, 8, "has no possible shape"),
    ({"a": fact((2.0,), 0, 8)}, 8, "has no possible shape"),
    ({"a": fact((True,) * 2, 0, 4)}, 8, "has no possible shape"),
    ({"a": fact((1,) * 9, 0, 4)}, 4, "has no possible shape"),
    ({"a": fact("xy")}, 8, "has no possible shape"),
    ({"a": fact(begin="0")}, 8, "has no place"),
    ({"a": fact(begin=8, end=0)}, 8, "has another size than its shape"),
    ({"a": fact(kind="F99")}, 8, "has no known type"),
    ({"a": fact(kind=["F32"])}, 8, "has no known type"),
    ({"a": None}, 8, "has no known type"),
    ([], 0, "its header is no table"),
    (b"{", 0, "its header is cut off or no header at all"),
    (b'{"a":', 0, "its header cannot be read"),
    (b'{"a":1,"a":2}', 0, "its header cannot be read"),
    (b"\xff\xfe\x00\x00", 0, "its header cannot be read"),
    (b"[" * 20_000, 0, "its header cannot be read"),
    ({str(i): 0 for i in range(100_001)}, 0, "it names 100,001 tensors, more than 100,000"),
]


@pytest.mark.parametrize(("table", "size", "words"), LIES)
def test_a_lying_header_is_found_before_memory_is_taken(tmp_path: Path, table: Any, size: int, words: str) -> None:
    with pytest.raises(UserError) as told:
        tensorfile.entries(raw(tmp_path / "x.safetensors", table, bytes(size)))
    assert words in told.value.message
    assert told.value.message.startswith("x.safetensors is damaged: ")


@pytest.mark.parametrize("length", [0, 1, 3, 10**6, 2**63, 2**64 - 1])
def test_a_lying_length_is_found(tmp_path: Path, length: int) -> None:
    with pytest.raises(UserError, match="is damaged"):
        tensorfile.entries(raw(tmp_path / "x.safetensors", {"a": fact()}, bytes(8), length))


def test_hostile_names_are_shown_harmlessly(tmp_path: Path) -> None:
    name = "\x1b]0;evil\x07" + "ü" * 200
    with pytest.raises(UserError) as told:
        tensorfile.entries(raw(tmp_path / "x.safetensors", {name: fact(kind="F99")}))
    assert told.value.message.isascii()
    assert told.value.message.isprintable()
    assert len(told.value.message) < 200


def outcome(path: Path, content: bytes) -> UserError | None:
    """None where the file gives numbers, and never more than it holds."""
    path.write_bytes(content)
    try:
        for entry in tensorfile.entries(path).values():
            tensor = tensorfile.read(entry)
            assert tensor.numel() * tensor.element_size() <= 2 * len(content)
    except UserError as error:
        return error
    return None


@settings(max_examples=300, deadline=None)
@given(place=st.floats(0, 0.9999), bit=st.integers(0, 7), cut=st.booleans(), header=st.booleans())
def test_flipped_bits_and_cut_files_give_a_sentence_or_numbers(
    tmp_path_factory: pytest.TempPathFactory, place: float, bit: int, cut: bool, header: bool
) -> None:
    folder = tmp_path_factory.getbasetemp()
    sound = folder / "sound.safetensors"
    if not sound.exists():
        write(sound, some())
    content = sound.read_bytes()
    reach = 8 + int.from_bytes(content[:8], "little") if header else len(content)
    at = int(place * reach)

    harmed = bytearray(content)
    harmed[at] ^= 1 << bit
    if cut:
        del harmed[at:]
    told = outcome(folder / "harmed.safetensors", bytes(harmed))
    assert told is None or (told.hint and len(str(told)) < 400)
    assert told is not None or not cut


# --- words ----------------------------------------------------------------------------------------


def test_names_of_many_layers_are_drawn_together() -> None:
    names = ["wte.weight", *(f"h.{i}.ln.weight" for i in (0, 1, 2, 5)), "h.3.mlp.bias"]
    assert tensorfile.listed(names) == "wte.weight, h.0-2,5.ln.weight, h.3.mlp.bias"
    assert tensorfile.listed([f"t{i}" for i in range(20)]).endswith("t4 and 15 more")


@pytest.mark.parametrize(
    ("numbers", "wanted"), [({"BF16": 90, "F32": 10}, "bf16"), ({"F16": 1}, "f16"), ({"F64": 5}, "f32"), ({}, "f32")]
)
def test_the_type_of_a_model_is_that_of_most_numbers(numbers: dict[str, int], wanted: str) -> None:
    assert tensorfile.dtype_of(numbers) == wanted
