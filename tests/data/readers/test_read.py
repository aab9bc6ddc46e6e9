"""Two passes over every source: what it is, then what it says."""

import gzip
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.data.readers import sources
from llmstudio.data.readers.document import Document, Faults
from llmstudio.data.readers.read import Reading


def reading(*paths: Path, **options: Any) -> Reading:
    config = ImportConfig(paths=tuple(map(str, paths)), **options)
    return Reading(sources.find(config), config, Faults())


def documents(made: Reading) -> list[Document]:
    made.recognise()
    return list(made.documents())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"hello"),
        ("a.md", b"hello"),
        ("a.html", b"hello"),
        ("a.xml", b"hello"),
        ("a.csv", b"text,n\nhello,1\n"),
        ("a.tsv", b"text\tn\nhello\t1\n"),
        ("a.json", b'[{"text": "hello"}]'),
        ("a.jsonl", b'{"text": "hello"}\n'),
        ("a.txt.gz", gzip.compress(b"hello", mtime=0)),
    ],
)
def test_every_format_gives_its_documents(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    made = reading(tmp_path / name)
    used: list[int] = []
    made.tap = used.append
    assert [document.text for document in documents(made)] == ["hello"]
    assert sum(used) == made.total == 2 * len(content)
    plain = gzip.decompress(content) if name.endswith("gz") else content
    assert made.facts[0].record()["sha256"] == hashlib.sha256(plain).hexdigest()


def test_every_file_may_have_its_own_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("le cœur et l’âme, où ça va".encode("cp1252"))
    (tmp_path / "b.txt").write_bytes("молоко".encode("utf-16"))
    made = reading(tmp_path)
    assert [document.text for document in documents(made)] == ["le cœur et l’âme, où ça va", "молоко"]
    assert [fact.encoding for fact in made.facts] == ["windows-1252", "utf-16"]


def test_the_mark_of_utf8_does_not_hide_the_first_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("\ufefftext,label\nhello,x\n".encode())
    made = reading(tmp_path / "a.csv", text_column="text")
    assert documents(made)[0].label == "x"
    assert made.choice.columns == ["text", "label"]


def test_an_unsure_member_of_an_archive_is_named_with_candidates(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("good.txt", "fine")
        file.writestr("bad.txt", "Zażółć gęślą jaźń".encode("cp1250"))
    with pytest.raises(UserError, match=r"a.zip/bad.txt is not UTF-8") as told:
        documents(reading(tmp_path / "a.zip"))
    assert told.value.candidates[0] == "windows-1250"
    assert len(documents(reading(tmp_path / "a.zip", encoding="cp1250"))) == 2


def test_empty_files_beside_others_are_passed_over_alone_they_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    with pytest.raises(UserError, match=r"a.txt is empty"):
        documents(reading(tmp_path))
    (tmp_path / "b.txt").write_bytes(b"text")
    assert [document.text for document in documents(reading(tmp_path))] == ["text"]


def test_a_file_that_grows_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('"one"\n')
    made = reading(path)
    made.recognise()
    path.write_text('"one"\n"two"\n')
    with pytest.raises(UserError, match="was changed while"):
        list(made.documents())


def test_reading_stops_when_asked(tmp_path: Path) -> None:
    def stop() -> None:
        raise Interrupt("cancel")

    (tmp_path / "a.json").write_text(json.dumps(["x"] * 10))
    made = reading(tmp_path / "a.json")
    made.check = stop
    with pytest.raises(Interrupt):
        documents(made)
