"""The tokenizer inside a GGUF file, as the tokenizer.json that runs it, and the template of its conversations.

Two kinds are known: byte pairs over GPT-2's byte alphabet ("gpt2"), and SentencePiece's pairs with a score for each
piece and bytes for what it never saw ("llama").
"""

import json
from dataclasses import dataclass
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers import bytelevel, scored
from llmstudio.data.tokenizers.base import UNKNOWN
from llmstudio.data.tokenizers.common import special_token
from llmstudio.data.tokenizers.huggingface import ENDS
from llmstudio.data.tokenizers.scored import Piece
from llmstudio.engine.convert import gguf_words
from llmstudio.engine.convert.gguf_header import Header, damaged

NORMAL, UNKNOWN_TYPE, CONTROL, OWN, UNUSED, BYTE = range(1, 7)
LONGEST_TEMPLATE = 64 * 1024
LONGEST_JOINED = 256  # characters of a piece that is made of others
KINDS = {"gpt2": "byte pairs", "llama": "SentencePiece"}
_HINT = "Choose a model of the families GPT-2, Llama, Mistral, Qwen2 or Qwen3."


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer.json, which id closes a document (None: to be found by its name), and what a reader should know."""

    json: str
    end_id: int | None
    notes: list[str]


def filler(token: int) -> str:
    """What stands in GGUF's list for a row of the embedding that no piece uses."""
    return f"[PAD{token}]"


def read(header: Header, rows: int) -> Vocabulary | None:
    """The tokenizer of a model with `rows` rows in its embedding; None where the file has none.

    UserError where it is damaged, of an unknown kind, or does not fit the model.
    """
    kind = header.text("tokenizer.ggml.model", "none")
    if kind in ("none", "no_vocab"):
        return None
    if kind not in KINDS:
        shown = ascii(kind)[1:-1][:30]
        raise UserError(f"{header.path.name} has a tokenizer of the unknown kind {shown}.", _HINT)
    tokens = header.texts("tokenizer.ggml.tokens")
    if not 0 < len(tokens) <= rows:
        raise damaged(header.path, f"its tokenizer has {len(tokens):,} pieces, its embedding {rows:,} rows")
    types = _types(header, len(tokens))
    while len(tokens) > 1 and types[len(tokens) - 1] == UNUSED and tokens[-1] == filler(len(tokens) - 1):
        tokens = tokens[:-1]
    part = _byte_pairs if kind == "gpt2" else _pieces
    whole, notes = part(header, tokens, types[: len(tokens)])
    whole["added_tokens"] = _added(tokens, types)
    whole["post_processor"] = _beginning(header, tokens, default=kind == "llama")
    return Vocabulary(json.dumps(whole, ensure_ascii=False, separators=(",", ":")), _end_id(header, tokens), notes)


def _end_id(header: Header, tokens: list[str]) -> int | None:
    """A chat model's end is that of a turn; what closes a document goes by one of the well-known names then."""
    named = any(name in tokens for name in ENDS) and header.text("tokenizer.chat_template")
    return None if named or token_of(header, "eos", tokens) is None else header.whole("tokenizer.ggml.eos_token_id")


def _types(header: Header, count: int) -> list[int]:
    types = header.numbers("tokenizer.ggml.token_type")
    if types is None:
        return [NORMAL] * count
    if len(types) != count or types.dtype.kind not in "iu":
        raise damaged(header.path, f"its tokenizer has {count:,} pieces and {len(types):,} kinds of them")
    return [int(number) for number in types]


def _added(tokens: list[str], types: list[int]) -> list[dict[str, Any]]:
    found = []
    for token, (piece, kind) in enumerate(zip(tokens, types, strict=False)):
        if piece and kind in (CONTROL, OWN, UNKNOWN_TYPE):
            found.append({**special_token(token, piece), "special": kind != OWN})
    return found


def _table(tokens: list[str]) -> dict[str, int]:
    """Each piece with its id; of pieces that stand there twice, the first."""
    table: dict[str, int] = {}
    for token, piece in enumerate(tokens):
        table.setdefault(piece, token)
    return table


