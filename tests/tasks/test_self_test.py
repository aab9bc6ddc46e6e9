"""The self-test passes here, and a planted defect makes it fail."""

import re
from pathlib import Path

import pytest

from llmstudio.config.selftest import SelfTestConfig
from llmstudio.jobs import create
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run as runs
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.self_test import Bench


def result(root: Path) -> dict[str, object]:
    ws = Workspace.open(root)
    folder = create.create_run(ws, "self_test", SelfTestConfig(), title="")
    assert InlineRunner(ws).run(folder) == Status.FINISHED, runs.load(folder).error
    return runs.load(folder).result


@pytest.mark.end_to_end
@pytest.mark.timeout(240)
def test_every_part_works_on_this_machine(tmp_path: Path) -> None:
    found = result(tmp_path)
    checks = found["checks"]
    assert isinstance(checks, list)
    assert found["ok"], [check for check in checks if not check["ok"]]
    assert len(checks) == 17
    assert checks[-1]["name"] == "Network"
    watched = int(re.findall(r"\d+", checks[-1]["detail"])[0])
    assert watched >= 4  # this one, the resumed training, the server, the window


def test_a_part_that_fails_is_named_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: Bench) -> str:
        raise AssertionError("planted")

    def sound(_self: Bench) -> str:
        return "fine"

    monkeypatch.setattr(Bench, "checks", lambda self: [("A", lambda: broken(self)), ("B", lambda: sound(self))])
    found = result(tmp_path)
    assert not found["ok"]
    assert found["checks"] == [
        {"name": "A", "ok": False, "detail": "AssertionError: planted"},
        {"name": "B", "ok": True, "detail": "fine"},
    ]
