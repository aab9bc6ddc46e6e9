"""The build's own checks: what may not be inside is found, and so is what is too large."""

import platform
import sys
from pathlib import Path

import pytest

from tests.packaging.modules import FOLDER, load

build = load("build")


def application(folder: Path, *names: str) -> Path:
    for name in ("llmstudio", *(f"_internal/{name}" for name in names)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    return folder


def test_a_sound_application_is_counted(tmp_path: Path) -> None:
    found = build.inspect(application(tmp_path, "PySide6/Qt/lib/libQt6Core.so.6", "torch/lib/libtorch_cpu.so"))
    assert found == {"bytes": 15, "files": 3}


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/lib/libQt6Charts.so.6",
        "PySide6/QtQuick.abi3.so",
        "PySide6/Qt/lib/libQt6VirtualKeyboard.so.6",
        "PySide6/Qt/qml/QtQuick/qmldir",
        "torch/test/planted",
        "libstdc++.so.6",
    ],
)
def test_what_may_not_be_inside_ends_the_build(name: str, tmp_path: Path) -> None:
    with pytest.raises(build.BuildError, match=name.rpartition("/")[2].replace("+", r"\+")):
        build.inspect(application(tmp_path, name))


def test_an_application_that_is_too_large_ends_the_build(tmp_path: Path) -> None:
    with pytest.raises(build.BuildError, match="the most"):
        build.inspect(application(tmp_path), limit=4)


def test_the_version_resource_says_our_version(tmp_path: Path) -> None:
    pytest.importorskip("PySide6.QtSvg", exc_type=ImportError)
    words = (build.prepare(tmp_path / "made") / "version_info.txt").read_text("utf-8")
    assert build.bundle.version() in words
    assert "@" not in words


def test_the_notices_lie_where_the_application_looks_for_them(tmp_path: Path) -> None:
    from llmstudio.tasks import checks_system

    assert f"{build.NOTICES}/THIRD_PARTY_NOTICES.txt" == f"resources/{checks_system.LICENCES}"
    assert build.inside(tmp_path) == tmp_path / "_internal"
    bundled = tmp_path / "LLM Studio.app" / "Contents" / "Resources"
    bundled.mkdir(parents=True)
    assert build.inside(tmp_path / "LLM Studio.app") == bundled


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="for 64-bit PCs with Linux")
def test_our_own_kernels_lie_where_the_application_looks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llmstudio.engine.native import build as native

    build.compile_kernels(tmp_path)
    assert f"resources/{native.FOLDER}" == build.KERNELS
    libraries = {path.stem for path in (tmp_path / build.KERNELS).glob("*.so")}
    assert libraries == set(native.VARIANTS)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(build.BuildError, match="compiler"):
        build.compile_kernels(tmp_path / "other")


def test_a_failed_step_is_told_and_nothing_is_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packed: list[object] = []
    monkeypatch.setattr(build, "prepare", lambda made: made)
    monkeypatch.setattr(build, "freeze", lambda output, made: application(tmp_path / "llmstudio"))
    monkeypatch.setattr(build, "note_others", lambda application, made: None)
    monkeypatch.setattr(build.smoke, "main", lambda arguments: 1)
    monkeypatch.setattr(build, "pack", lambda *arguments: packed.append(arguments) or [])
    assert build.main(["--to", str(tmp_path)]) == 1
    assert "does not work" in capsys.readouterr().err
    assert not packed
    monkeypatch.setattr(build.smoke, "main", lambda arguments: 0)
    assert build.main(["--to", str(tmp_path)]) == 0
    assert packed


def test_the_start_up_hook_leaves_other_programs_their_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    code = compile((FOLDER / "rthooks" / "pyi_rth_llmstudio.py").read_text("utf-8"), "hook", "exec")
    for name in ("TORCHDYNAMO_DISABLE", "PYINSTALLER_RESET_ENVIRONMENT"):
        monkeypatch.setenv(name, "")  # so that the hook's own settings are taken back afterwards
        monkeypatch.delenv(name)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/llmstudio/_internal:/home/mine")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/home/mine")
    exec(code, {})
    import os

    assert os.environ["LD_LIBRARY_PATH"] == "/home/mine"
    assert os.environ["TORCHDYNAMO_DISABLE"] == "1"
    assert os.environ["PYINSTALLER_RESET_ENVIRONMENT"] == "1"
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/llmstudio/_internal")
    exec(code, {})
    assert "LD_LIBRARY_PATH" not in os.environ
