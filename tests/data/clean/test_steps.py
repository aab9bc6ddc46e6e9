"""Each cleaning step does what its row says, and nothing else."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.config.dataset import ImportConfig
from llmstudio.data.clean import steps

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


def test_repair_mends_wrong_decodings_and_leaves_quotes_and_ligatures() -> None:
    assert steps.repair("orquÃ\xaddeas, itâ€™s") == "orquídeas, it’s"
    assert steps.repair("“quoted” ﬁsh &amp; ｗｉｄｅ") == "“quoted” ﬁsh &amp; ｗｉｄｅ"


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_normal_forms_are_those_of_unicode(text: str) -> None:
    assert steps.normalise(text, "NFC") == unicodedata.normalize("NFC", text)
    assert steps.normalise(text, "NFKC") == unicodedata.normalize("NFKC", text)


def test_piles_of_accents_do_not_hang() -> None:
    start = time.monotonic()
    text = "a" + "\u0301\u0323" * 200_000
    assert len(steps.normalise(text, "NFC")) > 100_000
    assert time.monotonic() - start < 20  # quadratic ordering would take hours


def test_markup_becomes_text_with_a_line_for_each_block() -> None:
    page = (
        "<html><head><title>T</title><style>a{b}</style></head><body><!-- no --><p>Hi &amp; <b>bold</b></p>"
        "<SCRIPT>x < y</SCRIPT><p>2nd<br>line</p></body></html>"
    )
    assert steps.strip_markup(page) == "T\n\nHi & bold\n\n2nd\nline"


@pytest.mark.parametrize("text", ["a < b and c > d", "x<3", "if (a<b && c>d)", "5 <> 6", "AT&T", "I <3 you"])
def test_what_is_no_markup_stays(text: str) -> None:
    assert steps.strip_markup(text) == text


@pytest.mark.parametrize("piece", ["<b>", "<!--", "<", "<script>", "</", "&", "<p ", "<style><!--"])
def test_hostile_markup_takes_linear_time(piece: str) -> None:
    start = time.monotonic()
    steps.strip_markup(piece * 100_000)
    assert time.monotonic() - start < 20


def test_controls_go_and_line_ends_and_joiners_stay() -> None:
    assert steps.remove_controls("a\0\x1b\u202eb\ufeff\t\r\n\u200dc") == "ab\t\r\n\u200dc"


def test_special_characters_and_punctuation_are_different_things() -> None:
    assert steps.remove_special("5 € + 3 = 8 🎉, ok.") == "5   3  8 , ok."
    assert steps.remove_punctuation("“Well,” (she) said—now… 5€!") == "Well she saidnow 5€"


def test_white_space_is_tidied_inside_lines_and_between_paragraphs() -> None:
    assert steps.tidy_whitespace("a  b\u00a0\u2003c \t\r\n\r\n\r\n\r\nd \n e") == "a b c\n\nd\ne"


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    once = steps.tidy_whitespace(text)
    assert steps.tidy_whitespace(once) == once


def test_only_what_is_switched_on_runs_in_a_fixed_order() -> None:
    assert steps.steps_of(ImportConfig()) == []
    on = ImportConfig(lowercase=True, whitespace=True, repair=True, normal_form="NFC")
    assert [name for name, _ in steps.steps_of(on)] == ["repair", "normal_form", "lowercase", "whitespace"]


@given(st.text(st.sampled_from("ab \n\t\x0b\x1c\x85\xa0\u2028"), max_size=30))
def test_the_fast_way_of_tidying_white_space_does_the_same_as_the_slow_one(text: str) -> None:
    slow = steps._BREAKS.sub("\n\n", steps._AROUND_BREAKS.sub(r"\1", steps._SPACES.sub(" ", text)))
    assert steps.tidy_whitespace(text) == slow
