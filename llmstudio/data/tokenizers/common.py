"""What most tokenizers do alike, so that each one only says how it cuts text."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from llmstudio.base import files
from llmstudio.data.tokenizers.base import END, STUDIO_FILE, TOKENIZER_FILE, UNKNOWN, Ids, Span, clean


class CommonTokenizer(ABC):
    """Base of our tokenizers; the members are described in `base.Tokenizer`."""

    kind: str
    lossless = True
    begin_id: int | None = None

    def __init__(self, name: str, vocab_size: int, end_id: int, unknown_id: int | None = None) -> None:
        self.name = name
        self.vocab_size = vocab_size
        self.end_id = end_id
        self.unknown_id = unknown_id

    @abstractmethod
    def encode(self, text: str) -> list[int]: ...

    @abstractmethod
    def token_bytes(self, token: int) -> bytes: ...

    @abstractmethod
    def to_json(self) -> str: ...

    @abstractmethod
    def cut(self, text: str) -> int: ...

    @cached_property
    def sha256(self) -> str:
        return sha256(self.to_json().encode("utf-8")).hexdigest()

    def encode_array(self, text: str) -> Ids:
        """As `encode`, as an array; faster for some kinds."""
        return np.array(self.encode(text), dtype=np.uint32)

    def encode_many(self, texts: Sequence[str], threads: int = 1) -> list[Ids]:
        if threads <= 1 or len(texts) <= 1:
            return [self.encode_array(text) for text in texts]
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(self.encode_array, texts))

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        return b"".join(map(self.token_bytes, ids))

    def decode(self, ids: Iterable[int]) -> str:
        return self.decode_bytes(ids).decode("utf-8", "replace")

    def special(self, name: str) -> int | None:
        return self.specials().get(name)

    def specials(self) -> dict[str, int]:
        unknown = {} if self.unknown_id is None else {UNKNOWN: self.unknown_id}
        return {END: self.end_id, **unknown}

    def spans(self, text: str) -> list[Span]:
        ids = self.encode(clean(text))
        ends = list(accumulate(len(self.token_bytes(token)) for token in ids))
        return [Span(*span) for span in zip(ids, [0, *ends[:-1]], ends, strict=True)] if ids else []

    def save(self, folder: Path) -> None:
        files.write_text(folder / TOKENIZER_FILE, self.to_json())
        files.write_json(folder / STUDIO_FILE, self.facts())

    def facts(self) -> dict[str, Any]:
        """What studio_tokenizer.json says beside the tokenizer itself."""
        return {
            "schema": 1,
            "kind": self.kind,
            "name": self.name,
            "vocab_size": self.vocab_size,
            "end_id": self.end_id,
            "unknown_id": self.unknown_id,
            "sha256": self.sha256,
        }


def special_token(token: int, content: str) -> dict[str, Any]:
    """An entry of `added_tokens` in tokenizer.json."""
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {"id": token, "content": content, **flags, "special": True}


def tokenizer_json(model: dict[str, Any], specials: dict[str, int], pre: Any, decoder: Any) -> str:
    """A whole tokenizer.json without normaliser or template, as text that is the same every time."""
    whole = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [special_token(token, content) for content, token in specials.items()],
        "normalizer": None,
        "pre_tokenizer": pre,
        "post_processor": None,
        "decoder": decoder,
        "model": model,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
