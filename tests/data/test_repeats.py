"""Looking for repeats tells what an import would leave out, and changes nothing."""

import random
from pathlib import Path

import pytest

from llmstudio.data import repeats
from tests.data.corpus import make_dataset


def tales(number: int, words: int = 60) -> list[str]:
    """Texts that have nothing in common."""
    luck = random.Random(5)
    return [" ".join(f"w{luck.randrange(10_000)}" for _ in range(words)) for _ in range(number)]


def test_a_few_texts_are_compared_at_once() -> None:
    stories = tales(3)
    assert repeats.among([*stories, f"{stories[1]} end", "", stories[0].upper()], 0.8) == [3, 5]
    assert repeats.among([], 0.8) == []


def test_a_dataset_is_looked_through_and_examples_are_shown(tmp_path: Path) -> None:
    stories = tales(6)
    texts = [*stories, stories[2], f"{stories[4]} and so on", f"{stories[4]} or not"]
    folder = make_dataset(tmp_path / "d", texts)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    seen: list[int] = []
    found = repeats.look(folder, tmp_path / "work", 0.8, progress=seen.append)
    assert (found["documents"], found["duplicates"], found["near_duplicates"], found["clusters"]) == (9, 1, 2, 1)
    example = found["examples"][0]
    assert (example["documents"], example["stays"]) == (3, stories[4][:240])
    assert example["goes"] == texts[7][:240]
    assert seen[-1] == sum(map(len, texts))
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_long_documents_are_looked_at_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long, other = tales(2, words=20_000)
    monkeypatch.setattr(repeats, "LONG", 20_000)
    folder = make_dataset(tmp_path / "d", ["short", long, "short", f"{long} end", other, long])
    found = repeats.look(folder, tmp_path / "work", 0.9)
    assert (found["documents"], found["duplicates"], found["near_duplicates"]) == (6, 2, 1)
