"""`llmstudio doctor`, `quickstart` and `self-test`; the jobs behind them have their own tests."""

from typing import Any

import pytest

from llmstudio.cli.work import Desk
from llmstudio.store.run import RunState
from tests.cli.conftest import Terminal


def test_the_doctor_names_the_workspace(terminal: Terminal, workspace: object) -> None:
    found = terminal("doctor").result
    assert found["workspace"] == str(workspace)
    assert found["device"] in found["devices"]


def test_quickstart_ends_with_the_sample_in_words(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    state = RunState("r", "quickstart", "t")
    state.result = {"sample": "One morning ...", "model": "first", "bits_per_byte": 0.5, "seconds": 200.0}
    monkeypatch.setattr(Desk, "run", lambda *_args, **_named: state)
    said = terminal("quickstart", "--minutes", "1", as_json=False)
    assert "One morning ..." in said.out
    assert "3 min 20 s" in said.out
    assert terminal("quickstart").result == state.result


@pytest.mark.parametrize(("ok", "status"), [(True, 0), (False, 1)])
def test_a_failed_check_is_a_failed_command(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, ok: bool, status: int
) -> None:
    result: dict[str, Any] = {"ok": ok, "checks": [{"name": "Import", "ok": ok, "detail": "d"}]}
    monkeypatch.setattr(Desk, "run_aside", lambda *_args, **_named: result)
    said = terminal("self-test", as_json=False)
    assert said.status == status
    assert ("FAIL" in said.out) != ok
