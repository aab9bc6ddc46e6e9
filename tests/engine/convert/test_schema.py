"""What a description says where it says nothing, and how a wrong value is named."""

import pytest

from llmstudio.base.errors import UserError
from llmstudio.engine.convert import schema


def test_what_is_not_said_is_as_transformers_takes_it() -> None:
    told = schema.read(schema.Gpt2Description, {"n_layer": 2, "n_embd": 8, "n_head": 2})
    assert (told.vocab_size, told.n_positions, told.tie_word_embeddings) == (50257, 1024, True)


def test_a_missing_value_is_named() -> None:
    with pytest.raises(UserError, match=r"config\.json\) is wrong: n_layer is missing"):
        schema.read(schema.Gpt2Description, {"n_embd": 8, "n_head": 2})


@pytest.mark.parametrize("table", [[], None, "x", 3])
def test_a_description_that_is_no_table_is_refused(table: object) -> None:
    with pytest.raises(UserError, match=r"config\.json\) is wrong"):
        schema.read(schema.LlamaDescription, table)
