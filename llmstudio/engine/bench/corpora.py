"""Text to measure with, as much of it as one likes: sentences of the bundled stories, shuffled into new documents."""

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from llmstudio.base import paths
from llmstudio.base.disk import DISK

SAMPLE = "samples/stories.jsonl.gz"
SENTENCES = 24  # of a document: about two thousand characters
BLOCK = 1 << 20


def sentences() -> list[str]:
    """The sentences of the bundled stories."""
    lines = gzip.decompress(paths.resource(SAMPLE).read_bytes()).decode("utf-8").splitlines()
    text = " ".join(str(json.loads(line)["text"]) for line in lines)
    return re.findall(r"[^.!?]+[.!?]+", text)


def documents(size: int, seed: int = 0) -> Iterator[str]:
    """Documents of about `size` bytes together; the same seed gives the same ones."""
    chance, known, made = random.Random(seed), sentences(), 0  # noqa: S311 - nothing secret
    while made < size:
        text = f"Story {made}." + "".join(chance.choices(known, k=SENTENCES))
        made += len(text)
        yield text


def write(path: Path, size: int, check: Callable[[], None] = lambda: None, seed: int = 0) -> int:
    """A JSON Lines file of such documents, `size` bytes or a little more; returns its size."""
    descriptor = DISK.create(path)
    block = bytearray()
    try:
        for text in documents(size, seed):
            block += json.dumps({"text": text}).encode() + b"\n"
            if len(block) >= BLOCK:
                check()
                DISK.write(descriptor, bytes(block))
                block.clear()
        DISK.write(descriptor, bytes(block))
    finally:
        DISK.close(descriptor)
    return path.stat().st_size


def copy(source: Path, target: Path) -> None:
    """Read a file and write it again, down to the disk: the least that keeping a copy of it takes."""
    descriptor = DISK.create(target)
    try:
        with source.open("rb") as file:
            while block := file.read(BLOCK):
                DISK.write(descriptor, block)
        DISK.fsync(descriptor)
    finally:
        DISK.close(descriptor)
