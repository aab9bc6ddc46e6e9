"""The order of merges ends in the ids that encoding gives, and each step is a real merge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstudio.base.errors import UserError
from llmstudio.data.merges import Node, has_merges, merges_for_word
from llmstudio.data.tokenizers.bpe import BytePairTokenizer
from tests.data.corpus import gpt2_tokenizer, trained


def leaves(node: Node) -> bytes:
    return b"".join(leaves(part) for part in node.parts) if node.parts else node.bytes


def test_a_known_word() -> None:
    merges = merges_for_word(gpt2_tokenizer(), " the")
    assert merges.start == (b" ", b"t", b"h", b"e")
    assert [(step.left, step.right, step.rank) for step in merges.steps] == [
        (b" ", b"t", 0),
        (b"h", b"e", 2),
        (b" t", b"he", 6),
    ]
    assert [step.after for step in merges.steps][-1] == (b" the",)
    assert [node.id for node in merges.roots] == gpt2_tokenizer().encode(" the")


@given(st.text(max_size=40))
def test_the_roots_are_the_ids_of_the_text(text: str) -> None:
    for tokenizer in (gpt2_tokenizer(), trained("bpe")):
        merges = merges_for_word(tokenizer, text)
        assert [node.id for node in merges.roots] == tokenizer.encode(text)
        assert [leaves(node) for node in merges.roots] == [node.bytes for node in merges.roots]


@given(st.text(st.sampled_from("aeiou thsnrld'1 "), max_size=30))
def test_each_step_joins_two_neighbours_by_a_learned_merge(text: str) -> None:
    tokenizer = trained("bpe")
    assert isinstance(tokenizer, BytePairTokenizer)
    merges = merges_for_word(tokenizer, text)
    pieces = merges.start
    for step in merges.steps:
        assert pieces[step.index : step.index + 2] == (step.left, step.right)
        assert tokenizer.merges[step.rank] == (step.left, step.right)
        pieces = (*pieces[: step.index], step.left + step.right, *pieces[step.index + 2 :])
        assert pieces == step.after


def test_kinds_without_merges_and_long_words_are_refused() -> None:
    assert has_merges(gpt2_tokenizer())
    assert not has_merges(trained("unigram"))
    with pytest.raises(UserError, match="does not work by merges"):
        merges_for_word(trained("char"), "word")
    with pytest.raises(UserError, match="more than 400 bytes"):
        merges_for_word(gpt2_tokenizer(), "a" * 401)


def test_no_word_has_no_merges() -> None:
    merges = merges_for_word(gpt2_tokenizer(), "")
    assert (merges.start, merges.steps, merges.roots) == ((), (), ())
