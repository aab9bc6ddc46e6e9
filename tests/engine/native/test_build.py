"""Where our own library comes from: whatever ails the compiler or its cache, no harm is done."""

import os
import platform
import runpy
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from llmstudio.base import paths
from llmstudio.engine.native import build
from llmstudio.engine.native import library as finding
from tests.engine.native.machine import compiles, fake_compiler, fits


@compiles
def test_it_is_compiled_once_and_kept(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert finding.get() is not None, finding.reason()
    assert finding.reason() == ""
    (kept,) = fresh.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert fresh.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(build, "compile_to", lambda *_: pytest.fail("it was there"))
    finding._found.cache_clear()
    assert finding.get() is not None


@compiles
@pytest.mark.parametrize("harm", ["torn", "altered", "empty", "open to others"])
def test_a_damaged_library_is_compiled_again(
    harm: str, fresh: Path, compiled: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = compiled[build.variant()].read_bytes()
    calls: list[Path] = []

    def compile_to(path: Path, *_: object) -> None:
        calls.append(path)
        path.unlink(missing_ok=True)
        path.write_bytes(whole)

    monkeypatch.setattr(build, "compile_to", compile_to)
    assert finding.get() is not None
    (kept,) = fresh.iterdir()
    content = kept.read_bytes()
    bad = {"torn": content[:-40], "altered": b"\0" * 64 + content[64:], "empty": b"", "open to others": content}
    kept.unlink()  # never in place: this process has it mapped
    kept.write_bytes(bad[harm])
    if harm == "open to others":
        kept.chmod(0o666)
    finding._found.cache_clear()
    assert finding.get() is not None
    assert len(calls) == 2
    assert kept.read_bytes() == whole


@compiles
def test_two_that_compile_at_once_do_no_harm(fresh: Path) -> None:
    fresh.mkdir(parents=True, mode=0o700)
    name = build.variant()
    with ThreadPoolExecutor(2) as both:
        paths_of_both = list(both.map(lambda _: build.kept(name), range(2)))
    assert paths_of_both[0] == paths_of_both[1]
    assert list(fresh.iterdir()) == [paths_of_both[0]]
    assert finding.computes(finding.opened(paths_of_both[0]))


@compiles
@pytest.mark.slow
def test_two_processes_at_once(tmp_path: Path) -> None:
    code = "from llmstudio.engine import native; print(finding.get() is not None, finding.reason())"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "xdg"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [one.communicate(timeout=100)[0].strip() for one in started] == ["True", "True"]
    (kept,) = (tmp_path / "xdg" / paths.APP / build.FOLDER).iterdir()
    assert build._whole(kept)


@fits
def test_without_a_compiler(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert finding.get() is None
    assert finding.reason() == "No C compiler was found."
    assert not fresh.exists()


@fits
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'no such header' >&2; exit 1", "The C compiler failed: no such header"),
        ("exit 0", "The C compiler failed: it said nothing"),
        ("exec sleep 60", "The C compiler took too long."),
        ('while [ "$1" != -o ]; do shift; done; echo rubbish > "$2"', "could not be compiled"),
        ('while [ "$1" != -o ]; do shift; done; cp /lib/x86_64-linux-gnu/libm.so.6 "$2" || exit 1', ""),
    ],
)
def test_a_compiler_that_fails(
    script: str, words: str, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", fake_compiler(tmp_path, script))
    monkeypatch.setattr(build, "SECONDS", 1.0 if "sleep" in script else 30.0)
    assert finding.get() is None
    assert words in finding.reason()
    assert not list(fresh.glob(".*")), "nothing half made is left"
    monkeypatch.setattr(build, "kept", lambda _: pytest.fail("asked again in one process"))
    assert finding.get() is None


@fits
def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CC", fake_compiler(tmp_path, "exit 1"))
    (tmp_path / "cache").write_bytes(b"a file is in the way")
    assert finding.get() is None
    assert finding.reason()

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    finding._found.cache_clear()
    monkeypatch.setattr(Path, "mkdir", refused)
    assert finding.get() is None
    assert "Permission denied" in finding.reason()


@fits
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_nothing_is_loaded_from_where_others_can_write(
    mode: int, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getgid", lambda: 12345)  # a group of several people
    monkeypatch.setenv("CC", fake_compiler(tmp_path, "exit 1"))
    fresh.mkdir(parents=True)
    fresh.chmod(mode)
    assert finding.get() is None
    assert finding.reason().startswith("Others can write in")
    fresh.chmod(0o700)
    fresh.parent.chmod(mode)
    assert build.private(fresh) == (mode == 0o1777), "in a common folder nobody can exchange what is ours"
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    fresh.parent.chmod(0o700)
    assert build.private(fresh) == (fresh.stat().st_uid == 0)


@fits
def test_the_packaged_app_takes_what_it_carries_and_never_compiles(
    fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    monkeypatch.setattr(build, "compile_to", lambda *_: pytest.fail("compiled"))
    assert finding.get() is None
    assert finding.reason() == "This packaged app was made without the fast products."
    inside = tmp_path / "resources" / build.FOLDER / f"{build.variant()}.so"
    inside.parent.mkdir(parents=True)
    inside.write_bytes(b"torn")
    finding._found.cache_clear()
    assert finding.get() is None
    assert "damaged" in finding.reason()
    inside.write_bytes(request.getfixturevalue("compiled")[build.variant()].read_bytes())
    finding._found.cache_clear()
    assert finding.get() is not None, finding.reason()
    assert not fresh.exists()


@pytest.mark.parametrize(("system", "machine"), [("win32", "AMD64"), ("darwin", "arm64"), ("linux", "riscv64")])
def test_other_machines_do_without(system: str, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert finding.get() is None
    assert finding.reason() == "The fast products are made for 64-bit PCs with Linux."


@fits
def test_old_processors_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    assert finding.get() is None
    assert "instructions" in finding.reason()


@compiles
def test_it_can_be_filled_from_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["native", str(tmp_path / "out")])
    monkeypatch.setenv("CC", fake_compiler(tmp_path, 'while [ "$1" != -o ]; do shift; done; echo made > "$2"'))
    runpy.run_path(build.__file__, run_name="__main__")
    assert capsys.readouterr().out.split() == [str(tmp_path / "out" / f"{name}.so") for name in build.VARIANTS]
