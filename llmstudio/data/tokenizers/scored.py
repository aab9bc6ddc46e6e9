"""Tokenizers of SentencePiece's kind (pieces with scores, bytes for the rest) as a tokenizer.json.

Kudo and Richardson 2018, "SentencePiece": neighbours are joined as long as together they are a piece, those whose
piece has the highest score first.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from llmstudio.data.tokenizers.common import special_token

SPACE = "\u2581"  # the sign for a space


class Piece(NamedTuple):
    """One piece, its score, and whether it is a mark (such as the beginning of a text) rather than text."""

    text: str
    score: float
    mark: bool = False


def to_json(pieces: Sequence[Piece], *, unknown: str, begin: str | None, spaced: bool = True) -> str:
    """The tokenizer.json of these pieces, the first of which has id 0.

    `begin` is put before a text by programs that ask for it; `spaced`: a text begins as if after a space.
    """
    vocabulary: dict[str, int] = {}
    for token, piece in enumerate(pieces):
        vocabulary.setdefault(piece.text, token)
    scores = {piece.text: piece.score for piece in reversed(pieces) if not piece.mark}
    model = {
        "type": "BPE",
        "dropout": None,
        "unk_token": unknown,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": True,
        "byte_fallback": True,
        "ignore_merges": False,
        "vocab": vocabulary,
        "merges": _merges(scores, vocabulary),
    }
    marks = [special_token(vocabulary[piece.text], piece.text) for piece in pieces if piece.mark]
    whole = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": marks,
        "normalizer": _normaliser(spaced),
        "pre_tokenizer": None,
        "post_processor": beginning(begin, vocabulary[begin]) if begin else None,
        "decoder": _decoder(spaced),
        "model": model,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _merges(scores: dict[str, float], vocabulary: dict[str, int]) -> list[tuple[str, str]]:
    pairs = []
    for piece, score in scores.items():
        for place in range(1, len(piece)):
            left, right = piece[:place], piece[place:]
            if left in scores and right in scores:
                pairs.append((-score, vocabulary[piece], -place, left, right))
    return [(left, right) for *_, left, right in sorted(pairs)]


def _normaliser(spaced: bool) -> dict[str, Any]:
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}
    before = [{"type": "Prepend", "prepend": SPACE}] if spaced else []
    return {"type": "Sequence", "normalizers": [*before, replace]}


def _decoder(spaced: bool) -> dict[str, Any]:
    back = {"type": "Replace", "pattern": {"String": SPACE}, "content": " "}
    after = [{"type": "Strip", "content": " ", "start": 1, "stop": 0}] if spaced else []
    return {"type": "Sequence", "decoders": [back, {"type": "ByteFallback"}, {"type": "Fuse"}, *after]}


def beginning(piece: str, token: int) -> dict[str, Any]:
    """The part of a tokenizer.json that puts a mark before each text."""

    def marked(letter: str, kind: int) -> list[dict[str, Any]]:
        mark = {"SpecialToken": {"id": piece, "type_id": kind}}
        return [mark, {"Sequence": {"id": letter, "type_id": kind}}]

    return {
        "type": "TemplateProcessing",
        "single": marked("A", 0),
        "pair": [*marked("A", 0), *marked("B", 1)],
        "special_tokens": {piece: {"id": piece, "ids": [token], "tokens": [piece]}},
    }
