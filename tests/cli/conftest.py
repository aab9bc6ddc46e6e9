"""The terminal in this very process, and a workspace with a dataset and a tiny model."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from llmstudio.cli import main

TINY = ("--n-layer", "1", "--n-head", "2", "--n-embd", "16", "--block-size", "16", "--batch-size", "4")


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        return dict(json.loads(self.out.splitlines()[-1]))


Terminal = Callable[..., Said]


@pytest.fixture
def terminal(workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """`terminal("data", "list")` runs `llmstudio --json data list`; `as_json=False` leaves that out."""
    monkeypatch.setattr("llmstudio.base.log.set_up", lambda _folder: None)

    def run(*arguments: str, as_json: bool = True) -> Said:
        capsys.readouterr()
        flags = ["--json"] if as_json else []
        status = main.main([*flags, "--workspace", str(workspace), *arguments], lambda _root: 99)
        return Said(status, *capsys.readouterr())

    return run


@pytest.fixture(scope="package")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset `Tales` and a model `Tiny` of a few steps."""
    root = tmp_path_factory.mktemp("cli")
    (root / "tales.txt").write_text("The fox met the hen. The hen ran home.\n" * 60, encoding="utf-8")
    lines: list[tuple[str, ...]] = [
        ("data", "import", str(root / "tales.txt"), "--name", "Tales", "--split", "80,20,0"),
        ("pretrain", "--dataset", "Tales", "--name", "Tiny", "--max-steps", "6", "--threads", "1", *TINY),
    ]
    for line in lines:
        assert main.main(["--workspace", str(root / "ws"), *line], lambda _root: 99) == 0
    return root / "ws"


@pytest.fixture(scope="package")
def chatty(workspace: Path) -> str:
    """A model that can look back far enough to be asked something."""
    shape = [*TINY[: TINY.index("--block-size")], "--block-size", "96", "--batch-size", "4"]
    line = ("pretrain", "--dataset", "Tales", "--name", "Chatty", "--max-steps", "4", "--threads", "1", *shape)
    assert main.main(["--workspace", str(workspace), *line], lambda _root: 99) == 0
    return "Chatty"
