"""JSON is read strictly and in pieces; every fault has its row or its place."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import UserError
from llmstudio.data.readers import jsonrows
from llmstudio.data.readers.document import Faults

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def cut(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def whole(text: str, size: int = 3) -> list[Any]:
    return [value for _, value in jsonrows.read_whole(cut(text, size), "a.json", Faults())]


def by_line(text: str, stop: bool = True) -> tuple[list[Any], Faults]:
    faults = Faults(stop=stop)
    return list(jsonrows.read_lines(cut(text, 5), "a.jsonl", faults)), faults


@given(st.lists(VALUES, max_size=5), st.integers(1, 20), st.sampled_from([None, 1]))
@settings(max_examples=80, deadline=None)
def test_any_array_comes_back_however_it_is_cut(values: list[Any], size: int, indent: int | None) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(values, indent=indent).replace("\\ud", "\\u0")
        values = json.loads(text)
    assert whole(text, size) == values


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('{"data": [{"text": "a"}, {"text": "b"}]}', [{"text": "a"}, {"text": "b"}]),
        ('{"text": ["a", "b"], "label": [1, 2]}', [{"text": "a", "label": 1}, {"text": "b", "label": 2}]),
        ('{"text": "a", "n": 1}', [{"text": "a", "n": 1}]),
        ('{"1": {"text": "a"}, "2": {"text": "b"}}', [{"text": "a"}, {"text": "b"}]),
        ('"only a text"', ["only a text"]),
        (" [ ] ", []),
    ],
)
def test_the_shapes_a_file_may_have(text: str, rows: list[Any]) -> None:
    assert whole(text) == rows


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"text": "a"}', "the end"),
        ('[{"text": "a"} {"text": "b"}]', "','"),
        ('[{"text": NaN}]', "NaN"),
        ("[1e999]", "too large"),
        ("[" * 50_000, "nested too deeply"),
        ("[" + "1" * 5000 + "]", "thousands of digits"),
        ("{'a': 1}", "not valid JSON"),
        ("[1] x", "goes on"),
        ("", "not valid JSON"),
        ("[tru", "not valid JSON"),
    ],
)
def test_faults_have_their_place(text: str, words: str) -> None:
    with pytest.raises(UserError) as told:
        whole(text, 100)
    assert words in told.value.message
    assert told.value.location.startswith("character")
    assert told.value.hint


def test_json_lines_under_the_wrong_name_are_told() -> None:
    with pytest.raises(UserError, match="choose the format jsonl"):
        whole('{"text": "a"}\n{"text": "b"}\n')
    with pytest.raises(UserError, match="choose the format json"):
        by_line('[\n{"text": "a"}\n]')


def test_a_value_without_end_is_not_gathered_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonrows, "LONGEST", 1000)
    with pytest.raises(UserError, match="more than 64 million"):
        whole('["' + "x" * 5000, 100)


def test_lines_keep_their_numbers_and_faulty_ones_are_left_out() -> None:
    rows, faults = by_line('{"a": 1}\n\n{bad\n"text"\n{"a": NaN}\n', stop=False)
    assert rows == [(1, {"a": 1}), (4, "text")]
    assert [(fault.row, fault.reason[:14]) for fault in faults.found] == [(3, "is not valid J"), (5, "has NaN, which")]


def test_the_first_faulty_line_stops_with_its_row() -> None:
    with pytest.raises(UserError) as told:
        by_line('{"a": 1}\n{"a": }\n')
    assert told.value.location == "row 2"


def test_lone_surrogates_are_replaced_and_counted() -> None:
    rows, faults = by_line('{"te\\udc00xt": ["a\\ud800", {"b": "\\ud83d\\ude00"}]}\n')
    assert rows == [(1, {"te\ufffdxt": ["a\ufffd", {"b": "😀"}]})]
    assert faults.replaced == 2
