"""The folder that transformers reads, file by file."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers.common import special_token
from llmstudio.data.tokenizers.huggingface import HuggingFaceTokenizer
from llmstudio.engine.convert import huggingface_write
from llmstudio.engine.convert.huggingface import HuggingFaceFolder
from llmstudio.engine.convert.huggingface_write import Content
from tests.engine.convert import tiny_gguf


def chatting() -> HuggingFaceTokenizer:
    whole = json.loads(tiny_gguf.tokenizer(290).to_json())
    whole["added_tokens"].append(special_token(295, "<|im_end|>"))
    return HuggingFaceTokenizer("t", json.dumps(whole))


def write(folder: Path, family: str = "llama", **changes: object) -> dict[str, torch.Tensor]:
    shape = tiny_gguf.config(family)
    state = tiny_gguf.state(shape)
    folder.mkdir()
    content = Content(shape, family, **{"tokenizer": chatting(), "page": "# Page\n", **changes})
    *_, last = huggingface_write.write(folder, content, state)
    assert last == sum(tensor.nbytes for tensor in load_file(folder / "model.safetensors").values())
    return state


@pytest.mark.parametrize("family", ["gpt2", "llama", "qwen2", "qwen3", "mistral"])
def test_our_own_reader_gets_back_what_went_in(family: str, tmp_path: Path) -> None:
    state = write(tmp_path / "out", family)
    assert {path.name for path in (tmp_path / "out").iterdir()} <= huggingface_write.NAMES
    source = HuggingFaceFolder(tmp_path / "out")
    assert source.family == family
    found = dict(source.tensors())
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())


def test_a_chat_comes_with_its_template_and_its_ends(tmp_path: Path) -> None:
    write(tmp_path / "out", template="{{ messages }}", ends=("<|im_end|>", "unknown"))
    cut = chatting()
    settings = json.loads((tmp_path / "out" / "tokenizer_config.json").read_text())
    assert settings["chat_template"] == "{{ messages }}"
    assert (settings["eos_token"], settings["pad_token"]) == ("<|im_end|>", "<|endoftext|>")
    generation = json.loads((tmp_path / "out" / "generation_config.json").read_text())
    assert generation["eos_token_id"] == [cut.special("<|im_end|>"), cut.end_id]
    back = HuggingFaceFolder(tmp_path / "out")
    assert back.chat is not None
    assert back.chat["source"] == "{{ messages }}"
    assert back.chat["end"][0] == "<|im_end|>"


def test_one_that_only_writes_has_no_template_and_one_end(tmp_path: Path) -> None:
    write(tmp_path / "out")
    assert "chat_template" not in json.loads((tmp_path / "out" / "tokenizer_config.json").read_text())
    generation = json.loads((tmp_path / "out" / "generation_config.json").read_text())
    assert generation["eos_token_id"] == chatting().end_id
    assert (tmp_path / "out" / "README.md").read_text() == "# Page\n"


def test_the_file_says_that_it_is_pytorchs(tmp_path: Path) -> None:
    write(tmp_path / "out")
    with safe_open(tmp_path / "out" / "model.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt"}


def test_types_are_kept_or_made_the_wanted_one(tmp_path: Path) -> None:
    write(tmp_path / "kept")
    assert {tensor.dtype for tensor in load_file(tmp_path / "kept" / "model.safetensors").values()} == {torch.float32}
    write(tmp_path / "half", type="f16")
    assert {tensor.dtype for tensor in load_file(tmp_path / "half" / "model.safetensors").values()} == {torch.float16}
    assert json.loads((tmp_path / "half" / "config.json").read_text())["torch_dtype"] == "float16"


def test_numbers_too_large_for_16_bits_are_told(tmp_path: Path) -> None:
    shape = tiny_gguf.config("gpt2")
    state = tiny_gguf.state(shape)
    state["blocks.1.feed_forward.up.weight"][0, 0] = 70_000
    content = Content(shape, "gpt2", chatting(), type="f16")
    with pytest.raises(UserError, match="too large for f16"):
        list(huggingface_write.write(tmp_path, content, state))
