"""Writes the bundled sample: small stories of the town of Pell, the same with moods and topics, and questions with answers.

    python resources/samples/make_stories.py [FOLDER]

The output depends on the seed alone. The files are stories.jsonl.gz (one story a row, column "text"), moods.csv.gz (text, mood, topic)
and questions.jsonl.gz (instruction, input, output).
"""

import csv
import gzip
import hashlib
import io
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import plots_craft
import plots_kindness
import plots_loss
import plots_weather
from story_teller import Question, Story
from story_world import World

SEED = 20261121
STORIES = 2_560
ALIKE = 0.5  # a story that shares this part of its five-word sequences with an earlier one is not kept

TOPICS: dict[str, tuple[Callable[[Story], None], ...]] = {
    "lost and found": (plots_loss.lost, plots_loss.broken),
    "friendship": (plots_loss.quarrel, plots_kindness.share, plots_kindness.present),
    "helping": (plots_kindness.rescue, plots_kindness.ill, plots_kindness.stranger),
    "weather and fear": (plots_weather.storm, plots_weather.fear),
    "work and trade": (plots_craft.trade, plots_craft.making, plots_weather.garden),
    "honesty": (plots_loss.promise, plots_craft.prank),
    "contests and errands": (plots_craft.contest, plots_craft.message),
}


@dataclass(frozen=True)
class Told:
    """One finished story with its labels and questions."""

    text: str
    mood: str
    topic: str
    questions: tuple[Question, ...]


def sequences(text: str) -> frozenset[tuple[str, ...]]:
    """Every run of five words of a text."""
    words = text.split()
    return frozenset(zip(words, words[1:], words[2:], words[3:], words[4:], strict=False))


def _alike(new: frozenset[tuple[str, ...]], old: list[frozenset[tuple[str, ...]]]) -> bool:
    return any(len(new & other) > ALIKE * min(len(new), len(other)) for other in old)


def stories(count: int, seed: int) -> Iterator[Told]:
    """Tells `count` different stories; plots take turns, chance decides everything else."""
    world = World(Path(__file__).with_name("world.toml"))
    rng = random.Random(seed)
    plots = [(topic, plot) for topic, plots in TOPICS.items() for plot in plots]
    kept: dict[Callable[[Story], None], list[frozenset[tuple[str, ...]]]] = {plot: [] for _, plot in plots}
    told = 0
    while told < count:
        topic, plot = plots[int(rng.random() * len(plots))]
        story = Story(world, rng)
        plot(story)
        text = story.told()
        runs = sequences(text)
        if not _alike(runs, kept[plot]):
            kept[plot].append(runs)
            told += 1
            yield Told(text, story.mood, topic, tuple(story.questions))


def as_jsonl(rows: list[dict[str, str]]) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def files(count: int = STORIES, seed: int = SEED) -> dict[str, str]:
    """The three files by name, as text."""
    all_told = list(stories(count, seed))
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("text", "mood", "topic"))
    writer.writerows((told.text, told.mood, told.topic) for told in all_told)
    questions = [
        {"instruction": question.question, "input": told.text, "output": question.answer}
        for told in all_told[::2]
        for question in told.questions[:1]
    ]
    return {
        "stories.jsonl": as_jsonl([{"text": told.text} for told in all_told]),
        "moods.csv": table.getvalue(),
        "questions.jsonl": as_jsonl(questions),
    }


def main(folder: Path) -> None:
    """Writes the three files compressed, without a time stamp, and prints their hashes."""
    for name, text in files().items():
        raw = text.encode()
        (folder / f"{name}.gz").write_bytes(gzip.compress(raw, 9, mtime=0))
        print(f"{hashlib.sha256(raw).hexdigest()}  {name}  {len(raw):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
