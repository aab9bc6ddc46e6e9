"""One id for each character of a dataset: the smallest vocabulary that spells everything in it."""

import json
from collections.abc import Callable, Iterable
from itertools import accumulate

import numpy as np

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers.base import END, REPLACEMENT, UNKNOWN, Ids, Span, clean
from llmstudio.data.tokenizers.common import CommonTokenizer, tokenizer_json

NAME = "characters"
_CODES = 0x110000


class CharTokenizer(CommonTokenizer):
    """Characters in the order of their code points, then the end of a document, then the unknown character.

    A character that is not in the vocabulary becomes the unknown one and decodes to U+FFFD.
    """

    kind = "char"
    lossless = False

    def __init__(self, name: str, characters: Iterable[str]) -> None:
        self.characters = "".join(sorted(set(characters)))
        known = len(self.characters)
        super().__init__(name, vocab_size=known + 2, end_id=known, unknown_id=known + 1)
        self._bytes = [character.encode("utf-8") for character in self.characters]
        self._bytes += [END.encode(), REPLACEMENT.encode()]
        codes = np.array([ord(character) for character in self.characters], dtype=np.uint32)
        self._ids = np.full(_highest(codes) + 2, known + 1, dtype=np.uint32)
        self._ids[codes] = np.arange(known, dtype=np.uint32)

    def encode_array(self, text: str) -> Ids:
        codes = np.frombuffer(clean(text).encode("utf-32-le"), dtype="<u4")
        ids: Ids = self._ids[np.minimum(codes, len(self._ids) - 1)]
        return ids

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self.encode_array(text).tolist()
        return ids

    def token_bytes(self, token: int) -> bytes:
        return self._bytes[token]

    def spans(self, text: str) -> list[Span]:
        text = clean(text)
        ends = list(accumulate(len(character.encode("utf-8")) for character in text))
        return [Span(*span) for span in zip(self.encode(text), [0, *ends], ends, strict=False)]

    def cut(self, text: str) -> int:
        return len(text)

    def to_json(self) -> str:
        vocabulary = {character: token for token, character in enumerate(self.characters)}
        specials = {END: self.end_id, UNKNOWN: self.vocab_size - 1}
        model = {"type": "WordLevel", "vocab": {**vocabulary, **specials}, "unk_token": UNKNOWN}
        pattern = {"Regex": r"[\s\S]"}
        pre = {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}
        return tokenizer_json(model, specials, pre, {"type": "Fuse"})


def _highest(codes: Ids) -> int:
    return int(codes.max()) if len(codes) else 0


def from_documents(
    documents: Iterable[Iterable[str]], name: str, check: Callable[[], None] = lambda: None
) -> CharTokenizer:
    """The tokenizer of all characters in `documents`, each given as parts. UserError if there are none.

    `check` is called once per part and may raise to stop.
    """
    seen = np.zeros(_CODES, dtype=bool)
    for document in documents:
        for part in document:
            check()
            seen[np.frombuffer(clean(part).encode("utf-32-le"), dtype="<u4")] = True
    characters = [chr(code) for code in np.flatnonzero(seen)]
    if not characters:
        raise UserError("The dataset has no characters.", "Import a text that is not empty.", field="dataset")
    return CharTokenizer(name, characters)


def from_json(text: str, name: str) -> CharTokenizer:
    """Read back what `to_json` wrote."""
    vocabulary = json.loads(text)["model"]["vocab"]
    return CharTokenizer(name, (piece for piece in vocabulary if len(piece) == 1))
