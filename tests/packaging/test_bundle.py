"""What belongs inside although no `import` names it: nothing that is loaded by a string may be forgotten."""

import ast
import importlib.util
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from tests.packaging.modules import load

bundle = load("bundle")
OURS = Path(__file__).resolve().parents[2] / "llmstudio"
LOADERS = ("import_module", "__import__", "find_spec")
# Calls whose name is made of our own modules' names; own_modules() takes all of those along.
BY_OUR_OWN_NAMES = {
    "llmstudio.jobs.registry",
    "llmstudio.gui.tabs.registry",
    "llmstudio.gui.warming",
    "llmstudio.gui.latency",
    "llmstudio.cli.main",
}
# Asks only whether other programs' libraries are here, to be compared with: never in the packaged application.
ASKED_FOR = {"llmstudio.tasks.benchmarking"}


def late_loads() -> Iterator[tuple[str, str | None]]:
    """(our module, what it loads by a string; None where the string is computed) of every such call."""
    for path in OURS.rglob("*.py"):
        words = path.read_text("utf-8")
        if not any(f"{call}(" in words for call in LOADERS):
            continue
        name = ".".join(path.relative_to(OURS.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(words)):
            if isinstance(node, ast.Call) and called(node) in LOADERS:
                first = node.args[0]
                yield name, first.value if isinstance(first, ast.Constant) else None


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_every_load_by_a_string_is_known() -> None:
    loads = list(late_loads())
    computed = {module for module, name in loads if name is None}
    assert computed == BY_OUR_OWN_NAMES | ASKED_FOR
    named = {(module, name) for module, name in loads if name is not None}
    inside = {*bundle.own_modules(), *bundle.lazy_modules()}
    left_out = {(module, name) for module, names in bundle.NOT_CARRIED.items() for name in names}
    assert {pair for pair in named if pair[1] not in inside} == left_out


def test_all_of_ours_is_named() -> None:
    from llmstudio.cli import main as terminal

    ours = set(bundle.own_modules())
    assert {f"llmstudio.cli.{place.partition(':')[0]}" for place in terminal.COMMANDS.values()} <= ours
    assert set(bundle.named_modules()) <= ours
    assert {"llmstudio", "llmstudio.__main__", "llmstudio.tasks.serve", "llmstudio.gui.tabs.server.page"} <= ours


def test_what_others_load_late_is_named_and_is_here() -> None:
    qt = {str(path).partition(".")[0] for path in metadata.files("PySide6-Essentials") or ()}  # Qt may be kept out here
    for name in bundle.lazy_modules():
        assert name.replace(".", "/") in qt or importlib.util.find_spec(name), name


def test_the_parts_of_the_server_that_uvicorn_takes_by_name_are_named() -> None:
    config = pytest.importorskip("uvicorn.config")
    from llmstudio.server import service

    words = Path(service.__file__).read_text("utf-8")
    assert 'lifespan="off"' in words
    assert 'loop="asyncio"' in words
    taken = {config.LIFESPAN["off"], config.LOOP_FACTORIES["asyncio"], config.HTTP_PROTOCOLS["h11"]}
    assert {place.partition(":")[0] for place in taken} <= set(bundle.lazy_modules())


def test_every_place_for_keys_that_the_library_knows_is_named() -> None:
    known = {entry.module for entry in metadata.entry_points(group="keyring.backends") if "keyring." in entry.module}
    assert len(known) >= 5
    assert known <= set(bundle.lazy_modules())


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is asked on Linux")
def test_what_asks_the_desktop_to_stay_awake_is_named() -> None:
    import wakepy

    assert wakepy.JeepneyDBusAdapter.__module__ in bundle.lazy_modules()


def test_every_resource_keeps_its_place() -> None:
    folder = OURS.parent / "resources"
    places = {f"{target}/{Path(source).name}" for source, target in bundle.resources()}
    assert {"resources/style.qss", "resources/help/privacy.md", "resources/vocab/gpt2/vocab.bpe"} <= places
    assert len(places) == sum(path.is_file() and "__pycache__" not in path.parts for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("PySide6/QtOpenGL.abi3.so", "PySide6.QtOpenGL"),
        ("PySide6\\QtCore.pyd", "PySide6.QtCore"),
        ("numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so", "numpy._core._multiarray_umath"),
        ("lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so", "_ssl"),
        ("duckdb.cpython-311-x86_64-linux-gnu.so", "duckdb"),
    ],
)
def test_compiled_modules_have_their_names(path: str, name: str) -> None:
    assert bundle.extension_name(path) == name
