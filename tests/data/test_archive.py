"""Archives are read as streams and refused as a whole when they are hostile."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
import zstandard

from llmstudio.base.errors import UserError
from llmstudio.data import archive


def zip_of(path: Path, *members: tuple[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as told:
        archive.Zip(path)
    assert told.value.hint
    return told.value.message


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../x.txt", "outside"),
        ("a/../../x.txt", "outside"),
        ("a\\..\\x.txt", "outside"),
        ("/etc/x.txt", "absolute"),
        ("\\\\server\\share\\x.txt", "absolute"),
        ("C:\\x.txt", "absolute"),
        ("c:x.txt", "absolute"),
        ("con.txt", "reserved"),
        ("sub/NUL", "reserved"),
        ("a\n.txt", "control"),
        ("", "control"),
    ],
)
def test_hostile_names_refuse_the_archive(tmp_path: Path, name: str, words: str) -> None:
    assert words in refusal(zip_of(tmp_path / "a.zip", ("fine.txt", b"x"), (name, b"x")))


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o010666])
def test_links_devices_and_pipes_are_refused(tmp_path: Path, mode: int) -> None:
    assert "link or a device" in refusal(zip_of(tmp_path / "a.zip", ("x.txt", b"/etc/passwd"), mode=mode))


def test_names_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    assert "twice" in refusal(zip_of(tmp_path / "a.zip", ("a.txt", b"1"), ("A.TXT", b"2")))


def test_a_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    assert "swell" in refusal(zip_of(tmp_path / "a.zip", ("x.txt", b"\0" * (40 << 20))))


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_MEMBERS", 2)
    assert "3 files" in refusal(zip_of(tmp_path / "a.zip", *[(f"{i}.txt", b"x") for i in range(3)]))


def test_a_damaged_archive_is_a_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04 nothing")
    assert "damaged" in refusal(path)


def test_a_damaged_member_is_found_while_it_is_read(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("x.txt", bytes(range(256)) * 40))
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    opened = archive.Zip(path)
    with pytest.raises(UserError, match="damaged"), opened.open("x.txt") as stream:
        list(archive.blocks(stream, "x.txt", None))
    opened.close()


def test_good_archives_give_back_what_was_packed(tmp_path: Path) -> None:
    content = b"some text\n" * 100_000
    opened = archive.Zip(zip_of(tmp_path / "a.zip", ("sub/x.txt", content)))
    assert [member.name for member in opened.members] == ["sub/x.txt"]
    with opened.open("sub/x.txt") as stream:
        assert b"".join(archive.blocks(stream, "x", None)) == content
    opened.close()
    for packing, packed in (("gz", gzip.compress(content)), ("zst", zstandard.compress(content))):
        with archive.unpack(io.BytesIO(packed), packing) as stream:
            assert b"".join(archive.blocks(stream, "x", 1 << 20)) == content


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_streams_that_swell_are_stopped_on_the_way(packing: str) -> None:
    content = b"\0" * (40 << 20)
    packed = gzip.compress(content) if packing == "gz" else zstandard.compress(content)
    with archive.unpack(io.BytesIO(packed), packing) as stream, pytest.raises(UserError, match="swells"):
        list(archive.blocks(stream, "x", len(packed)))


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_streams_cut_short_are_damaged_not_shorter(packing: str) -> None:
    content = bytes(range(256)) * 1000
    packed = gzip.compress(content) if packing == "gz" else zstandard.compress(content)
    with pytest.raises(UserError, match="damaged"), archive.unpack(io.BytesIO(packed[:-20]), packing) as stream:
        list(archive.blocks(stream, "x", 1 << 20))


def test_gzip_members_joined_together_are_all_read() -> None:
    joined = gzip.compress(b"one ") + gzip.compress(b"two")
    with archive.unpack(io.BytesIO(joined), "gz") as stream:
        assert b"".join(archive.blocks(stream, "x", 100)) == b"one two"
    joined = zstandard.compress(b"one ") + zstandard.compress(b"two")
    with archive.unpack(io.BytesIO(joined), "zst") as stream:
        assert b"".join(archive.blocks(stream, "x", 100)) == b"one two"
