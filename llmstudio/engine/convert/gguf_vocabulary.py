"""Our tokenizers as the values a GGUF file keeps: the way back of `gguf_tokenizer`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers import bytelevel
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine.convert import gguf_words
from llmstudio.engine.convert.gguf_tokenizer import BYTE, CONTROL, NORMAL, OWN, UNKNOWN_TYPE, UNUSED, filler

_HINT = "Export it as a Hugging Face folder, which holds any tokenizer."
_PREFIX = "tokenizer.ggml."


def values(tokenizer: Tokenizer, rows: int, chat: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """GGUF's values for a tokenizer of a model whose embedding has `rows` rows.

    UserError for a tokenizer that GGUF has no place for.
    """
    whole = json.loads(tokenizer.to_json())
    model = whole.get("model", {})
    kind = model.get("type", "BPE")
    if kind == "WordLevel" and tokenizer.kind in ("char", "huggingface"):
        found = _characters(whole, rows)
    elif kind == "BPE" and model.get("byte_fallback"):
        found = _pieces(whole, rows)
    elif kind == "BPE" and "ByteLevel" in json.dumps(whole.get("decoder")):
        found = _byte_pairs(whole, rows)
    else:
        raise _no_place(f"of kind {tokenizer.kind if tokenizer.kind != 'huggingface' else kind}")
    roles = _roles(tokenizer, chat or {}, pairs=found["model"] == "gpt2")
    return {_PREFIX + key: value for key, value in {**found, **roles}.items()}


def _no_place(which: str) -> UserError:
    return UserError(f"GGUF has no place for a tokenizer {which}.", _HINT, field="format")


def _listed(whole: dict[str, Any], rows: int, spell: Any = str) -> tuple[list[str], list[int]]:
    """Every row's piece and what kind of piece it is; rows without one get a filler."""
    tokens, types = [filler(row) for row in range(rows)], [UNUSED] * rows
    for piece, token in whole["model"]["vocab"].items():
        tokens[token], types[token] = spell(piece), UNUSED if piece == filler(token) else NORMAL
    for added in whole.get("added_tokens") or []:
        tokens[added["id"]] = added["content"]
        types[added["id"]] = CONTROL if added.get("special") else OWN
    return tokens, types


def _byte_pairs(whole: dict[str, Any], rows: int) -> dict[str, Any]:
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in whole["model"]["merges"]]
    cuts = gguf_words.name_of(whole.get("pre_tokenizer"))
    if cuts is None and merges:  # without merges every word falls into bytes, however words are cut
        raise _no_place("that cuts words in this way")
    tokens, types = _listed(whole, rows)
    kinds = np.array(types, dtype="<i4")
    return {"model": "gpt2", "pre": cuts or "gpt-2", "tokens": tokens, "token_type": kinds, "merges": merges}


def _characters(whole: dict[str, Any], rows: int) -> dict[str, Any]:
    """A tokenizer of characters as byte pairs: each character is joined from its bytes."""
    vocab = whole["model"]["vocab"]
    added = {entry["content"] for entry in whole.get("added_tokens") or []}
    letters = [piece for piece in vocab if piece not in added]
    if any(len(letter) != 1 for letter in letters):
        raise _no_place("of words")
    spelled = {piece: _spelled(piece) if piece not in added else piece for piece in vocab}
    tokens, types = _listed(whole, rows, lambda piece: spelled[piece])
    kinds = np.array(types, dtype="<i4")
    merges = list(dict.fromkeys(_joints(spelled[letter] for letter in letters)))
    return {"model": "gpt2", "pre": "gpt-2", "tokens": tokens, "token_type": kinds, "merges": merges}


def _spelled(text: str) -> str:
    return bytelevel.to_piece(text.encode("utf-8"))


def _joints(pieces: Iterable[str]) -> Iterable[str]:
    for piece in pieces:
        for place in range(1, len(piece)):
            yield f"{piece[:place]} {piece[place]}"


def _pieces(whole: dict[str, Any], rows: int) -> dict[str, Any]:
    """SentencePiece's kind: the earlier a piece is made, the higher its score."""
    model = whole["model"]
    tokens, types = _listed(whole, rows)
    pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in model["merges"]]
    made = dict.fromkeys("".join(pair) for pair in pairs)
    order = {piece: number for number, piece in enumerate(made)}
    scores = np.zeros(rows, dtype="<f4")
    later = len(order)
    for token, (piece, kind) in enumerate(zip(tokens, types, strict=True)):
        if kind != NORMAL:
            continue
        if len(piece) == 6 and piece.startswith("<0x"):
            types[token] = BYTE
        elif piece == model.get("unk_token"):
            types[token] = UNKNOWN_TYPE
        elif piece in order:
            scores[token] = -order[piece] - 1
        else:
            later += 1
            scores[token] = -later
    return {
        "model": "llama",
        "pre": "default",
        "tokens": tokens,
        "scores": scores,
        "token_type": np.array(_unknown(tokens, types, model.get("unk_token")), dtype="<i4"),
        "add_space_prefix": _spaced(whole),
    }


def _unknown(tokens: list[str], types: list[int], unknown: str | None) -> list[int]:
    return [UNKNOWN_TYPE if piece == unknown else kind for piece, kind in zip(tokens, types, strict=True)]


def _spaced(whole: dict[str, Any]) -> bool:
    """Whether a text is read as if a space stood before it."""
    if '"Prepend"' in json.dumps(whole.get("normalizer")):
        return True
    cut = whole.get("pre_tokenizer") or {}
    return cut.get("type") == "Metaspace" and cut.get("prepend_scheme", "always") != "never"


def _roles(tokenizer: Tokenizer, chat: Mapping[str, Any], *, pairs: bool) -> dict[str, Any]:
    """Which pieces begin and end a text, or a turn of a conversation."""
    ends = [token for token in map(tokenizer.special, chat.get("end") or ()) if token is not None]
    ends = list(dict.fromkeys(ends)) or [tokenizer.end_id]
    begin = tokenizer.begin_id
    told = tokenizer.special(str(chat.get("bos") or ""))
    first = next((token for token in (begin, told, tokenizer.end_id if pairs else None) if token is not None), None)
    found: dict[str, Any] = {} if first is None else {"bos_token_id": first}
    found["eos_token_id"] = ends[0]
    if len(ends) > 1:
        found["eot_token_id"] = ends[1]
    if tokenizer.unknown_id is not None and not pairs:
        found["unknown_token_id"] = tokenizer.unknown_id
    return {**found, "add_bos_token": begin is not None}
