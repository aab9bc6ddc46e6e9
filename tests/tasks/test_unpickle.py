"""The parent of the locked-up reader: what it hands over, what it believes, and when it ends it."""

import sys
from pathlib import Path

import pytest
import torch

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.engine.convert import tensorfile, torch_file
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import unpickle
from tests.data.fake_context import FakeContext
from tests.engine.convert import pickles


@pytest.fixture
def context(tmp_path: Path) -> FakeContext:
    return FakeContext(Workspace.open(tmp_path / "ws"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return pickles.save(tmp_path / "pytorch_model.bin", {"w": torch.arange(3.0)})


def child(tmp_path: Path, script: str) -> list[str]:
    """A reader that does as the script says instead."""
    path = tmp_path / "reader.py"
    path.write_text(f"import os, sys, time\nfolder = sys.argv[2]\n{script}\n")
    return [sys.executable, str(path)]


def test_the_child_writes_what_we_then_check(tmp_path: Path, context: FakeContext, file: Path) -> None:
    result = unpickle.to_safetensors([file], tmp_path / "out", context)
    entries = tensorfile.entries(result)
    assert tensorfile.read(entries["w"]).tolist() == [0, 1, 2]
    assert any("nothing in them is run" in note for note in context.notes)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("sys.exit(0)", "The PyTorch files could not be read."),
        ("os.abort()", "the process that read them failed (it was stopped)"),
        ("sys.exit(9)", "the process that read them failed (it gave up)"),
        ("print('{\"message\": 5}'); sys.exit(3)", "(it gave up)"),
        ("print('[' * 9000); sys.exit(3)", "(it gave up)"),
        ("print('{\"message\": \"\\\\u001b[31m evil' + 'x' * 900 + '\"}'); sys.exit(3)", "\\x1b[31m evilxxx"),
        ('print(\'{"message": "The file tried."}\'); sys.exit(4)', "Reading was stopped: The file tried."),
    ],
)
def test_nothing_the_child_says_is_believed(
    tmp_path: Path, context: FakeContext, file: Path, script: str, words: str
) -> None:
    with pytest.raises(UserError) as told:
        unpickle.to_safetensors([file], tmp_path / "out", context, command=child(tmp_path, script))
    assert words in told.value.message
    assert told.value.message.isprintable()
    assert len(told.value.message) < 350


def test_a_cancel_ends_the_child(tmp_path: Path, context: FakeContext, file: Path) -> None:
    context.stop_after = 2
    mark = tmp_path / "out" / "pid"
    script = f"open({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    with pytest.raises(Interrupt):
        unpickle.to_safetensors([file], tmp_path / "out", context, command=child(tmp_path, script))
    if mark.exists() and sys.platform == "linux":
        assert not Path(f"/proc/{mark.read_text()}").exists()


def test_a_child_that_never_ends_is_ended(
    tmp_path: Path, context: FakeContext, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_file, "allowance", lambda size: 0.2)
    with pytest.raises(UserError, match="were not read within"):
        unpickle.to_safetensors([file], tmp_path / "out", context, command=child(tmp_path, "time.sleep(60)"))


def test_the_child_knows_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HOME", "/home/me")
    known = unpickle.environment(tmp_path)
    assert "HF_TOKEN" not in known
    assert "HOME" not in known
    assert known["TMPDIR"] == str(tmp_path)
