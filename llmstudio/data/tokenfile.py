"""A split of a dataset as numbers: a flat file of ids that is mapped into memory, never read whole."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.base import files
from llmstudio.base.errors import UserError

INDEX = "tokens.json"
SPLITS = ("train", "val", "test")
_DAMAGED = "Encode the dataset again: delete this folder, then start the training anew."

TokenIds = NDArray[np.uint16] | NDArray[np.uint32]


def dtype_for(vocab_size: int) -> np.dtype[Any]:
    """The narrowest type that holds every id, little-endian on every machine."""
    return np.dtype("<u2" if vocab_size <= 1 << 16 else "<u4")


@dataclass(frozen=True)
class TokenFile:
    """The ids of one split (shape [tokens]) and what they stand for; `bytes` counts the text's UTF-8."""

    path: Path
    ids: TokenIds
    tokens: int
    documents: int
    characters: int
    bytes: int
    sha256: str

    @classmethod
    def open(cls, path: Path) -> "TokenFile":
        """Map a split's file such as train.bin as tokens.json beside it says. UserError if they disagree."""
        index = files.read_json(path.parent / INDEX)
        try:
            facts, dtype = index["splits"][path.stem], np.dtype(index["dtype"])
            counts = {key: int(facts[key]) for key in ("tokens", "documents", "characters", "bytes")}
            digest = str(facts["sha256"])
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"{path.parent / INDEX} is damaged.", _DAMAGED) from error
        return cls(path=path, ids=_map(path, dtype, counts["tokens"]), sha256=digest, **counts)


def _map(path: Path, dtype: np.dtype[Any], tokens: int) -> TokenIds:
    size = path.stat().st_size if path.is_file() else -1
    if size != tokens * dtype.itemsize:
        raise UserError(f"{path} is cut off or missing.", _DAMAGED)
    if tokens == 0:  # an empty file cannot be mapped
        return np.zeros(0, dtype=dtype)
    ids: TokenIds = np.memmap(path, dtype=dtype, mode="r", shape=(tokens,))
    return ids
