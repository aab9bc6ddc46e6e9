"""Sketches estimate the share of common runs of words, in any script, block by block or at once."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from llmstudio.data import sketch
from llmstudio.data.sketch import Bands, Sketch, bands_for


def words(luck: random.Random, number: int) -> list[str]:
    return [f"w{luck.randrange(3000)}" for _ in range(number)]


def runs(text: str) -> set[tuple[str, ...]]:
    """What the sketch is of, worked out the plain way."""
    found = text.lower().split()
    return {tuple(found[at : at + sketch.RUN]) for at in range(max(1, len(found) - sketch.RUN + 1))}


def jaccard(one: str, other: str) -> float:
    a, b = runs(one), runs(other)
    return len(a & b) / len(a | b)


def estimate(one: str, other: str) -> float:
    found = sketch.signature(sketch.slots_of([one, other]))
    return float(sketch.similarity(found[:1], found[1:])[0])


def hashes(text: str) -> list[int]:
    found: list[int] = sketch.run_hashes([text])[0].tolist()
    return found


@pytest.mark.parametrize("number", [12, 60, 400])
def test_the_estimate_is_unbiased_and_as_narrow_as_said(number: int) -> None:
    luck = random.Random(number)
    errors = []
    for _ in range(150):
        one = words(luck, number)
        other = list(one)
        for _ in range(luck.randint(0, max(1, number // 25))):
            other[luck.randrange(number)] = "changed"
        pair = " ".join(one), " ".join(other)
        errors.append(estimate(*pair) - jaccard(*pair))
    assert abs(np.mean(errors)) < 0.012
    assert np.sqrt(np.mean(np.square(errors))) < 0.055


def test_the_hashes_of_runs_are_equal_exactly_where_the_runs_are() -> None:
    luck = random.Random(1)
    texts = [" ".join(words(luck, luck.randint(1, 40))) for _ in range(200)]
    numbers, counts = sketch.run_hashes(texts)
    assert counts.tolist() == [max(1, len(text.split()) - 4) for text in texts]
    every = [
        run
        for text in texts
        for run in (lambda w: [tuple(w[i : i + 5]) for i in range(max(1, len(w) - 4))])(text.split())
    ]
    assert len(set(every)) == len(set(numbers.tolist()))
    assert len({(a, b) for a, b in zip(every, numbers.tolist(), strict=True)}) == len(set(every))


def test_texts_in_one_batch_do_not_touch_one_another() -> None:
    texts = [
        "a b c",
        "",
        "one two three four five six",
        "...",
        "漢字かな交じり文です",
        "Ελληνικά και ἄλλα πράγματα εδώ πάνω",
        "x",
    ]
    together = sketch.slots_of(texts)
    assert (together == np.concatenate([sketch.slots_of([text]) for text in texts])).all()
    assert (together[1] == sketch.EMPTY).all()
    assert (together[3] == sketch.EMPTY).all()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The quick brown fox jumps over it", "the QUICK, brown fox: jumps (over) it!"),
        ("Ça va très bien, merci à tous", "ÇA VA TRÈS BIEN merci À tous"),
        ("Ελληνικά Και Άλλα Πράγματα Εδώ", "ελληνικά και άλλα πράγματα εδώ"),
        ("日本語の文章です。", "日本語、の文章です"),
    ],
)
def test_case_and_punctuation_do_not_count(one: str, other: str) -> None:
    assert hashes(one) == hashes(other)


def test_scripts_without_spaces_are_taken_character_by_character() -> None:
    assert len(hashes("日本語の文章です")) == 4
    assert len(hashes("𠀀𠀁𠀂𠀃𠀄𠀅")) == 2
    assert len(hashes("한국어 문장 하나 둘 셋 넷")) == 2
    assert len(hashes("été\u0301 naïve l a b")) == 1


@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
@pytest.mark.parametrize(
    "text", ["", "a b", "a b c d e", " ".join(f"word{i}" for i in range(700)), "x" * 5000, "語" * 99]
)
def test_a_text_in_blocks_has_the_slots_of_the_whole(text: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    streamed = Sketch()
    for at in range(0, len(text), size):
        streamed.take(text[at : at + size])
    assert (streamed.finish() == sketch.slots_of([text])).all()


def test_a_text_longer_than_a_piece_is_sketched_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: Sequence[str] = ["short one", " ".join(f"word{i}" for i in range(900)), "another short text of some words"]
    whole = sketch.slots_of(texts)
    monkeypatch.setattr(sketch, "PIECE", 500)
    assert (sketch.slots_of(texts) == whole).all()


def test_bands_meet_as_the_formula_says() -> None:
    luck, bands = random.Random(4), Bands(8, 4)
    base = words(luck, 300)
    texts = []
    for _ in range(300):
        other = list(base)
        for at in luck.sample(range(300), 12):
            other[at] = f"x{luck.randrange(10**9)}"
        texts.append(" ".join(other))
    first = " ".join(base)
    keys = sketch.keys(sketch.slots_of([first, *texts]), bands)
    met = (keys[1:] == keys[0]).any(axis=1).mean()
    expected = np.mean([bands.chance(jaccard(first, text)) for text in texts])
    assert 0.2 < expected < 0.98
    assert abs(met - expected) < 0.08


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
def test_bands_for_a_threshold_miss_one_in_a_hundred_at_most(threshold: float) -> None:
    bands = bands_for(threshold)
    assert bands.bands * bands.rows <= sketch.SLOTS
    assert bands.chance(threshold) >= 0.99
    assert bands.chance(threshold / 3) < 0.3
