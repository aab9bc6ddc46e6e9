"""Folders and files written durably; faults of the disk as sentences; names and paths that are safe."""

import errno
import hashlib
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base import files
from llmstudio.base.disk import Disk
from llmstudio.base.errors import NoRoom, UserError
from tests.base.content import NEW, OLD, found, put

# --- folders -------------------------------------------------------------------------------------------------


def fill_and_fail(staging: Path) -> None:
    put(staging, NEW)
    raise ValueError("mine")


def test_an_error_in_the_block_removes_the_staging(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mine"), files.staged_folder(tmp_path / "x") as staging:
        fill_and_fail(staging)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_not_overwritten_unasked(tmp_path: Path) -> None:
    put(tmp_path / "x", OLD)
    with pytest.raises(FileExistsError), files.staged_folder(tmp_path / "x"):
        pass
    with pytest.raises(FileExistsError), files.staged_folder(tmp_path / "y"):
        put(tmp_path / "y", OLD)  # another was quicker
    assert found(tmp_path / "x") == found(tmp_path / "y") == OLD


def test_a_full_disk_is_told_with_the_place_that_was_named(tmp_path: Path) -> None:
    def fill(staging: Path) -> None:
        with files.disk_faults(staging / "part", 10):
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(NoRoom) as told, files.staged_folder(tmp_path / "x", needed=1000) as staging:
        fill(staging)
    assert (told.value.path, told.value.needed) == (str(tmp_path / "x"), 1000)
    assert ".staging" not in str(told.value)


def test_of_two_who_put_a_folder_in_place_at_once_one_is_refused(tmp_path: Path) -> None:
    staging = tmp_path / ".staging-x-1"
    put(staging, NEW)
    put(tmp_path / "x", OLD)  # between the last look and the renaming
    with pytest.raises(FileExistsError):
        files._put_in_place(staging, tmp_path / "x", False, Disk())
    assert found(tmp_path / "x") == OLD


def test_the_digest_of_a_value_does_not_depend_on_its_layout() -> None:
    assert files.json_digest({"a": 1, "b": [2.5, "é"]}) == files.json_digest({"b": [2.5, "é"], "a": 1})
    assert files.json_digest({"a": 1}) != files.json_digest({"a": 2})


def test_sweeping_spares_what_is_being_written(tmp_path: Path) -> None:
    (tmp_path / ".staging-dead-1").mkdir()
    (tmp_path / ".staging-dead-2.lock").touch()
    with files.staged_folder(tmp_path / "x") as staging:
        (staging / "a").write_text("a")
        removed = files.sweep(tmp_path)
        assert {path.name for path in removed} == {".staging-dead-1", ".staging-dead-2.lock"}
    assert (tmp_path / "x" / "a").read_text() == "a"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_sweeping_removes_old_temporary_files_only(tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in (".a.json.0123abcd.tmp", ".b.json.0123abcd.tmp", ".gitignore"))
    for path in (old, new, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (0, 0))
    assert files.sweep(tmp_path) == [old]
    assert {path.name for path in tmp_path.iterdir()} == {new.name, other.name}


# --- files ---------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_json_comes_back(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "value.json"
    files.write_json(path, value)
    assert files.read_json(path) == value


def test_text_keeps_its_line_ends_and_loses_half_characters(tmp_path: Path) -> None:
    files.write_text(tmp_path / "a.txt", "a\r\nb\n\ud800é😀")
    assert (tmp_path / "a.txt").read_bytes() == "a\r\nb\n\ufffdé😀".encode()


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_json_is_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        files.read_json(path)
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_sha256_and_its_check(tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    (tmp_path / "x").write_bytes(data)
    ticks: list[int] = []
    assert files.sha256(tmp_path / "x", lambda: ticks.append(1)) == hashlib.sha256(data).hexdigest()
    assert len(ticks) == 3


# --- faults --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM])
def test_what_a_disk_refuses_is_a_sentence_with_path_and_size(number: int) -> None:
    with pytest.raises(UserError) as caught, files.disk_faults(Path("/there/x"), needed=3_400_000):
        raise OSError(number, "x")
    assert "/there/x" in caught.value.message
    assert caught.value.hint
    assert ("3.4 MB" in caught.value.message) == (number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


def test_a_disk_without_locks_is_a_sentence() -> None:
    with pytest.raises(UserError, match="cannot lock"), files.disk_faults(Path("/net/x")):
        raise OSError(errno.ENOLCK, "no locks")


def test_a_path_too_long_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too long"), files.disk_faults(tmp_path):
        raise OSError(errno.ENAMETOOLONG, "File name too long")


LIMITED = (
    "import resource, sys; from pathlib import Path; from llmstudio.base import files\n"
    "from llmstudio.base.errors import UserError\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
    "try:\n"
    "    with files.staged_folder(Path(sys.argv[1])) as staging: files.write_bytes(staging / 'x', bytes(100_000))\n"
    "except UserError as error: print(error)\n"
)


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
def test_a_file_that_really_grows_too_large_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "step")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert "larger than this disk allows. 100 KB are needed." in done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("winerror", [32, 33])
def test_a_file_that_another_program_holds_is_no_place_without_rights(winerror: int) -> None:
    refused = OSError(errno.EACCES, "in use")  # the number Windows gives to both
    refused.winerror = winerror  # type: ignore[attr-defined,unused-ignore]
    told = files.explain(refused, Path("x"))
    assert told is not None
    assert told.message == "Another program has x open."


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_want_of_room_can_be_told_from_other_refusals(code: int) -> None:
    error = files.explain(OSError(code, "no"), Path("there"), 10)
    assert isinstance(error, NoRoom)
    assert (error.path, error.needed) == ("there", 10)
    assert not isinstance(files.explain(OSError(errno.EROFS, "no"), Path("there"), 10), NoRoom)


def test_other_errors_pass_unchanged() -> None:
    with pytest.raises(OSError, match="broken"), files.disk_faults(Path("x")):
        raise OSError(errno.EIO, "broken")


def test_a_really_full_disk_is_a_sentence() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(UserError, match="full"), files.disk_faults(Path("x"), 10):
            Disk().write(descriptor, b"x")
    finally:
        os.close(descriptor)


def test_free_space_is_asked_for_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "free_bytes", lambda path: 1_000_000_000)
    files.require_free(tmp_path, 300_000_000)
    with pytest.raises(UserError, match=r"1 GB are free .* 1\.14 GB are needed"):
        files.require_free(tmp_path, 500_000_000)
    files.require_free(tmp_path, 500_000_000, margin=1.0, reserve=0)


def test_free_bytes_of_a_folder_yet_to_be(tmp_path: Path) -> None:
    assert files.free_bytes(tmp_path / "a" / "b") > 0


# --- names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["a/b", "a\\b", "..", "a..b", "", "  ", "a\0b", "a\nb", "a\x7fb", "a\ud800", "x" * 121, "\ufeff", "\u202etxt.a"],
)
def test_names_with_path_tricks_are_refused(name: str) -> None:
    with pytest.raises(UserError) as caught:
        files.checked_name(name)
    assert caught.value.field == "name"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("My first model", "my-first-model"),
        ("  Élan vital ", "elan-vital"),
        ("CON", "con-1"),
        ("lpt9", "lpt9-1"),
        ("a.b.c", "a-b-c"),
        ("Straße", "strasse"),
        ("tiny🙂stories", "tiny-stories"),
    ],
)
def test_slugs(title: str, name: str) -> None:
    assert files.slug(files.checked_name(title)) == name


