"""The rules of the house, read from the source with `ast`: sizes, names, tests, forbidden calls."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "llmstudio"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_resources" not in path.parts)
CODE = [path for path in MODULES if path.name != "__init__.py"]
MOST_LINES = 400
MOST_FUNCTION_LINES = 60

# Calls that only the module named here may make, with the reason.
ALLOWED_CALLS = {
    "time.sleep": {
        "llmstudio/jobs/process.py",  # the wait between two looks at a child's event log
        "llmstudio/base/disk.py",  # Windows: another program holds the file for a moment
        "llmstudio/base/waiting.py",  # milliseconds between looks at what else computes here
        "llmstudio/base/locks.py",  # trying again for a lock that is about to be free
        "llmstudio/jobs/lane.py",  # waiting for the compute lane of another process
    },
    "processEvents": set(),
    "torch.save": set(),
    "torch.load": {"llmstudio/engine/convert/torch_file.py"},  # inside the locked-up child, lists of tensors only
}
DURABLE_WRITERS = {
    "llmstudio/base/disk.py",
    "llmstudio/base/files.py",
    "llmstudio/base/jsonl.py",
    "llmstudio/base/locks.py",
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(path: Path) -> list[tuple[str, ast.Call]]:
    return [(ast.unparse(node.func), node) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]


def test_no_file_is_longer_than_the_limit() -> None:
    tests = list((ROOT / "tests").rglob("*.py"))
    long = {relative(p): n for p in CODE + tests if (n := len(p.read_text("utf-8").splitlines())) > MOST_LINES}
    assert not long


def test_no_function_is_longer_than_the_limit() -> None:
    long = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in CODE
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MOST_FUNCTION_LINES
    ]
    assert not long


def test_every_module_says_what_it_is_for() -> None:
    silent = [relative(path) for path in MODULES if not ast.get_docstring(tree_of(path))]
    assert not silent


def test_package_files_hold_a_docstring_only() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        if path == PACKAGE / "__init__.py":
            continue
        body = tree_of(path).body
        assert len(body) == 1, f"{relative(path)} does more than say what the package is for"


def test_every_module_has_its_test_file() -> None:
    missing = [relative(path) for path in CODE if path != PACKAGE / "__main__.py" and not _test_files(path)]
    assert not missing


def _test_files(path: Path) -> list[Path]:
    """tests/a/b/test_c.py, or tests/a/test_b_c.py, or one for a small package: tests/a/test_b.py."""
    inside = path.relative_to(PACKAGE)
    folder = ROOT / "tests" / inside.parent
    names = [folder / f"test_{inside.stem}.py"]
    if len(inside.parts) > 2:
        names.append(folder.parent / f"test_{inside.parent.name}_{inside.stem}.py")
        names.append(folder.parent / f"test_{inside.parent.name}.py")
    return [name for name in names if name.exists()]


def test_presenters_know_no_widgets() -> None:
    for path in PACKAGE.glob("gui/tabs/*/presenter*.py"):
        source = path.read_text("utf-8")
        assert "QtWidgets" not in source, relative(path)
        assert "QtGui" not in source, relative(path)


@pytest.mark.parametrize("name", sorted(ALLOWED_CALLS))
def test_calls_that_only_some_may_make(name: str) -> None:
    short = name.rpartition(".")[2]
    found = {
        relative(path)
        for path in CODE
        for called, _ in calls(path)
        if called == name or ("." not in name and called.rpartition(".")[2] == short)
    }
    assert found <= ALLOWED_CALLS[name]


def test_files_are_written_through_one_door() -> None:
    found = {relative(path) for path in CODE for called, node in calls(path) if _writes(called, node)}
    assert found <= DURABLE_WRITERS


def _writes(called: str, node: ast.Call) -> bool:
    if called.endswith((".write_text", ".write_bytes")):
        return not called.startswith("files.")
    if called != "open" and not called.endswith(".open"):
        return False
    position = 1 if called == "open" else 0
    modes = [argument for argument in node.args[position : position + 1] if isinstance(argument, ast.Constant)]
    modes += [word.value for word in node.keywords if word.arg == "mode" and isinstance(word.value, ast.Constant)]
    return any(isinstance(mode.value, str) and set(mode.value) & set("wax+") for mode in modes)


def test_no_relative_imports_and_no_hidden_ones() -> None:
    for path in CODE:
        for node in ast.walk(tree_of(path)):
            assert not (isinstance(node, ast.ImportFrom) and node.level), relative(path)


def test_no_module_keeps_an_instance_of_our_classes() -> None:
    classes = {n.name for p in CODE for n in ast.walk(tree_of(p)) if isinstance(n, ast.ClassDef)}
    values = {"DISK"}  # stateless: the real file system
    for path in CODE:
        for node in tree_of(path).body:
            value = getattr(node, "value", None)
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(value, ast.Call):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                called = ast.unparse(value.func).rpartition(".")[2]
                frozen = called in classes and ast.unparse(target) not in values and not _is_value(called)
                assert not frozen, f"{relative(path)}:{node.lineno} keeps a {called}"


def _is_value(name: str) -> bool:
    """Frozen dataclasses and enums are values, not objects with a life."""
    pattern = re.compile(rf"@dataclass\([^)]*frozen=True[^)]*\)\nclass {name}\b|class {name}\((\w*Enum|NamedTuple)\)")
    return any(pattern.search(path.read_text("utf-8")) for path in CODE)


def test_every_icon_named_exists_and_every_icon_is_named() -> None:
    files = {path.stem for path in (ROOT / "resources/icons").glob("*.svg")}
    source = "\n".join(path.read_text("utf-8") for path in (PACKAGE / "gui").rglob("*.py"))
    named = set(re.findall(r"""\bicon\(\s*"([a-z0-9-]+)\"""", source))
    words = set(re.findall(r"""["']([a-z0-9-]+)["']""", source))
    assert named <= files, f"icons without a file: {named - files}"
    assert files - {"app"} <= words, f"icons nobody uses: {files - words}"


def test_every_dotted_name_resolves() -> None:
    registry = importlib.import_module("llmstudio.jobs.registry")
    for kind in registry.KINDS.values():
        for dotted in (kind.task, kind.config):
            module, _, name = dotted.partition(":")
            assert hasattr(importlib.import_module(module), name), dotted


def test_everything_but_the_window_imports_without_qt() -> None:
    names = [
        relative(path).removesuffix(".py").replace("/", ".")
        for path in CODE
        if not relative(path).startswith("llmstudio/gui") and path.name != "__main__.py"
    ]
    script = (
        "import sys, importlib\n"
        "sys.modules['PySide6'] = None; sys.modules['pyqtgraph'] = None\n"
        f"[importlib.import_module(name) for name in {names!r}]\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]


def test_importing_the_window_leaves_torch_out() -> None:
    pytest.importorskip("PySide6")
    script = "import sys, llmstudio.gui.app; print([m for m in sys.modules if m == 'torch'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_top_level_holds_what_was_asked_for_and_nothing_else() -> None:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT)
    if listed.returncode:
        pytest.skip("not a git checkout")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    allowed = {"README.md", "pyproject.toml", "llmstudio", "resources", "tests", "packaging", "LICENSE"}
    assert {name for name in top if not name.startswith(".")} <= allowed
