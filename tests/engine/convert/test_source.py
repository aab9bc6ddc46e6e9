"""The protocol that all readers follow."""

from llmstudio.engine.convert.source import Source


def test_a_source_says_all_that_the_manifest_records() -> None:
    assert {"config", "family", "dtype", "licence", "origin", "notes"} == set(Source.__annotations__)
    assert isinstance(Source.chat, property)
    assert callable(Source.tensors)
    assert callable(Source.tokenizer)