@given(st.text())
def test_every_slug_is_a_safe_name(title: str) -> None:
    name = files.slug(title)
    assert 0 < len(name) <= 50
    assert name == name.lower()
    assert files.safe_join(Path("/root"), name) == Path("/root") / name


HOSTILE = [
    *("..", "../x", "a/../../x", "/etc/passwd", "C:\\x", "C:x", "c:/x", "\\\\host\\share\\x", "//host/share/x"),
    *("a\\..\\x", "x\0y", "nul", "NUL.txt", "a/con", "COM1", "aux .txt", "name.", "name ", "a/name./b", "", ".", "./"),
    *("a\nb", "x:stream", "\x1b[2J", "a\ud800"),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_paths_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError) as caught:
        files.safe_join(tmp_path, name)
    assert caught.value.message.isprintable()


PARTS = st.sampled_from(["..", ".", "a", "b c", "/", "\\", "C:", "nul", "\0", "…", ".hidden", "~", "é", "//"])


@given(
    st.lists(
        st.lists(PARTS | st.text(max_size=3), max_size=4).map("".join) | st.text(max_size=6), min_size=1, max_size=3
    )
)
def test_no_joined_path_leaves_its_root(parts: list[str]) -> None:
    root = Path("/the/root")
    try:
        path = files.safe_join(root, *parts)
    except UserError:
        return
    assert os.path.normpath(path) == str(path)
    assert path.is_relative_to(root)
    assert path != root
    assert not any(unicodedata.category(character) == "Cc" for character in str(path))


def test_a_link_inside_cannot_lead_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path)
    with pytest.raises(UserError):
        files.safe_join(tmp_path / "root", "link/secret")


def test_a_staged_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "model.gguf"
    with files.staged_file(target) as path:
        path.write_bytes(b"new")
        assert not target.exists()
    assert target.read_bytes() == b"new"
    with pytest.raises(IsADirectoryError), files.staged_file(target) as path:
        path.mkdir()
    path.rmdir()
    with pytest.raises(FileNotFoundError), files.staged_file(target):
        pass  # nothing was written
    assert target.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["model.gguf"]
