"""Small files beside weights: read within limits, damage told."""

from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.engine.convert import sidefiles


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[1]", "it is no table"),
        (b"{", "it is not JSON"),
        (b'{"a": ' + b"9" * 6000 + b"}", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b"", "it is not JSON"),
    ],
)
def test_damage_is_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(UserError, match=words):
        sidefiles.table(tmp_path / "config.json")


def test_missing_and_far_too_large_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"config\.json cannot be read"):
        sidefiles.table(tmp_path / "config.json")
    (tmp_path / "config.json").write_bytes(b" " * 100)
    with pytest.raises(UserError, match="far too large"):
        sidefiles.table(tmp_path / "config.json", most=99)
    assert sidefiles.optional(tmp_path / "other.json") == {}


@pytest.mark.parametrize(
    ("card", "wanted"),
    [
        ("---\nlanguage: en\nlicense: apache-2.0\n---\n# A model\nlicense: mit\n", "apache-2.0"),
        ('---\nlicense: other\nlicense_name: "llama3.2"\n---\n', "llama3.2"),
        ("# A model\nlicense: mit\n", ""),
        ("---\nlicense: mit", ""),
    ],
)
def test_the_licence_stands_in_the_card(tmp_path: Path, card: str, wanted: str) -> None:
    assert sidefiles.licence(tmp_path) == ""
    (tmp_path / "README.md").write_text(card)
    assert sidefiles.licence(tmp_path) == wanted
