"""A batch is cleaned, hashed and sketched as its documents would be one by one."""

import pickle

import numpy as np

from llmstudio.config.dataset import ImportConfig
from llmstudio.data import sketch
from llmstudio.data.split import fraction
from llmstudio.data.wash import Batch, digest_of, wash

TEXTS = ["  Two  spaces ", "clean", "LOUD"]


def test_only_what_changed_comes_back() -> None:
    washed = wash(Batch(ImportConfig(whitespace=True), TEXTS))
    assert washed.texts == ["Two spaces", None, None]
    assert [(report.step, report.touched) for report in washed.reports] == [("whitespace", 1)]


def test_places_and_fingerprints_are_those_of_the_cleaned_text() -> None:
    washed = wash(Batch(ImportConfig(lowercase=True, seed=3, duplicates=True, near_duplicates=0.8), TEXTS))
    lower = [text.lower() for text in TEXTS]
    assert washed.fractions == [fraction(text, 3) for text in lower]
    assert washed.digests.tolist() == [digest_of(text) for text in lower]
    assert washed.slots is not None
    assert (washed.slots == sketch.slots_of(lower)).all()


def test_what_nobody_wants_is_not_worked_out() -> None:
    washed = wash(Batch(ImportConfig(), TEXTS))
    assert washed.texts == [None] * 3
    assert washed.slots is None
    assert not washed.digests.any()


def test_batches_travel_between_processes() -> None:
    batch = Batch(ImportConfig(near_duplicates=0.8), TEXTS)
    there = pickle.loads(pickle.dumps(batch))
    back = pickle.loads(pickle.dumps(wash(there)))
    slots = wash(batch).slots
    assert slots is not None
    assert np.array_equal(back.slots, slots)
