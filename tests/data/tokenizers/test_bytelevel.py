"""The byte alphabet, and cuts that change no id, proved against the library's own word cutting."""

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import pre_tokenizers

from llmstudio.data.tokenizers import bytelevel
from tests.data.corpus import gpt2_tokenizer

# Letters, marks, apostrophes, digits, all kinds of space, joiners: where cutting could go wrong.
TRICKY = st.text(st.sampled_from("aZé漢 \n\t\r\x1c\x85\u3000\u200b'’.,-_1٣\u0301😀‍sl"), max_size=80)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def test_the_alphabet_is_the_librarys() -> None:
    assert set(bytelevel.CHARACTER_TO_BYTE) == set(pre_tokenizers.ByteLevel.alphabet())
    assert bytelevel.to_piece(b" \n\x00A\xff") == "ĠĊĀAÿ"
    assert bytelevel.to_bytes(bytelevel.to_piece(bytes(range(256)))) == bytes(range(256))


@settings(max_examples=400, deadline=None)
@given(st.one_of(TRICKY, ANY))
@example("don't stop")
@example("x'll y")
def test_cutting_where_allowed_changes_no_id(text: str) -> None:
    tokenizer = gpt2_tokenizer()
    place = bytelevel.cut(text)
    assert tokenizer.encode(text[:place]) + tokenizer.encode(text[place:]) == tokenizer.encode(text)


@settings(max_examples=200)
@given(st.lists(TRICKY, max_size=4))
def test_every_allowed_place_may_be_cut_not_only_the_last(parts: list[str]) -> None:
    tokenizer, text = gpt2_tokenizer(), "".join(parts)
    places = [n for n in range(1, len(text)) if bytelevel.cut(text[n - 1 : n + 1])]
    cuts = [0, *places, len(text)]
    sections = [text[a:b] for a, b in pairwise(cuts)]
    assert [token for section in sections for token in tokenizer.encode(section)] == tokenizer.encode(text)


def test_there_is_no_cut_inside_a_word_or_before_an_apostrophe() -> None:
    assert bytelevel.cut("abcdef") == 0
    assert bytelevel.cut("it's") == 0
    assert bytelevel.cut("12 34") == 2
    assert bytelevel.cut("12, 34\n\n") == 6
    assert bytelevel.cut("'tis") == 0
    assert bytelevel.cut("one two.") == 7
    assert bytelevel.cut("") == 0


def test_long_runs_of_space_are_cut_before_their_last_space() -> None:
    run = " " * bytelevel.LONG_RUN
    assert list(bytelevel.sections("a" + run + "b")) == ["a" + run[:-1], " b"]
    assert list(bytelevel.sections("a" + run)) == ["a" + run]
    assert list(bytelevel.sections("short text")) == ["short text"]


@given(st.text(st.sampled_from(" \n\ta"), max_size=30), st.sampled_from(["b", " b", "'s", "1", "."]))
def test_cutting_runs_of_space_changes_no_id(before: str, after: str) -> None:
    tokenizer, text = gpt2_tokenizer(), before + after
    stripped = before.rstrip()
    if len(before) - len(stripped) >= 2:
        cut = len(before) - 1
        if not after.startswith(" "):
            assert tokenizer.encode(text[:cut]) + tokenizer.encode(text[cut:]) == tokenizer.encode(text)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 12_000), st.integers(bytelevel.LONG_RUN - 2, bytelevel.LONG_RUN + 9_000))
def test_a_long_run_of_spaces_is_never_overlooked(before: int, spaces: int) -> None:
    text = "x" * before + " " * spaces + "y" * 12_000
    assert bytelevel.has_long_run(text) or spaces < bytelevel.LONG_RUN
    assert "".join(bytelevel.sections(text)) == text
    assert not bytelevel.has_long_run("x y" * 9_000)
