"""The whole of it, in the slow tier: freeze the application, try it, make the packages, install the .deb elsewhere.

LLMSTUDIO_FROZEN names a folder of `build.py --to FOLDER` that is there already, and nothing is frozen anew.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.billform import form_faults
from tests.packaging.modules import FOLDER, load

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(5400),
    pytest.mark.skipif(sys.platform != "linux", reason="tried on Linux; elsewhere build.py does it by itself"),
]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished build, which passed its own smoke test."""
    given = os.environ.get("LLMSTUDIO_FROZEN")
    if given:
        return Path(given)
    folder = tmp_path_factory.mktemp("frozen")
    command = [sys.executable, str(FOLDER / "build.py"), "--to", str(folder), "--packing", "quick"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return folder


def test_the_application_is_small_enough_and_holds_what_it_may(output: Path) -> None:
    build = load("build")
    assert build.inspect(output / "llmstudio")["bytes"] <= build.MOST_BYTES


def test_the_bill_of_materials_tells_the_truth(output: Path) -> None:
    sbom = load("sbom")
    bill = json.loads((output / "llmstudio" / "_internal" / sbom.PLACE).read_text("utf-8"))
    assert form_faults(bill) == []
    assert {"torch", "PySide6_Essentials", "Python", "libssl3"} <= {part["name"] for part in bill["components"]}
    assert sbom.differences(output / "llmstudio", bill) == []


LOADED = """
import importlib, json, sys
from pathlib import Path
from tests.packaging.modules import load
filters, bundle = load("filters"), load("bundle")
for name in [name for name in sys.modules if name.partition(".")[0] in filters.EXCLUDED]:
    del sys.modules[name]

class LeftOut:
    def find_spec(self, name, path=None, target=None):
        if name in filters.EXCLUDED or not filters.keeps_module(name):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, LeftOut())
for name in bundle.hidden_imports():
    importlib.import_module(name)
files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
print(json.dumps({name: file for name, file in files.items() if file and Path(file).is_file()}))
"""
# What this very question loads, what an installation of setuptools loads into every Python, and what the bindings of Qt
# load where it is there: they look for it to keep old programs going.
OUTSIDE = {"bundle", "filters", "third_party", "tests", "__mp_main__", "_distutils_hack"}
NOT_NEEDED = {"PySide6.support", "PySide6.support.deprecated", "zipp.compat.overlay.zipfile"}


def test_every_module_that_is_loaded_from_source_is_inside(output: Path) -> None:
    """PyInstaller does not see a part that is loaded by a computed name: what of Qt the plot library asks for, say."""
    root = FOLDER.parent
    environment = {**os.environ, "PYTHONPATH": str(root), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, cwd=root, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    carried = json.loads((output / "made" / "contents.json").read_text("utf-8"))
    extensions = {load("bundle").extension_name(name) for name in carried["files"] if name.endswith((".so", ".pyd"))}
    inside = {*carried["modules"], *carried["scripts"], *extensions}
    known = sys.stdlib_module_names | OUTSIDE
    files = dict(json.loads(done.stdout.splitlines()[-1]))
    loaded = {name for name, file in files.items() if name.partition(".")[0] not in known and _has_its_own(name, file)}
    assert len(loaded) > 2000
    assert sorted(loaded - inside - NOT_NEEDED) == []


def _has_its_own(name: str, file: str) -> bool:
    """Not so the parts of torch._C, which are made by the one library that they all name as their file."""
    return file.endswith(".py") or Path(file).name.partition(".")[0] == name.rpartition(".")[2]


def test_the_application_works_shut_away(output: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "smoke.py"), str(output / "llmstudio")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_installs_and_works_in_a_bare_debian(output: Path) -> None:
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("needs root and debootstrap")
    (package,) = output.glob("*.deb")
    done = subprocess.run([sys.executable, str(FOLDER / "clean_root.py"), str(package)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
