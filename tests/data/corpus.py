"""Small datasets for tests, written by the same code as real ones."""

import hashlib
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from llmstudio.base import files
from llmstudio.config.tokenizer import TokenizerConfig
from llmstudio.data.documents import TEXT, Documents
from llmstudio.data.split import decide
from llmstudio.data.spool import Spool
from llmstudio.data.tokenizers import gpt2, train
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.data.tokenizers.bpe import BytePairTokenizer

SHARED_TEXTS = (
    "genesis_en_fr_de.tsv",
    "instruction-data.json",
    "instruction-data-with-preference.json",
    "rt_sentence_polarity.csv",
    "sms_spam_collection.tsv",
    "the-verdict.txt",
    "tinyshakespeare.txt",
    "tinystories_valid_excerpt.txt",
    "us_inaugural.jsonl",
    "wikitext2-test.txt",
    "wikitext2-valid.txt",
)


def make_dataset(
    folder: Path,
    texts: Sequence[str],
    by: Literal["auto", "document", "position"] = "document",
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1),
) -> Path:
    """A dataset folder with these documents; returns it."""
    spool = Spool(folder / "spool", seed=1)
    for text in texts:
        spool.add(text, source="test.txt")
    characters = np.frombuffer(spool.characters, dtype=np.int64)
    plan = decide(by, shares, np.frombuffer(spool.fractions), characters, tables=False)
    spool.write(folder, plan)
    spool.close()
    facts = Documents(folder).facts()
    manifest = {
        "id": folder.name,
        "title": folder.name,
        "created": "2026-01-01T00:00:00.000Z",
        **facts,
        "split": {"by": plan.by},
        "documents_sha256": hashlib.sha256((folder / TEXT).read_bytes()).hexdigest(),
    }
    files.write_json(folder / "dataset.json", manifest)
    return folder


@cache
def gpt2_tokenizer() -> BytePairTokenizer:
    """GPT-2's tokenizer, made once for all tests."""
    return gpt2.load()


@cache
def small_text() -> str:
    """Some 110,000 characters of names, numbers, dialogue and made-up words, the same every time."""
    luck = random.Random(3)
    sounds = [
        a + b for a in ("", *"bcdfghklmnprstvw", "th", "sch") for b in ("a", "e", "i", "o", "u", "ei", "an", "er")
    ]
    words = ["".join(luck.choices(sounds, k=luck.randint(1, 3))) for _ in range(900)]
    people, places = ("Ada", "Bruno", "Chloé", "Dmitri", "Efua"), ("the mill", "a harbour", "the old bridge", "Paris")
    deeds = ("walked to", "remembered", "painted", "couldn't find", "had never seen")
    lines = []
    for number in range(1200):
        tale = " ".join(luck.choices(words, weights=range(len(words), 0, -1), k=6))
        who, deed, where = luck.choice(people), luck.choice(deeds), luck.choice(places)
        lines.append(f'{who} {deed} {where}, {number} times: {tale}.\n"Why?" asked {luck.choice(people)}.')
    return "\n".join(lines)


@cache
def trained(kind: str, size: int = 700) -> Tokenizer:
    """A tokenizer of a kind learned from `small_text`, made once for all tests."""
    text = small_text()
    sections = [text[start : start + 5000] for start in range(0, len(text), 5000)]
    return train.train(TokenizerConfig(dataset="d", kind=kind), kind, size, sections, fit=True)  # type: ignore[arg-type]
