"""Files, folders, patterns and archives become a list of sources; what cannot be read says why."""

import gzip
import os
import sys
import zipfile
from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.data.readers import sources


def found(*paths: Path | str, **options: object) -> sources.Finding:
    return sources.find(ImportConfig(paths=tuple(map(str, paths)), **options))


def refusal(*paths: Path | str, **options: object) -> UserError:
    with pytest.raises(UserError) as told:
        found(*paths, **options)
    assert told.value.hint
    return told.value


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.txt", "a.md", "sub/c.csv", ".hidden.txt", ".git/x.txt", "picture.png", "README"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("text")
    return tmp_path


def test_a_folder_is_read_with_its_subfolders_in_order(tree: Path) -> None:
    finding = found(tree)
    assert [(s.name, s.format) for s in finding.sources] == [
        ("README", "txt"),
        ("a.md", "md"),
        ("b.txt", "txt"),
        ("sub/c.csv", "csv"),
    ]
    assert finding.skipped == ["picture.png"]


def test_patterns_and_files_named_twice_are_read_once(tree: Path) -> None:
    assert [s.name for s in found(f"{tree}/*.txt", tree / "b.txt").sources] == ["b.txt"]
    assert [s.name for s in found(f"{tree}/**/*.csv").sources] == ["c.csv"]


def test_a_file_whose_name_looks_like_a_pattern_is_found(tmp_path: Path) -> None:
    path = tmp_path / "notes [1].txt"
    path.write_text("text")
    assert [s.path for s in found(path).sources] == [path]


@pytest.mark.parametrize(
    ("name", "packing", "kind"),
    [("a.csv.gz", "gz", "csv"), ("a.jsonl.zst", "zst", "jsonl"), ("A.TXT.GZ", "gz", "txt"), ("a.gz", "gz", "txt")],
)
def test_packed_files_take_their_format_from_the_inner_name(tmp_path: Path, name: str, packing: str, kind: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(b"x"))
    (source,) = found(tmp_path / name).sources
    assert (source.packing, source.format) == (packing, kind)


def test_members_of_a_zip_are_sources_and_the_rest_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        for name in ("one.txt", "sub/two.csv", "three.exe", "__MACOSX/one.txt", ".DS_Store", "inner.txt.gz"):
            file.writestr(name, "hello")
    finding = found(tmp_path / "a.zip")
    assert [s.member for s in finding.sources] == ["one.txt", "sub/two.csv"]
    assert len(finding.skipped) == 4
    used: list[int] = []
    assert b"".join(finding.sources[0].blocks(used.append)) == b"hello"
    assert sum(used) == finding.sources[0].stored
    finding.close()


def test_pasted_text_is_a_source() -> None:
    (source,) = sources.find(ImportConfig(text="Größe")).sources
    assert b"".join(source.blocks()) == "Größe".encode()
    assert source.stored == 7


def test_pasted_half_characters_are_replaced() -> None:
    (source,) = sources.find(ImportConfig(text="a😀")).sources
    assert b"".join(source.blocks()).decode() == "a😀"


def test_progress_adds_up_to_what_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(os.urandom(3 << 20)))
    (source,) = found(path).sources
    used: list[int] = []
    assert sum(map(len, source.blocks(used.append))) == 3 << 20
    assert sum(used) == path.stat().st_size
    assert all(step >= 0 for step in used)


@pytest.mark.parametrize("path", ["", " ", "a\0b", "/nowhere/at/all.txt", "/nowhere/*.txt"])
def test_what_is_not_there_is_told(path: str) -> None:
    assert refusal(path).field == "paths"


def test_nothing_at_all_is_told() -> None:
    assert "Nothing to import" in refusal().message


def test_unknown_kinds_ask_for_the_format(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_text("text")
    told = refusal(path)
    assert told.field == "format"
    assert "txt" in told.candidates
    assert found(path, format="txt").sources[0].format == "txt"
    assert "1 file of no known kind" in refusal(tmp_path).message


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    assert "folder is empty" in refusal(tmp_path).message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_pipes_devices_and_endless_links_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    assert "not a regular file" in refusal(tmp_path / "pipe.txt").message
    assert "not a regular file" in refusal("/dev/zero", format="txt").message
    assert refusal(tmp_path / "loop.txt").field == "paths"
    (tmp_path / "a.txt").write_text("x")
    assert [s.name for s in found(tmp_path).sources] == ["a.txt"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_one_may_not_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    path.chmod(0)
    with pytest.raises(UserError, match="may not be read"):
        list(found(path).sources[0].blocks())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_with_bytes_that_are_no_characters_is_shown_and_read(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_text("text")
    (source,) = found(tmp_path).sources
    assert source.name == "caf\ufffd.txt"
    assert b"".join(source.blocks()) == b"text"
