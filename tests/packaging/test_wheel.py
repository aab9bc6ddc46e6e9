"""The wheel, in the slow tier: it holds every module and resource, and what it holds works by itself."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.packaging.modules import FOLDER, load

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
bundle = load("bundle")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this checkout, built as pip does (what the build needs is fetched)."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(folder), str(FOLDER.parent)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (made,) = folder.glob("*.whl")
    return made


def test_every_module_and_resource_is_in_it_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.endswith("/")}
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    resources = {
        f"llmstudio/_resources/{Path(source).relative_to(FOLDER.parent / 'resources').as_posix()}": Path(source)
        for source, _ in bundle.resources()
    }
    modules = {path.relative_to(FOLDER.parent).as_posix() for path in (FOLDER.parent / "llmstudio").rglob("*.py")}
    assert len(resources) > 100
    assert sorted((modules | set(resources)) - held) == []
    others = {name for name in held - modules - set(resources) if ".dist-info/" not in name}
    assert sorted(others) == []
    assert all(sizes[name] == path.stat().st_size for name, path in resources.items())


def test_it_says_how_it_is_started_and_under_which_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (info,) = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        assert "llmstudio = llmstudio.__main__:main" in archive.read(f"{info}/entry_points.txt").decode()
        assert archive.read(f"{info}/licenses/LICENSE") == (FOLDER.parent / "LICENSE").read_bytes()


def test_what_it_holds_works_by_itself(wheel: Path, tmp_path: Path) -> None:
    place, home, elsewhere = tmp_path / "installed", tmp_path / "hö me", tmp_path / "elsewhere"
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(place), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    home.mkdir()
    elsewhere.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(place), "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    asked = [sys.executable, "-c", "from llmstudio.base import paths; print(paths.resource('style.qss'))"]
    found = subprocess.run(asked, capture_output=True, text=True, cwd=elsewhere, env=environment, check=True)
    assert Path(found.stdout.strip()).is_relative_to(place)
    done = subprocess.run(
        [sys.executable, "-m", "llmstudio", "--json", "self-test"],
        capture_output=True, text=True, cwd=elsewhere, env=environment,
    )  # fmt: skip
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["ok"], [check for check in result["checks"] if not check["ok"]]
    assert list(elsewhere.iterdir()) == []
