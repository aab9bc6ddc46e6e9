"""Pieces with scores: the library joins them as SentencePiece would."""

import json
import random
from itertools import pairwise

import tokenizers

from llmstudio.data.tokenizers.huggingface import HuggingFaceTokenizer
from llmstudio.data.tokenizers.scored import SPACE, Piece, to_json

WORDS = ["the", "cat", "sat", "that", "hat", "ate", "tea", "a", "at"]


def pieces() -> list[Piece]:
    """Marks, bytes, letters, and pieces of two to four letters with scores in an order of their own."""
    chance = random.Random(3)
    found = [Piece("<unk>", 0, True), Piece("<s>", 0, True), Piece("</s>", 0, True)]
    found += [Piece(f"<0x{byte:02X}>", 0) for byte in range(256)]
    longer = {SPACE + word[:size] for word in WORDS for size in range(1, len(word) + 1)}
    longer |= {word[a:b] for word in WORDS for a in range(len(word)) for b in range(a + 2, len(word) + 1)}
    scores = list(range(len(longer)))
    chance.shuffle(scores)
    found += [Piece(text, -score - 1) for text, score in zip(sorted(longer), scores, strict=True)]
    return found + [Piece(letter, -1000) for letter in sorted({SPACE, *"".join(WORDS)})]


def joined(text: str, scores: dict[str, float]) -> list[str]:
    """What SentencePiece does: join the neighbours whose piece has the highest score, the leftmost first."""
    parts = list(SPACE + text.replace(" ", SPACE))
    while True:
        pairs = [(scores.get(a + b), -at) for at, (a, b) in enumerate(pairwise(parts))]
        known = [(score, at) for score, at in pairs if score is not None]
        if not known:
            return parts
        at = -max(known)[1]
        parts[at : at + 2] = [parts[at] + parts[at + 1]]


def test_texts_are_cut_as_sentencepiece_cuts_them() -> None:
    tokenizer = HuggingFaceTokenizer("scored", to_json(pieces(), unknown="<unk>", begin="<s>"))
    scores = {piece.text: piece.score for piece in pieces() if not piece.mark}
    names = [piece.text for piece in pieces()]
    chance = random.Random(4)
    for _ in range(300):
        text = " ".join(chance.choices(WORDS, k=chance.randint(1, 8)))
        assert [names[token] for token in tokenizer.encode(text)] == joined(text, scores)


def test_what_is_no_piece_is_spelled_in_bytes() -> None:
    tokenizer = HuggingFaceTokenizer("scored", to_json(pieces(), unknown="<unk>", begin="<s>"))
    ids = tokenizer.encode("the \u6f22 cat")
    assert tokenizer.decode(ids) == "the \u6f22 cat"
    assert b"".join(map(tokenizer.token_bytes, ids)) == " the \u6f22 cat".encode()


def test_a_beginning_is_put_before_a_text_where_asked() -> None:
    text = to_json(pieces(), unknown="<unk>", begin="<s>")
    engine = tokenizers.Tokenizer.from_str(text)
    assert engine.encode("the").tokens[0] == "<s>"
    assert HuggingFaceTokenizer("scored", text).begin_id == 1
    assert json.loads(to_json(pieces(), unknown="<unk>", begin=None))["post_processor"] is None
