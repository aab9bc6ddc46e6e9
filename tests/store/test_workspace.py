"""Opening a workspace: layout, version, the lock of windows, and places that cannot be one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.store.workspace import FOLDERS, Workspace

ROOT = Path(__file__).resolve().parents[2]


def test_a_workspace_is_made_and_opened_again(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "é 🙂" / "deep")
    assert sorted(path.name for path in ws.root.iterdir() if path.is_dir()) == sorted(FOLDERS)
    stamp = (ws.root / "workspace.json").read_bytes()
    again = Workspace.open(ws.root)
    assert (ws.root / "workspace.json").read_bytes() == stamp
    assert again == ws
    for name in FOLDERS:
        assert getattr(again, name) == ws.root / name


def test_a_second_window_only_reads(tmp_path: Path) -> None:
    first = Workspace.open(tmp_path, window=True)
    second = Workspace.open(tmp_path, window=True)
    terminal = Workspace.open(tmp_path)
    assert (first.read_only, second.read_only, terminal.read_only) == (False, True, False)
    first.close()
    first.close()
    third = Workspace.open(tmp_path, window=True)
    assert not third.read_only
    third.close()


def test_a_workspace_of_a_later_version_is_refused(tmp_path: Path) -> None:
    Workspace.open(tmp_path)
    (tmp_path / "workspace.json").write_text(json.dumps({"version": 99}))
    with pytest.raises(UserError, match="later version"):
        Workspace.open(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": "x"}'])
def test_a_damaged_stamp_does_not_lock_a_person_out(tmp_path: Path, content: str) -> None:
    Workspace.open(tmp_path)
    (tmp_path / "workspace.json").write_text(content)
    assert Workspace.open(tmp_path).models.is_dir()


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="not a folder"):
        Workspace.open(tmp_path / "file")
    with pytest.raises(UserError):
        Workspace.open(tmp_path / "file" / "below")
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "runs").write_text("x")
    with pytest.raises(UserError, match="in the way"):
        Workspace.open(tmp_path / "ws")


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws").chmod(0o555)
    script = (
        "import os, sys; from pathlib import Path\n"
        "from llmstudio.base.errors import UserError\n"
        "from llmstudio.store.workspace import Workspace\n"
        "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "try: Workspace.open(Path(sys.argv[1]))\n"
        "except UserError as error: print(error)\n"
    )
    if os.name == "nt":
        pytest.skip("rights work differently there")
    for folder in [tmp_path, *tmp_path.parents]:
        if os.getuid() == 0 and folder.stat().st_uid == 0 and folder != Path("/tmp") and len(folder.parts) > 2:
            folder.chmod(folder.stat().st_mode | 0o055)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "ws")], capture_output=True, text=True, cwd=ROOT
    )
    assert "cannot be written" in done.stdout, done.stderr
    assert "Choose another folder" in done.stdout


def test_a_window_sweeps_what_a_crash_left(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path)
    (ws.models / ".staging-m-12").mkdir()
    (ws.models / ".replaced-old").mkdir()
    window = Workspace.open(tmp_path, window=True)
    assert [path.name for path in ws.models.iterdir()] == ["old"]
    window.close()


def test_a_path_that_no_disk_takes_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too long"):
        Workspace.open(tmp_path / ("x" * 300))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="Linux")
def test_a_place_where_nobody_makes_folders_is_refused() -> None:
    with pytest.raises(UserError, match="cannot be made"):
        Workspace.open(Path("/proc/llmstudio"))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_path_that_is_not_utf8_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not UTF-8"):
        Workspace.open(tmp_path / os.fsdecode(b"w\xff"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_the_stamp_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "workspace.json").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        Workspace.open(tmp_path)


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Path]:
    """A workspace on a disk that was mounted to be read only, which not even root writes to."""
    (tmp_path / "disk").mkdir()
    Workspace.open(tmp_path / "disk" / "ws").close()
    (tmp_path / "seal").mkdir()
    bind = ["mount", "--bind", str(tmp_path / "disk"), str(tmp_path / "seal")]
    try:
        done = subprocess.run(bind, capture_output=True).returncode == 0
        done = done and not subprocess.run(["mount", "-o", "remount,ro,bind", str(tmp_path / "seal")]).returncode
    except OSError:
        done = False
    if not done:
        subprocess.run(["umount", "-l", str(tmp_path / "seal")], capture_output=True)
        pytest.skip("nothing can be mounted here")
    yield tmp_path / "seal" / "ws"
    subprocess.run(["umount", "-l", str(tmp_path / "seal")], check=True)


def test_a_window_may_look_at_what_nobody_can_write(sealed: Path) -> None:
    window = Workspace.open(sealed, window=True)
    assert (window.read_only, window.unwritable) == (True, True)
    with pytest.raises(UserError, match="cannot be written"):
        Workspace.open(sealed)
    window.close()


def test_a_sealed_workspace_of_a_later_version_is_refused_all_the_same(tmp_path: Path) -> None:
    Workspace.open(tmp_path)
    (tmp_path / "workspace.json").write_text(json.dumps({"version": 99}))
    with pytest.raises(UserError, match="later version"):
        Workspace.open(tmp_path, window=True)
