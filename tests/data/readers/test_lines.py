"""Lines end at LF, CR and CR LF, and nowhere else."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import UserError
from llmstudio.data.readers.lines import head, lines


@given(st.text(st.sampled_from("ab\r\n\u2028\x0b\x0c\x85"), max_size=40), st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_lines_join_to_the_text_however_it_is_cut(text: str, size: int) -> None:
    found = list(lines([text[i : i + size] for i in range(0, len(text), size)], "a"))
    assert "".join(found) == text
    assert found == re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def test_a_line_that_is_too_long_is_told_by_number() -> None:
    with pytest.raises(UserError, match="line 3 is longer"):
        list(lines(["a\nb\n", "c" * 20], "a", longest=10))


def test_the_head_reaches_as_far_as_asked() -> None:
    blocks = iter(["ab", "cd", "ef"])
    assert head(blocks, 3) == ("abcd", False)
    assert head(blocks, 30) == ("ef", True)
