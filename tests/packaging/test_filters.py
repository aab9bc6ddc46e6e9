"""What stays out of the application, and what must not be thrown away with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.modules import load

filters = load("filters")


@pytest.mark.parametrize(
    "name",
    [
        "torch/test/cpp_api_parity",
        "torch/bin/test_jit",
        "torch/bin/protoc-3.13.0.0",
        "torch/include/ATen/ATen.h",
        "torch/lib/libtorchbind_test.so",
        "torch/lib/libbackend_with_compiler.so",
        "torch/testing/_internal/common_utils.py",
        "PySide6/Qt/qml/QtQuick/libqtquick2plugin.so",
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt/lib/libQt6WaylandCompositor.so.6",
        "PySide6/Qt/lib/libQt6VirtualKeyboard.so.6",
        "PySide6/QtQml.abi3.so",
        "PySide6\\Qt6Designer.dll",
        "PySide6\\plugins\\sqldrivers\\qsqlite.dll",
        "PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so",
        "PySide6/Qt/plugins/platforms/libqvnc.so",
        "PySide6/designer",
        "libstdc++.so.6",
        "libX11.so.6",
        "libreadline.so.8",
        "lib-dynload/readline.cpython-311-x86_64-linux-gnu.so",
        "PySide6/libpyside6qml.abi3.so.6.11",
        "libwayland-client.so.0",
        "numpy/_core/tests/data/float16.npy",
        "numpy/__init__.pyi",
    ],
)
def test_these_stay_out(name: str) -> None:
    assert not filters.keeps_file(name)


@pytest.mark.parametrize(
    "name",
    [
        "torch/lib/libtorch_cpu.so",
        "torch/bin/torch_shm_manager",
        "torch/nn/functional.py",
        "torch/testing/_comparison.py",
        "torch/testing/_internal/logging_tensor.py",
        "PySide6/Qt/lib/libQt6Core.so.6",
        "PySide6/Qt/lib/libicudata.so.73",
        "PySide6/QtWidgets.abi3.so",
        "PySide6\\Qt6Gui.dll",
        "PySide6\\QtCore.pyd",
        "PySide6\\plugins\\platforms\\qwindows.dll",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/iconengines/libqsvgicon.so",
        "PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore",
        "libxcb-cursor.so.0",
        "libssl.so.3",
        "resources/help/data.md",
        "numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so",
        "torch-2.13.0+cpu.dist-info/licenses/third_party/benchmark/LICENSE",
    ],
)
def test_these_belong_in(name: str) -> None:
    assert filters.keeps_file(name)


def test_the_helpers_that_torch_imports_are_kept_and_its_tests_are_not() -> None:
    assert filters.keeps_module("torch.testing._internal.distributed.fake_pg")
    assert not filters.keeps_module("torch.testing._internal.common_utils")
    assert not filters.keeps_module("sympy.core.tests.test_basic")
    assert filters.keeps_module("torch.distributed.tensor")
    assert filters.keeps_module("jinja2.tests")
    assert filters.keeps_module("llmstudio.tasks.self_test")


def test_no_part_of_qt_that_is_under_the_gpl_alone_is_allowed() -> None:
    gpl_alone = {
        "Charts",
        "DataVisualization",
        "Graphs",
        "VirtualKeyboard",
        "WaylandCompositor",
        "Quick3D",
        "NetworkAuth",
    }
    assert not gpl_alone & filters.QT_MODULES


def test_every_part_of_qt_that_we_import_is_allowed() -> None:
    package = Path(__file__).resolve().parents[2] / "llmstudio"
    words = "\n".join(path.read_text("utf-8") for path in package.rglob("*.py"))
    used = {
        name for name in filters.QT_MODULES | {"Qml", "Quick", "Test", "Xml", "Sql"} if f"PySide6.Qt{name} " in words
    }
    assert {"Core", "Gui", "Widgets", "Svg"} <= used <= filters.QT_MODULES
    excluded = {name.removeprefix("PySide6.Qt") for name in filters.EXCLUDED if name.startswith("PySide6.")}
    assert not used & excluded


def test_nothing_that_the_application_loads_is_excluded() -> None:
    ours = {name.partition(".")[0] for name in sys.modules if name.startswith("llmstudio")}
    assert not ours & set(filters.EXCLUDED)


def test_a_link_goes_where_its_target_goes() -> None:
    assert filters.keeps_entry("libQt6Core.so.6", "PySide6/Qt/lib/libQt6Core.so.6", "SYMLINK")
    assert not filters.keeps_entry("libQt6Quick.so.6", "PySide6/Qt/lib/libQt6Quick.so.6", "SYMLINK")
    assert not filters.keeps_entry("torch/lib/extra.so", "../test/extra.so", "SYMLINK")


def test_what_is_left_out_is_not_described_either() -> None:
    assert not filters.keeps_file("hypothesis-6.170.15.dist-info/METADATA")
    assert filters.keeps_file("tokenizers-0.23.3.dist-info/METADATA")


WITHOUT = """
import importlib, sys
from tests.packaging.modules import load
filters, bundle = load("filters"), load("bundle")
wanted = sorted({*bundle.hidden_imports(), "llmstudio.gui.app", "llmstudio.gui.selfcheck", "huggingface_hub"})
for name in [name for name in sys.modules if name.partition(".")[0] in filters.EXCLUDED]:
    del sys.modules[name]

class LeftOut:
    def find_spec(self, name, path=None, target=None):
        if name in filters.EXCLUDED or not filters.keeps_module(name):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, LeftOut())
for name in wanted:
    importlib.import_module(name)
"""


@pytest.mark.slow
def test_all_of_ours_can_be_imported_without_what_is_left_out() -> None:
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, cwd=root, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
