"""What is read as JSON, and what is refused before anybody looks at it (S14)."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.server.strictjson import DEPTH, BadJson, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_what_json_can_say_is_read(value: Any) -> None:
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadJson):
        parse(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b'{"a": NaN}', "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "Infinity"),
        (b"[1e999]", "too large"),
        (b"[-1e999]", "too large"),
        (b"[" + b"9" * 5000 + b"]", "thousands of digits"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'"\xff"', "UTF-8"),
        (b"[" * 5000 + b"]" * 5000, "deeper"),
        (b"[" * 500_000, "deeper"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "deeper"),
        ("\ufeff{}".encode(), "cannot be read"),
    ],
)
def test_what_is_refused_is_named(data: bytes, words: str) -> None:
    with pytest.raises(BadJson, match=words):
        parse(data)


def test_the_bound_on_depth_is_exact() -> None:
    parse(b"[" * DEPTH + b"]" * DEPTH)
    with pytest.raises(BadJson):
        parse(b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1))


def test_pairs_of_surrogates_are_text() -> None:
    assert parse(b'"\\ud83e\\udd8a"') == "🦊"
