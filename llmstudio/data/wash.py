"""What is done to a batch of documents by itself: cleaned, hashed and sketched. Runs in any process."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llmstudio.config.dataset import ImportConfig
from llmstudio.data import sketch
from llmstudio.data.clean.cleaner import Cleaner, Report
from llmstudio.data.sketch import Slots
from llmstudio.data.split import fraction


@dataclass(frozen=True)
class Batch:
    """Texts as they were read, and what shall be done to them."""

    config: ImportConfig
    texts: Sequence[str]


@dataclass(frozen=True)
class Washed:
    """What became of a batch: the cleaned texts (None: unchanged), their places in a split, their fingerprints."""

    texts: Sequence[str | None]
    reports: Sequence[Report]
    fractions: Sequence[float]
    digests: NDArray[np.uint64]
    slots: Slots | None


def wash(batch: Batch) -> Washed:
    """Clean, hash and sketch every text of a batch."""
    config, cleaner = batch.config, Cleaner(batch.config)
    texts = [cleaner.clean(text) for text in batch.texts]
    return Washed(
        [None if new is old or new == old else new for new, old in zip(texts, batch.texts, strict=True)],
        cleaner.reports,
        [fraction(text, config.seed) for text in texts],
        np.array([digest_of(text) for text in texts] if config.duplicates else [0] * len(texts), dtype=np.uint64),
        sketch.slots_of(texts) if config.near_duplicates else None,
    )


def digest_of(text: str) -> int:
    """64 bits of a text's hash."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
