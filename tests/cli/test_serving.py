"""`llmstudio serve` as a person uses it: started in a terminal, asked by OpenAI's client, stopped by Ctrl+C."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest

from llmstudio.cli.console import Console
from llmstudio.cli.serving import VARIABLE, Voice, own_key
from llmstudio.cli.work import Desk
from llmstudio.config.serve import ServeConfig
from tests.cli.conftest import Terminal

pytestmark = pytest.mark.usefixtures("chatty")


@contextmanager
def served(workspace: Path, *options: str) -> Iterator[dict[str, Any]]:
    """What `serve --json` said when the server was there, and its process as `child`."""
    line = [sys.executable, "-m", "llmstudio", "--json", "--workspace", str(workspace), "serve", "Chatty"]
    child = subprocess.Popen(
        [*line, "--port", "0", "--threads", "1", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        said = child.stdout.readline()
        assert said, child.communicate()[1]
        yield {**json.loads(said), "child": child}
    finally:
        child.kill()
        child.communicate()


def test_a_model_is_served_to_openai_s_client_until_ctrl_c(workspace: Path) -> None:
    with served(workspace) as said:
        assert said["base_url"] == f"{said['address']}/v1"
        client = openai.OpenAI(base_url=said["base_url"], api_key=said["key"], max_retries=0, timeout=60)
        assert [model.id for model in client.models.list()] == [said["model"]]
        asked: dict[str, Any] = {"model": said["model"], "prompt": "The hen", "temperature": 0, "max_tokens": 6}
        whole = client.completions.create(**asked)
        assert whole.usage is not None
        assert 0 < whole.usage.completion_tokens <= 6
        parts = [part.choices[0].text for part in client.completions.create(**asked, stream=True)]
        assert "".join(parts) == whole.choices[0].text
        wrong = openai.OpenAI(base_url=said["base_url"], api_key="wrong", max_retries=0)
        with pytest.raises(openai.AuthenticationError):
            wrong.models.list()
        said["child"].send_signal(signal.SIGINT)
        out, err = said["child"].communicate(timeout=60)
        assert said["child"].returncode == 0, err
        assert out == ""
        assert "Traceback" not in err
        assert said["key"] not in err
        port = int(said["address"].rpartition(":")[2])
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), 5)


def test_a_key_is_taken_from_the_line_or_the_environment_and_else_made(monkeypatch: pytest.MonkeyPatch) -> None:
    config = ServeConfig(model="m")
    monkeypatch.delenv(VARIABLE, raising=False)
    assert own_key(config, None) == ""
    monkeypatch.setenv(VARIABLE, "my-own-key")
    assert own_key(config, None) == "my-own-key"
    assert own_key(config, "said") == "said"
    assert own_key(ServeConfig(model="m", key=False), None) == ""


def test_a_key_of_one_s_own_is_not_shown(capsys: pytest.CaptureFixture[str], workspace: Path) -> None:
    told = {"op": "serving", "addresses": ["http://127.0.0.1:1", "http://192.0.2.1:1"], "model": "m", "can": []}
    for key in ("", "sk-new"):
        voice = Voice(Desk(workspace, Console()), "M", key)
        voice.hear({"op": "snapshot"})
        assert not voice.serving
        voice.hear(told)
        said = capsys.readouterr()
        assert "http://127.0.0.1:1" in said.out
        assert "http://192.0.2.1:1" in said.out
        assert ("sk-new" in said.out) == bool(key)
        assert voice.serving


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "0.0.0.0"), "open the server to the network first"),
        (("--lan", "--no-key"), "not opened to the network"),
        (("--api-key", ""), "key is empty"),
        (("--api-key", "a b"), "without spaces"),
        (("--api-key", "a", "--no-key"), "switched off"),
        (("--port", "70000"), "at most 65,535"),
    ],
)
def test_wrong_input_is_told_before_anything_runs(terminal: Terminal, options: tuple[str, ...], words: str) -> None:
    said = terminal("serve", "Chatty", *options)
    assert said.status == 2
    assert words in said.err


def test_a_model_that_is_not_there_and_a_port_that_is_taken_are_told(terminal: Terminal) -> None:
    assert "no model called Nobody" in terminal("serve", "Nobody").err
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        said = terminal("serve", "Chatty", "--port", str(other.getsockname()[1]), "--threads", "1")
    assert said.status == 2
    assert "is taken by another program" in said.err


def test_serving_leaves_no_run_behind(terminal: Terminal) -> None:
    before = terminal("runs", "list").result
    terminal("serve", "Chatty", "--lan", "--no-key")
    assert terminal("runs", "list").result == before
