"""Byte pair encoding: a list of merges over bytes, applied by tiktoken; trained ones and GPT-2 alike."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np
import tiktoken

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers import bytelevel
from llmstudio.data.tokenizers.base import END, Ids, clean
from llmstudio.data.tokenizers.common import CommonTokenizer, tokenizer_json

Merge = tuple[bytes, bytes]
TOGETHER = 1 << 17  # characters of short texts that are encoded in one call


class BytePairTokenizer(CommonTokenizer):
    """Ids as GPT-2 orders them: 256 bytes, then one id for each merge, then the end of a document.

    Every merge must make a new piece of two earlier ones; ValueError otherwise. Lossless for any text.
    """

    def __init__(self, name: str, merges: Sequence[Merge], kind: str = "bpe") -> None:
        self.kind = kind
        self.merges = list(merges)
        super().__init__(name, vocab_size=257 + len(self.merges), end_id=256 + len(self.merges))
        self.ranks = rank(self.merges)
        self._pieces = [*self.ranks, END.encode()]
        self._encoding = tiktoken.Encoding(
            name=name,
            pat_str=bytelevel.PATTERN,
            mergeable_ranks=self.ranks,
            special_tokens={END: self.end_id},
            explicit_n_vocab=self.vocab_size,
        )

    def encode(self, text: str) -> list[int]:
        ids: list[int] = []
        for section in bytelevel.sections(clean(text)):
            ids += self._encoding.encode_ordinary(section)
        return ids

    def encode_array(self, text: str) -> Ids:
        """As `encode`; the ids come as one block of memory, no list of numbers is made in between."""
        parts = [
            self._encoding.encode_to_numpy(section, allowed_special=set(), disallowed_special=())
            for section in bytelevel.sections(clean(text))
        ]
        return np.asarray(parts[0] if len(parts) == 1 else np.concatenate(parts), dtype=np.uint32)

    def encode_many(self, texts: Sequence[str], threads: int = 1) -> list[Ids]:
        """As in the protocol. Short texts go together: what a call costs besides its work is paid in turn."""
        groups = list(_groups(texts))
        if threads <= 1 or len(groups) <= 1:
            return [ids for group in groups for ids in self._encode_group(group)]
        with ThreadPoolExecutor(threads) as pool:
            return list(chain.from_iterable(pool.map(self._encode_group, groups)))

    def _encode_group(self, texts: Sequence[str]) -> list[Ids]:
        """The ids of short texts, encoded as one with the mark of a document's end after each."""
        if len(texts) == 1:
            return [self.encode_array(texts[0])]
        whole = END.join(texts)
        if whole.count(END) >= len(texts) or bytelevel.has_long_run(whole):  # a text holds the mark's own characters
            return [self.encode_array(text) for text in texts]
        ids = self._encoding.encode_to_numpy(clean(whole), allowed_special={END}, disallowed_special=())
        ends = np.flatnonzero(ids == self.end_id).tolist()
        return [ids[first:last] for first, last in zip([0, *(end + 1 for end in ends)], [*ends, len(ids)], strict=True)]

    def token_bytes(self, token: int) -> bytes:
        """As in the protocol; b"" for a row that only fills up the model's embedding."""
        return self._pieces[token] if token < len(self._pieces) else b""

    def cut(self, text: str) -> int:
        return bytelevel.cut(text)

    def to_json(self) -> str:
        model = {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {bytelevel.to_piece(piece): token for piece, token in self.ranks.items()},
            "merges": [[bytelevel.to_piece(part) for part in merge] for merge in self.merges],
        }
        return tokenizer_json(model, {END: self.end_id}, bytelevel.PRE_TOKENIZER, bytelevel.DECODER)


def _groups(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in order, about as many characters together as are worth a call."""
    first, size = 0, 0
    for number, text in enumerate(texts):
        size += len(text)
        if size >= TOGETHER:
            yield texts[first : number + 1]
            first, size = number + 1, 0
    if first < len(texts):
        yield texts[first:]


def rank(merges: Sequence[Merge]) -> dict[bytes, int]:
    """Each piece with its id, which is also its priority: the bytes first, then the merges in their order."""
    ranks = {bytes([byte]): token for token, byte in enumerate(bytelevel.BYTE_ORDER)}
    for left, right in merges:
        if left not in ranks or right not in ranks or left + right in ranks:
            raise ValueError(f"the merge of {left!r} and {right!r} does not fit the ones before it")
        ranks[left + right] = len(ranks)
    return ranks


def merges_of(model: dict[str, Any]) -> list[Merge]:
    """The merges in the `model` part of a tokenizer.json, in either of the two spellings in use."""
    pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in model["merges"]]
    return [(bytelevel.to_bytes(left), bytelevel.to_bytes(right)) for left, right in pairs]


def from_json(text: str, name: str, kind: str = "bpe") -> BytePairTokenizer:
    """Read back what `to_json` wrote. UserError if its parts do not fit together."""
    try:
        model = json.loads(text)["model"]
        tokenizer = BytePairTokenizer(name, merges_of(model), kind)
        ours = {bytelevel.to_piece(piece): token for piece, token in tokenizer.ranks.items()}
        if {piece: token for piece, token in model["vocab"].items() if piece != END} != ours:
            raise ValueError("vocabulary and merges differ")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"The tokenizer {name} is damaged.", "Train it again, or copy it anew.") from error
    return tokenizer
