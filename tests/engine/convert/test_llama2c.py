"""llama2.c files: the golden words come out, and anything else is told."""

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import UserError
from llmstudio.engine.cache import KVCache
from llmstudio.engine.convert import llama2c
from llmstudio.engine.convert.llama2c import Llama2cFile
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import load_weights


@pytest.fixture
def stories(tmp_path: Path, shared_file: Callable[[str], Path]) -> Path:
    for name in ("stories260K.bin", "stories260K_tok512.bin"):
        shutil.copyfile(shared_file(f"weights/{name}"), tmp_path / name)
    return tmp_path / "stories260K.bin"


def test_the_golden_text_and_logits(stories: Path, shared_file: Callable[[str], Path]) -> None:
    golden = json.loads(shared_file("weights/stories260K_golden.json").read_text())
    source = Llama2cFile(stories)
    model = GPT(source.config)
    load_weights(model, dict(source.tensors()))
    model.eval()
    ids = [1]
    with torch.inference_mode():
        cache = KVCache(model.config)
        first = model(torch.tensor([[1]]))[0, 0, :16]
        while len(ids) < len(golden["greedy_ids"]):
            ids.append(int(model(torch.tensor([ids[cache.length :]]), cache, last=True).argmax()))
    assert ids == golden["greedy_ids"]
    assert torch.allclose(first, torch.tensor(golden["logits_pos0_first16"]), atol=1e-3)
    tokenizer = source.tokenizer()
    assert tokenizer is not None
    assert tokenizer.decode(ids[1:]) == golden["greedy_text"].removeprefix(" ")
    assert b"".join(map(tokenizer.token_bytes, ids[1:])).decode() == golden["greedy_text"]
    assert (tokenizer.begin_id, tokenizer.end_id) == (1, 2)
    assert tokenizer.encode(golden["greedy_text"].removeprefix(" "))[:30] == ids[1:31]


def test_without_a_tokenizer_there_is_none(stories: Path) -> None:
    (stories.parent / "stories260K_tok512.bin").write_bytes(b"\0" * 9000)
    assert Llama2cFile(stories).tokenizer() is None


def test_a_head_of_its_own_stands_at_the_end(tmp_path: Path) -> None:
    header = struct.pack("<7i", 8, 12, 1, 2, 2, -5, 16)
    source = tmp_path / "untied.bin"
    numbers = sum((40, 8, 64, 64, 64, 64, 8, 96, 96, 96, 8, 2 * 16 * 2))
    source.write_bytes(header + torch.ones(numbers).numpy().tobytes() + torch.full((40,), 2.0).numpy().tobytes())
    found = dict(Llama2cFile(source).tensors())
    assert (found["head.weight"].unique().tolist(), found["embedding.weight"].unique().tolist()) == ([2.0], [1.0])


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda data: data[:-4], "is cut off: it has 1,056,536 bytes, its model needs 1,056,540"),
        (lambda data: data + b"\0", "is too long"),
        (lambda data: struct.pack("<7i", 64, 172, -5, 8, 4, 512, 512) + data[28:], "describe no model"),
        (lambda data: struct.pack("<7i", *[2**31 - 1] * 7) + data[28:], "describe no model"),
        (lambda data: data[:20], "describe no model"),
    ],
)
def test_damage_is_told(stories: Path, harm: Callable[[bytes], bytes], words: str) -> None:
    stories.write_bytes(harm(stories.read_bytes()))
    with pytest.raises(UserError, match=words):
        Llama2cFile(stories)


@settings(max_examples=60, deadline=None)
@given(numbers=st.lists(st.integers(-(2**31), 2**31 - 1) | st.integers(1, 512), min_size=7, max_size=7))
def test_any_seven_numbers_are_looked_at_in_no_time(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int]
) -> None:
    path = tmp_path_factory.getbasetemp() / "seven.bin"
    path.write_bytes(struct.pack("<7i", *numbers) + bytes(1000))
    if llama2c.looks_like(path):
        with pytest.raises(UserError, match=r"cut off|too long"):
            Llama2cFile(path)


def test_a_tokenizer_of_another_size_is_none_of_ours(stories: Path) -> None:
    path = stories.parent / "stories260K_tok512.bin"
    assert len(llama2c.read_pieces(path, 512) or []) == 512
    assert llama2c.read_pieces(path, 511) is None
    assert llama2c.read_pieces(path, 513) is None
