"""What an import of a model takes."""

import pytest

from llmstudio.config.importing import ImportModelConfig
from llmstudio.config.option import check, describe


def test_only_the_path_is_needed_and_pickles_are_off() -> None:
    config = ImportModelConfig(path="a/b")
    assert (config.name, config.trust_pickle) == ("", False)
    assert [info.name for info in describe(ImportModelConfig) if info.required] == ["path"]


@pytest.mark.parametrize("values", [{}, {"path": "a", "trust_remote_code": True}])
def test_nothing_unknown_is_taken(values: dict[str, object]) -> None:
    assert check(ImportModelConfig, values)[1]
