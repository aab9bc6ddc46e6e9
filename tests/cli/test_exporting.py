"""`llmstudio models export`."""

from pathlib import Path

import pytest

from tests.cli.conftest import TINY, Terminal


@pytest.fixture
def llama(terminal: Terminal) -> str:
    """A model that other programs know, trained for three steps."""
    if terminal("models", "show", "Little").status:
        made = terminal(
            "pretrain", "--dataset", "Tales", "--name", "Little", "--preset", "llama", "--max-steps", "3", *TINY
        )
        assert made.status == 0, made.err
    return "Little"


@pytest.mark.parametrize(("form", "name"), [("hf", "folder"), ("gguf", "one.gguf")])
def test_both_formats_are_written_where_they_were_wanted(
    form: str, name: str, llama: str, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = terminal("models", "export", llama, "--format", form, "--to", name, "--type", "f16")
    assert said.status == 0, said.err
    assert said.result["path"] == str(tmp_path / name)
    assert said.result["type"] == "f16"
    assert {"id", "family", "parameters", "bytes", "loss"} <= said.result.keys()
    assert (tmp_path / name).exists()
    again = terminal("models", "export", llama, "--format", form, "--to", name)
    assert again.status == 2
    assert "--overwrite" in again.err
    assert terminal("models", "export", llama, "--format", form, "--to", name, "--overwrite").status == 0


def test_a_slash_says_that_a_folder_is_meant(llama: str, terminal: Terminal, tmp_path: Path) -> None:
    said = terminal("models", "export", llama, "--format", "gguf", "--to", f"{tmp_path / 'new'}/")
    assert said.result["path"] == str(tmp_path / "new" / "little-f32.gguf")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Nobody", "--format", "hf"), "no model called Nobody"),
        (("Little", "--format", "onnx"), "Format can be hf, gguf"),
        (("Little", "--type", "q9"), "Weights can be auto"),
        (("Little", "--format", "hf", "--type", "q4_0"), "cannot hold weights of type q4_0"),
        (("Tiny", "--format", "hf"), "studio-small"),
    ],
)
def test_wrong_wishes_end_with_2_and_a_sentence(
    arguments: tuple[str, ...], words: str, llama: str, terminal: Terminal
) -> None:
    said = terminal("models", "export", *arguments)
    assert said.status == 2
    assert words in said.err
