"""Every outcome has its exit status, and no mistake ends in a traceback."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmstudio.cli import main
from llmstudio.cli.ending import CANCELLED, FAILED, WRONG_INPUT
from tests.cli.conftest import Terminal


def test_alone_the_window_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmstudio.base.log.set_up", lambda _folder: None)
    opened: list[Path] = []

    def window(root: Path) -> int:
        opened.append(root)
        return 7

    assert main.main(["--workspace", str(tmp_path)], window) == 7
    assert opened == [tmp_path]


@pytest.mark.parametrize("name", sorted(main.COMMANDS))
def test_every_command_explains_itself(terminal: Terminal, name: str) -> None:
    said = terminal(name, "--help", as_json=False)
    assert said.status == 0
    assert "Usage: llmstudio" in said.out


def test_a_command_unknown_or_misused_is_wrong_input(terminal: Terminal) -> None:
    assert terminal("fly").status == WRONG_INPUT
    said = terminal("runs", "list", "--colour")
    assert said.status == WRONG_INPUT
    assert "--colour" in said.err
    assert "llmstudio runs list --help" in said.err


def test_the_error_is_json_too_when_asked(terminal: Terminal) -> None:
    assert terminal("data", "show", "Talez").result == {
        "error": "There is no dataset called Talez.",
        "hint": "There is Tales.",
        "field": "dataset",
    }


@pytest.mark.parametrize(("raised", "status"), [(KeyboardInterrupt, CANCELLED), (BrokenPipeError, FAILED)])
def test_interruptions_have_their_status(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException], status: int
) -> None:
    def end(*_arguments: object) -> int:
        raise raised

    monkeypatch.setattr(main, "_command", end)
    assert terminal("data", "list").status == status


def test_a_workspace_that_is_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main.main(["data", "list", "--workspace", str(tmp_path / "file")], lambda _root: 0) == WRONG_INPUT
    assert "is a file, not a folder" in capsys.readouterr().err


@pytest.mark.parametrize("raised", [KeyboardInterrupt, ZeroDivisionError])
def test_whatever_happens_the_last_line_is_json_where_it_was_asked_for(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]
) -> None:
    def end(*_arguments: object) -> int:
        raise raised

    monkeypatch.setattr(main, "_command", end)
    assert terminal("data", "list").result["error"]


def test_a_disk_that_is_full_is_told_in_a_sentence(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(*_arguments: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "/there")

    monkeypatch.setattr(main, "_command", end)
    said = terminal("data", "list")
    assert (said.status, "Traceback" in said.err) == (WRONG_INPUT, False)
    assert "disk is full" in said.err


@pytest.mark.parametrize("where", [("--workspace", ""), ("--workspace=",), ("--workspace", " ")])
def test_a_workspace_without_a_name_is_not_the_folder_one_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], where: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.main([*where, "data", "list"], lambda _root: 0) == WRONG_INPUT
    assert "--workspace" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_old_terminal_shows_letters_it_lacks_as_their_codes(workspace: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "llmstudio",
        "--workspace",
        str(workspace),
        "tokenizer",
        "encode",
        "gpt2",
        "\U0001f984",
    ]
    old = {**os.environ, "PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "1"}
    plain = subprocess.run(command, capture_output=True, env=old, check=False)
    assert (plain.returncode, plain.stdout.strip()) == (0, b"8582 99 226"), plain.stderr
    told = subprocess.run([*command, "--json"], capture_output=True, env=old, check=False)
    assert json.loads(told.stdout)["ids"] == [8582, 99, 226]


@pytest.mark.skipif(os.name == "nt", reason="a shell that closes streams")
@pytest.mark.parametrize(("closing", "out"), [("<&-", b"[]"), (">&-", b""), ("2>&-", b"[]")])
def test_closed_streams_do_no_harm(workspace: Path, closing: str, out: bytes) -> None:
    line = f'exec "$0" -m llmstudio --json --workspace "$1" tokenizer encode gpt2 - {closing}'
    done = subprocess.run(["sh", "-c", line, sys.executable, str(workspace)], capture_output=True, input=b"")
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert out in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux")
def test_an_output_that_takes_nothing_is_a_sentence(workspace: Path) -> None:
    command = [sys.executable, "-m", "llmstudio", "--json", "--workspace", str(workspace), "data", "list"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, b"Traceback" in done.stderr) == (FAILED, False)
    assert b"disk is full" in done.stderr


def test_what_stands_after_two_dashes_is_no_option(terminal: Terminal) -> None:
    assert terminal("tokenizer", "encode", "gpt2", "--", "--json", as_json=False).out.strip() == "438 17752"
