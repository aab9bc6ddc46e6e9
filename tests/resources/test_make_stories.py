"""The bundled sample: its generator makes exactly what is shipped, and it is fit to be learnt from."""

import csv
import gzip
import io
import json
import lzma
import re
import sys
import zlib
from types import ModuleType

import numpy as np
import pytest

from llmstudio.base.paths import resource

NAMES = ("stories.jsonl", "moods.csv", "questions.jsonl")


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    sys.path.insert(0, str(resource("samples")))
    try:
        import make_stories  # a script among the resources, not a module of the package

        return make_stories
    finally:
        sys.path.pop(0)


def shipped(name: str) -> str:
    return gzip.decompress(resource(f"samples/{name}.gz").read_bytes()).decode()


@pytest.fixture(scope="module")
def stories() -> list[str]:
    return [json.loads(line)["text"] for line in shipped("stories.jsonl").splitlines()]


def test_generator_makes_what_is_shipped(generator: ModuleType) -> None:
    made = generator.files()
    assert set(made) == set(NAMES)
    for name in NAMES:
        assert made[name] == shipped(name), name


def test_another_seed_makes_other_stories(generator: ModuleType) -> None:
    assert generator.files(20, 1) != generator.files(20, 2)


def test_size_words_and_compression(stories: list[str]) -> None:
    text = "\n\n".join(stories)
    assert 1_900_000 <= len(text.encode()) <= 2_200_000
    assert len(set(re.findall(r"[a-z]+", text.lower()))) >= 1_500
    left = len(lzma.compress(text.encode(), preset=9)) / len(text.encode())
    assert 0.08 <= left <= 0.16


def test_no_two_stories_are_alike(stories: list[str]) -> None:
    assert len(set(stories)) == len(stories)
    # Runs of five words as hashed bits; a collision can only make two stories look more alike than they are.
    bits = np.zeros((len(stories), 8192), np.float32)
    for row, story in enumerate(stories):
        words = story.lower().split()
        for start in range(len(words) - 4):
            bits[row, zlib.crc32(" ".join(words[start : start + 5]).encode()) % 8192] = 1
    shared = bits @ bits.T
    counts = bits.sum(axis=1)
    union = counts[:, None] + counts[None, :] - shared
    np.fill_diagonal(shared, 0)
    assert (shared / union).max() < 0.5


def test_stories_are_clean_prose(stories: list[str]) -> None:
    for story in stories:
        assert "{" not in story
        assert "[" not in story
        assert "|" not in story
        assert "  " not in story
        assert " ." not in story
        assert ".." not in story
        assert story.count('"') % 2 == 0
        assert story[0].isupper()
        assert story[-1] == "."
        assert set(re.findall(r"\b([a-z]+) \1\b", story.lower())) <= {"had", "that"}


def test_moods_and_topics_are_labelled() -> None:
    rows = list(csv.DictReader(io.StringIO(shipped("moods.csv"))))
    moods = {row["mood"] for row in rows}
    assert moods == {"happy", "proud", "thankful", "sorry", "sad", "angry"}
    assert len({row["topic"] for row in rows}) == 7
    for label in moods:
        assert sum(row["mood"] == label for row in rows) >= 80


def test_answers_follow_from_their_story() -> None:
    rows = [json.loads(line) for line in shipped("questions.jsonl").splitlines()]
    assert len(rows) >= 1_000
    found = 0
    for row in rows:
        assert row["instruction"].endswith("?")
        words = re.findall(r"[a-z]+", row["output"].lower())
        told = set(re.findall(r"[a-z]+", row["input"].lower()))
        found += all(word in told or word in ("because", "no", "of", "to", "a", "the", "other") for word in words)
    assert found >= 0.98 * len(rows)
