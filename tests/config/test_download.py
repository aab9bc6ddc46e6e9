"""How models of the hub are named."""

import pytest

from llmstudio.config.download import DownloadConfig, HubName, hub_name
from llmstudio.config.option import check


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("HuggingFaceTB/SmolLM2-135M", HubName("HuggingFaceTB/SmolLM2-135M")),
        (" openai-community/gpt2 ", HubName("openai-community/gpt2")),
        ("a/b@v1.0", HubName("a/b", "v1.0")),
        ("a/b:model-Q4_1.gguf", HubName("a/b", "main", "model-Q4_1.gguf")),
        ("a/b@" + "0" * 40 + ":sub/x.gguf", HubName("a/b", "0" * 40, "sub/x.gguf")),
        ("https://huggingface.co/Qwen/Qwen3-0.6B", HubName("Qwen/Qwen3-0.6B")),
        ("https://huggingface.co/Qwen/Qwen3-0.6B/tree/main?library=x", HubName("Qwen/Qwen3-0.6B")),
        ("hf.co/a/b/blob/v2/x.gguf", HubName("a/b", "v2", "x.gguf")),
    ],
)
def test_names_are_read(text: str, wanted: HubName) -> None:
    assert hub_name(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gpt2",
        "./a/b",
        "/a/b",
        "a/b/c",
        "a/../b",
        "a/b--c",
        "a/b.git",
        "C:/x/y",
        "a\\b",
        "a/b:..\\x",
        "https://x.org/a/b",
    ],
)
def test_what_is_no_name_is_none(text: str) -> None:
    assert hub_name(text) is None


def test_a_name_reads_back_as_it_was_written() -> None:
    for text in ("a/b", "a/b@v1", "a/b:x.gguf", "a/b@v1:x.gguf"):
        assert str(hub_name(text)) == text


def test_the_config_refuses_what_is_no_name() -> None:
    config, faults = check(DownloadConfig, {"model": "nonsense"})
    assert config is None
    assert faults["model"].message == "nonsense is not the name of a model on the hub."
    assert DownloadConfig(model="a/b@v1").name == HubName("a/b", "v1")
