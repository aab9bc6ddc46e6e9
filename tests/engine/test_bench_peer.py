"""Peers in processes of their own: asked, failing, gone, and stopped."""

import io
import json
import os
import subprocess
import sys

import pytest

from llmstudio.base.errors import Interrupt
from llmstudio.engine.bench import driver
from llmstudio.engine.bench.peer import Peer, PeerFailed, driver_command
from llmstudio.jobs.process import own_environment

ECHO = """
import json, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    if asked["do"] == "die":
        print("no such instruction", file=sys.stderr); sys.exit(7)
    if asked["do"] == "hang":
        time.sleep(60)
    print(json.dumps({"step": 1}), flush=True)
    answer = {"error": "out of luck"} if asked["do"] == "fail" else {"twice": 2 * asked.get("number", 0)}
    print(json.dumps({**answer, "done": True}), flush=True)
"""


def peer() -> Peer:
    return Peer("Echo", [sys.executable, "-c", ECHO], dict(os.environ))


def test_a_peer_answers_and_tells_how_far_it_is() -> None:
    told: list[dict[str, object]] = []
    with peer() as echo:
        assert echo.ask(told=told.append, do="double", number=21)["twice"] == 42
        assert told == [{"step": 1}]
        with pytest.raises(PeerFailed, match="Echo failed: out of luck"):
            echo.ask(do="fail")
        assert echo.ask(do="double", number=1)["twice"] == 2  # a failed request is not the end of it


def test_a_peer_that_dies_says_its_last_words() -> None:
    with peer() as echo:
        with pytest.raises(PeerFailed, match=r"status 7\): no such instruction"):
            echo.ask(do="die")
        with pytest.raises(PeerFailed):
            echo.ask(do="double")


def test_a_stop_ends_the_process() -> None:
    def check() -> None:
        raise Interrupt("cancel")

    echo = peer()
    with pytest.raises(Interrupt), echo:
        echo.ask(check, do="hang")
    assert echo._process.poll() is not None


def test_the_driver_turns_what_is_thrown_into_an_answer() -> None:
    def fake(request: dict[str, object], tell: object) -> dict[str, object]:
        if request["do"] == "break":
            raise RuntimeError("no kernel")
        return {"seconds": 0.5}

    answers = io.StringIO()
    driver.serve(fake, ['{"do": "break"}', '{"do": "go"}'], answers)
    first, second = (json.loads(line) for line in answers.getvalue().splitlines())
    assert first == {"error": "RuntimeError: no kernel", "done": True}
    assert second == {"seconds": 0.5, "done": True}


def test_the_driver_ends_when_its_owner_closes_the_pipe() -> None:
    command = driver_command("transformers")
    assert command is not None
    pytest.importorskip("transformers")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=own_environment()) as process:
        process.communicate(timeout=100)
    assert process.returncode == 0


def test_the_packaged_app_has_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert driver_command("nanogpt") is None
