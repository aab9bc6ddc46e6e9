"""The set-up decides well, says what is missing, and does nothing twice. Nothing is installed here."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "packaging"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


libraries = load("system_libraries")
launch = load("launch")


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """Every command that would have been run; the virtual environment seems to be there."""
    ran: list[list[str]] = []

    def record(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    python = tmp_path / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(launch, "VENV", tmp_path)
    monkeypatch.setattr(launch, "STAMP", tmp_path / "stamp.txt")
    monkeypatch.setattr(launch.subprocess, "run", record)
    monkeypatch.setattr(launch.system_libraries, "provide", lambda **_: [])
    return ran


def test_a_second_start_installs_nothing(commands: list[list[str]]) -> None:
    assert launch.main(["doctor"]) == 0
    assert any("install" in command for command in commands)
    commands.clear()
    assert launch.main(["doctor"]) == 0
    (only,) = [command for command in commands if "nvidia-smi" not in command[0]]
    assert only[1:] == ["-m", "llmstudio", "doctor"]


def test_the_test_set_up_serves_the_plain_start_too(commands: list[list[str]]) -> None:
    launch.main(["--test"])
    assert any(str(argument).endswith("[test]") for command in commands for argument in command)
    commands.clear()
    launch.main(["doctor"])
    assert not any("install" in command for command in commands)


def test_without_a_display_the_first_model_is_built_in_the_terminal(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launch, "_has_display", lambda: False)
    launch.main([])
    assert commands[-1][-1] == "quickstart"
    assert "no display" in capsys.readouterr().out


def test_with_a_display_the_window_opens(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "_has_display", lambda: True)
    launch.main([])
    assert commands[-1][-2:] == ["-m", "llmstudio"]


def test_an_old_python_is_told_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(launch.sys, "version_info", (3, 9, 2))
    assert launch.main([]) == 1
    assert "needs Python 3.11" in capsys.readouterr().err


def test_a_missing_venv_module_names_the_package(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launch, "_python", lambda: Path("/nowhere/python"))
    monkeypatch.setattr(launch.system_libraries, "can_install", lambda: False)
    assert launch.main([]) == 1
    said = capsys.readouterr().err
    assert f"python{sys.version_info.major}.{sys.version_info.minor}-venv" in said


def test_advice_names_the_exact_packages() -> None:
    assert libraries.advice(["libegl1", "libxcb-cursor0"]).endswith("sudo apt install libegl1 libxcb-cursor0")


def test_what_is_missing_is_found_by_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "_loads", lambda soname: soname != "libEGL.so.1")
    assert "libegl1" in libraries.missing_packages(testing=False)
    assert "libgl1" not in libraries.missing_packages(testing=False)
