"""The trial in a bare system: what counts as left behind."""

import pytest

from tests.packaging.modules import load

clean_root = load("clean_root")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("opt/llmstudio/_internal/base_library.zip", True),
        ("usr/share/applications/llmstudio.desktop", True),
        ("usr/share/doc/LLMStudio/copyright", True),
        ("home/anna/.local/state/LLM Studio/log/llmstudio.log", False),
        ("var/log/apt/llmstudio.log", False),
        ("usr/bin/python3", False),
    ],
)
def test_a_package_takes_its_own_along_and_leaves_a_persons(name: str, ours: bool) -> None:
    assert clean_root._is_ours(name) is ours
