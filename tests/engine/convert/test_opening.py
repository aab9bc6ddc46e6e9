"""What a file or folder is, is seen from what it holds."""

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from llmstudio.base.errors import UserError
from llmstudio.engine.convert import names
from llmstudio.engine.convert.huggingface import HuggingFaceFolder
from llmstudio.engine.convert.llama2c import Llama2cFile
from llmstudio.engine.convert.opening import open_source
from tests.engine.convert import foreign
from tests.engine.convert.damage import harm
from tests.engine.convert.test_foldertokenizer import folder_with
from tests.engine.convert.test_llama2c import stories  # noqa: F401 - a fixture


def test_a_folder_and_any_file_of_it_are_the_same_model(tmp_path: Path) -> None:
    foreign.save("llama2", tmp_path)
    for path in (tmp_path, tmp_path / "model.safetensors", tmp_path / "config.json"):
        source = open_source(path)
        assert isinstance(source, HuggingFaceFolder)
        assert source.origin["name"] == tmp_path.name


def test_a_chosen_file_is_taken_whatever_lies_beside_it(tmp_path: Path) -> None:
    theirs = foreign.save("llama2", tmp_path)
    best = (tmp_path / "model.safetensors").rename(tmp_path / "best.safetensors")
    foreign.model("qwen2").save_pretrained(tmp_path / "other")
    shutil.copyfile(tmp_path / "other/model.safetensors", tmp_path / "model.safetensors")
    found = dict(open_source(best).tensors())
    assert torch.equal(found["final_norm.weight"], theirs.model.norm.weight.detach())
    pickled = tmp_path / "epoch-3.pt"
    pickled.write_bytes(b"PK\x03\x04" + bytes(60))
    asked: list[Path] = []

    def unpickle(paths: Sequence[Path]) -> Path:
        asked.extend(paths)
        return best

    assert dict(open_source(pickled, unpickle=unpickle).tensors()).keys() == found.keys()
    assert asked == [pickled]


def test_the_cache_of_hugging_face_s_programs_is_read(tmp_path: Path) -> None:
    cache = tmp_path / "models--owner--some-model"
    for number, revision in enumerate("ab"):
        foreign.save(
            "llama2", cache / "snapshots" / (revision * 40), rope_parameters=None, num_hidden_layers=number + 1
        )
    with pytest.raises(UserError, match="holds 2 versions"):
        open_source(cache)
    (cache / "refs").mkdir()
    (cache / "refs/main").write_text("b" * 40)
    source = open_source(cache)
    assert (source.origin["name"], source.origin["revision"]) == ("owner/some-model", "b" * 40)
    assert source.config.n_layer == 2
    shutil.rmtree(cache / "refs")
    shutil.rmtree(cache / "snapshots" / ("b" * 40))
    assert open_source(cache).config.n_layer == 1


def test_a_llama2c_file_is_known_whatever_it_is_called(stories: Path, tmp_path: Path) -> None:  # noqa: F811
    renamed = stories.rename(tmp_path / "notes.txt")
    assert isinstance(open_source(renamed), Llama2cFile)


def test_a_gguf_file_goes_to_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"GGUF" + bytes(40))
    with pytest.raises(UserError):
        open_source(path)
    path.rename(tmp_path / "x.gguf")
    with pytest.raises(UserError, match=r"x\.gguf"):
        open_source(tmp_path)
    (tmp_path / "y.gguf").write_bytes(b"GGUF")
    with pytest.raises(UserError, match="holds 2 models") as told:
        open_source(tmp_path)
    assert told.value.hint == "Choose one of these files."


@pytest.mark.parametrize("content", [b"", b"text, more text and still more of it", b"\x00" * 100, b"\x89PNG\r\n" * 20])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"photo\.png is no model") as told:
        open_source(path)
    assert told.value.field == "path"


def test_nothing_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no model in"):
        open_source(tmp_path)
    with pytest.raises(UserError, match=r"There is no .*missing") as told:
        open_source(tmp_path / "missing")
    assert "owner/name" in told.value.hint


@pytest.mark.parametrize("begin", [b"PK\x03\x04", b"\x80\x02"])
def test_a_pytorch_file_is_never_opened_here(tmp_path: Path, begin: bytes) -> None:
    foreign.save("llama2", tmp_path)
    (tmp_path / "model.safetensors").unlink()
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(begin + bytes(100))
    with pytest.raises(UserError, match="can carry programs"):
        open_source(path)


NAMES = ["model.safetensors"] * 3 + ["config.json"] * 3 + ["tokenizer.json", "tokenizer_config.json"]


def outcome(folder: Path) -> UserError | None:
    """None where the folder gives a whole model."""
    try:
        source = open_source(folder)
        found = {name: tuple(tensor.shape) for name, tensor in source.tensors()}
        tokenizer, _ = source.tokenizer(), source.chat
    except UserError as error:
        return error
    assert found == names.shapes(source.config)
    assert tokenizer is not None
    return None


@pytest.mark.parametrize("kind", ["gpt2", "qwen3"])
def test_damaged_folders_give_one_sentence_or_a_whole_model(tmp_path: Path, kind: str) -> None:
    sound = tmp_path / "sound"
    foreign.save(kind, sound, vocab_size=320)
    folder_with(sound, ["<|endoftext|>"], eos_token="<|endoftext|>")
    chance, refused, harmed = random.Random(11), 0, tmp_path / "harmed"
    shutil.copytree(sound, harmed)
    for _ in range(150):
        name = chance.choice(NAMES)
        harm(harmed / name, chance)
        told = outcome(harmed)
        shutil.copyfile(sound / name, harmed / name)
        assert told is None or (told.hint and len(str(told)) < 500 and "Traceback" not in str(told))
        refused += told is not None
    assert 40 < refused < 140