def _whole(model: dict[str, Any], **parts: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor"))
    return {"version": "1.0", **empty, **parts, "model": model}


def _model(vocab: dict[str, int], merges: list[tuple[str, str]], **changes: Any) -> dict[str, Any]:
    plain = {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
    }
    return {**plain, **changes, "vocab": vocab, "merges": merges}


# --- byte pairs -----------------------------------------------------------------------------------


def _byte_pairs(header: Header, tokens: list[str], types: list[int]) -> tuple[dict[str, Any], list[str]]:
    said = header.text("tokenizer.ggml.pre", "gpt-2")
    name = gguf_words.ALIASES.get(said, said)
    notes = []
    if name == "default":
        name, notes = "gpt-2", ["The file does not say how its tokenizer cuts words: it is taken for GPT-2's way."]
    if name not in gguf_words.CUTS:
        shown = ascii(said)[1:-1][:30]
        raise UserError(f"{header.path.name} cuts words in the unknown way {shown}.", _HINT)
    lines = header.texts("tokenizer.ggml.merges")
    if characters(tokens, types):
        return _characters(tokens, types), notes
    vocab = _table(tokens)
    merges = [_pair(line) for line in lines]
    strange = [pair for pair in merges if not (vocab.keys() >= {*pair, "".join(pair)})]
    if strange:
        raise damaged(header.path, f"its tokenizer joins pieces it does not have: {ascii(' '.join(strange[0]))[:60]}")
    model = _model(vocab, merges, ignore_merges=name in gguf_words.WHOLE_WORDS)
    normaliser = {"type": "NFC"} if name in gguf_words.NORMALISED else None
    cuts = gguf_words.CUTS[name]
    return _whole(model, normalizer=normaliser, pre_tokenizer=cuts, decoder=bytelevel.DECODER), notes


def _pair(line: str) -> tuple[str, str]:
    place = line.find(" ", 1)
    return (line[:place], line[place + 1 :]) if place > 0 else (line, "")


def characters(tokens: list[str], types: list[int]) -> bool:
    """Whether every ordinary piece is one whole character, as in a tokenizer of characters."""
    plain = [piece for piece, kind in zip(tokens, types, strict=False) if kind == NORMAL]
    return bool(plain) and all(len(character(piece) or "") == 1 for piece in plain)


def character(piece: str) -> str | None:
    """The text of a piece in the byte alphabet; None where it is none."""
    try:
        return bytelevel.to_bytes(piece).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return None


def _characters(tokens: list[str], types: list[int]) -> dict[str, Any]:
    plain = [kind == NORMAL for kind in types]
    vocab = _table([character(piece) or piece if own else piece for piece, own in zip(tokens, plain, strict=True)])
    model: dict[str, Any] = {"type": "WordLevel", "vocab": vocab, "unk_token": UNKNOWN}
    split = {"type": "Split", "pattern": {"Regex": r"[\s\S]"}, "behavior": "Isolated", "invert": False}
    return _whole(model, pre_tokenizer=split, decoder={"type": "Fuse"})


# --- SentencePiece --------------------------------------------------------------------------------


def _pieces(header: Header, tokens: list[str], types: list[int]) -> tuple[dict[str, Any], list[str]]:
    scores = header.numbers("tokenizer.ggml.scores")
    if scores is None or len(scores) != len(header.texts("tokenizer.ggml.tokens")):
        raise damaged(header.path, "its tokenizer has no score for each piece")
    unknown = next((piece for piece, kind in zip(tokens, types, strict=False) if kind == UNKNOWN_TYPE), None)
    rows = zip(tokens, scores, types, strict=False)
    pieces = [Piece(piece, float(score), not _joins(piece, kind)) for piece, score, kind in rows]
    spaced = header.flag("tokenizer.ggml.add_space_prefix", True)
    whole: dict[str, Any] = json.loads(scored.to_json(pieces, unknown="", begin=None, spaced=spaced))
    whole["model"]["unk_token"] = unknown
    return whole, []


def _joins(piece: str, kind: int) -> bool:
    """Whether a piece takes part in the joining of neighbours."""
    return kind in (NORMAL, UNUSED) and len(piece) <= LONGEST_JOINED


def _beginning(header: Header, tokens: list[str], *, default: bool) -> dict[str, Any] | None:
    """What puts the sign of a beginning before a text, for programs that ask their tokenizer to."""
    if not header.flag("tokenizer.ggml.add_bos_token", default):
        return None
    piece = token_of(header, "bos", tokens)
    if piece is None:
        return None
    return scored.beginning(piece, header.whole("tokenizer.ggml.bos_token_id"))


def token_of(header: Header, role: str, tokens: list[str]) -> str | None:
    """The piece that has a role ("bos", "eos", "eot"); None where there is none."""
    key = f"tokenizer.ggml.{role}_token_id"
    if key not in header.values:
        return None
    token = header.whole(key)
    return tokens[token] if 0 <= token < len(tokens) and tokens[token] else None


def chat(header: Header) -> dict[str, Any] | None:
    """How a conversation is written for this model, as the manifest keeps it; None for a model without a template."""
    source = header.text("tokenizer.chat_template")
    if not source.strip() or len(source.encode("utf-8", "replace")) > LONGEST_TEMPLATE:
        return None
    tokens = header.texts("tokenizer.ggml.tokens")
    ends = [token_of(header, role, tokens) for role in ("eos", "eot")]
    told: dict[str, Any] = {"template": "jinja", "source": source, "end": list(dict.fromkeys(filter(None, ends)))}
    begin = token_of(header, "bos", tokens)
    return {**told, "bos": begin} if begin and "bos_token" in source else told
