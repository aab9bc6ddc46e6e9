"""Tokenizers are found by name and read back as what they were."""

import json
from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers.load import load, load_folder
from tests.data.corpus import trained


def keep(folder: Path, kind: str, name: str, title: str) -> Path:
    path = folder / name
    path.mkdir(parents=True)
    trained(kind).save(path)
    (path / "manifest.json").write_text(json.dumps({"title": title}), "utf-8")
    return path


@pytest.mark.parametrize("name", ["gpt2", "bytes"])
def test_the_built_in_ones_need_no_folder(name: str, tmp_path: Path) -> None:
    assert load(tmp_path / "none", name).name == name


@pytest.mark.parametrize("kind", ["bpe", "unigram", "wordpiece", "char", "word", "byte"])
def test_every_kind_is_found_by_id_and_title_and_is_what_it_was(kind: str, tmp_path: Path) -> None:
    keep(tmp_path, kind, "my-pieces", "My pieces é")
    text = "Ada walked to the mill, 5 times over.\n"
    for name in ("my-pieces", "My pieces é", "MY PIECES É"):
        found = load(tmp_path, name)
        assert (found.kind, found.name) == (kind, "my-pieces")
        assert found.encode(text) == trained(kind).encode(text)
        assert found.sha256 == trained(kind).sha256


def test_an_unknown_name_gets_near_ones(tmp_path: Path) -> None:
    keep(tmp_path, "char", "stories", "Stories")
    with pytest.raises(UserError) as caught:
        load(tmp_path, "storys")
    assert "stories" in caught.value.candidates
    assert caught.value.field == "tokenizer"


def test_a_half_made_folder_is_not_a_tokenizer(tmp_path: Path) -> None:
    keep(tmp_path, "char", ".staging-x", "Staged")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no tokenizer called Staged"):
        load(tmp_path, "Staged")


@pytest.mark.parametrize("name", ["../gpt2", "/etc", "a/b", "", "."])
def test_a_name_is_never_a_path(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no tokenizer called"):
        load(tmp_path, name)


def test_a_tokenizer_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = keep(tmp_path, "char", "mine", "Mine")
    text = (path / "tokenizer.json").read_text("utf-8")
    (path / "tokenizer.json").write_text(text.replace('"A":', '"ß":'), "utf-8")
    with pytest.raises(UserError, match="not the one that was saved"):
        load(tmp_path, "mine")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"name": 5}', '{"name": "x", "kind": "dream"}'])
def test_a_damaged_note_is_refused(text: str, tmp_path: Path) -> None:
    path = keep(tmp_path, "char", "mine", "Mine")
    (path / "studio_tokenizer.json").write_text(text, "utf-8")
    with pytest.raises(UserError):
        load_folder(path)


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'{"model": 5}', b'{"model": {"vocab": 5}}'])
@pytest.mark.parametrize("kind", ["char", "word", "bpe", "unigram"])
def test_a_damaged_tokenizer_is_refused(kind: str, damage: bytes, tmp_path: Path) -> None:
    path = keep(tmp_path, kind, "mine", "Mine")
    (path / "tokenizer.json").write_bytes(damage)
    with pytest.raises(UserError):
        load_folder(path)
