"""Events: record and class are each other's inverse, and what a later version writes does no harm."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstudio.store import events

EXAMPLES: list[events.Event] = [
    events.Status("running", "because", time="2026-01-01T00:00:00.000Z", at=1.5, attempt=2),
    events.Stage("counting", 0.5),
    events.Progress(3, 9, "rows"),
    events.Metrics(7, {"loss": 1.25}),
    events.Note("text", "good"),
    events.Artifact("checkpoint", "checkpoints/step-1", {"step": 1}),
    events.Sample(3, "Once", " upon"),
    events.Alarm(5, "spike", "It jumped.", ("rewind",), 4, 5, {"good_step": 2.0}),
    events.Result({"steps": 3, "names": ["a"]}),
    events.Error("It broke.", "Mend it.", "name", "row 3", "trace", True, ("a", "b")),
    events.Resumed(12),
    events.Waiting("disk", "Full.", "Free some.", "/there", 7),
    events.Message("model", "hello", {"tokens": 3}),
]


def through_json(event: events.Event) -> events.Event | None:
    return events.parse(json.loads(json.dumps(events.to_record(event), allow_nan=False)))


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.kind)
def test_every_event_comes_back(event: events.Event) -> None:
    assert through_json(event) == event
    assert next(iter(events.to_record(event))) == "kind"


def test_there_is_an_example_of_every_class() -> None:
    assert {type(event) for event in EXAMPLES} == set(events.CLASSES)


@given(st.dictionaries(st.text(), st.floats()))
def test_figures_that_are_not_finite_are_valid_json(values: dict[str, float]) -> None:
    back = through_json(events.Metrics(1, values))
    assert isinstance(back, events.Metrics)
    for name, value in values.items():
        assert back.values[name] == value or (math.isnan(back.values[name]) and not math.isfinite(value))


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"kind": "from the future"},
        {"kind": "metrics"},
        {"kind": None},
        {"kind": "metrics", "step": 1, "values": []},
    ],
)
def test_what_is_not_understood_is_none(record: dict[str, object]) -> None:
    assert events.parse(record) is None


def test_unknown_keys_are_dropped() -> None:
    assert events.parse({"kind": "resumed", "step": 3, "colour": "red"}) == events.Resumed(3)
