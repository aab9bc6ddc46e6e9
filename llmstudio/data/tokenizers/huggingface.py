"""Tokenizers that the `tokenizers` library runs: our Unigram and WordPiece, and any tokenizer.json from elsewhere."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import AddedToken
from tokenizers import Tokenizer as Engine

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers import bytelevel
from llmstudio.data.tokenizers.base import END, UNKNOWN, Ids, Span, clean
from llmstudio.data.tokenizers.common import CommonTokenizer

LARGEST_FILE = 256 * 1024 * 1024
LARGEST_VOCABULARY = 2_000_000
LONGEST_PATTERN = 10_000
ENDS = (END, "<|end_of_text|>", "</s>", "<eos>", "<|im_end|>", "[SEP]")
INSIDE = "\u21b3"  # marks WordPiece's pieces inside a word; not of the byte alphabet, so nothing is ambiguous
MODELS = ("BPE", "Unigram", "WordPiece", "WordLevel")
_SPELLED_BYTE = re.compile("<0x[0-9A-Fa-f]{2}>")
_HINT = "Choose a tokenizer.json that Hugging Face's tokenizers library wrote."


class HuggingFaceTokenizer(CommonTokenizer):
    """Runs a tokenizer.json. `kind` unigram and wordpiece are ours and lossless; huggingface is anybody's.

    `end_id` says which id closes a document; left open, a well-known name is looked for, or one is added.
    """

    def __init__(self, name: str, text: str, kind: str = "huggingface", *, end_id: int | None = None) -> None:
        self.kind = kind
        self._engine, self._whole = _engine(text, name)
        size = self._engine.get_vocab_size()
        end = end_id if end_id is not None and self._engine.id_to_token(end_id) else _end_id(self._engine)
        self.begin_id = _begin_id(self._engine)
        self._engine.encode_special_tokens = True  # a special token's name in a text stays text
        self._bytes = _piece_bytes(self._engine, self._whole)
        self._text = text if self._engine.get_vocab_size() == size else self._engine.to_str()
        added = self._engine.get_added_tokens_decoder().items()
        self._specials = {token.content: int(number) for number, token in added if token.special}
        self.byte_level = _is_byte_level(self._whole)
        self.lossless = self.byte_level and kind != "huggingface"
        super().__init__(name, len(self._bytes), end, self._engine.token_to_id(UNKNOWN))

    @property
    def sha256(self) -> str:
        return sha256(self._text.encode("utf-8")).hexdigest()

    def encode(self, text: str) -> list[int]:
        return self.encode_array(text).tolist()  # type: ignore[no-any-return]

    def encode_array(self, text: str) -> Ids:
        return self.encode_many([text])[0]

    def encode_many(self, texts: Sequence[str], threads: int = 1) -> list[Ids]:
        """As in the protocol; the library chooses its own threads."""
        with _told(self.name):
            found = self._engine.encode_batch_fast([clean(text) for text in texts], add_special_tokens=False)
        return [np.array(one.ids, dtype=np.uint32) for one in found]

    def token_bytes(self, token: int) -> bytes:
        """As in the protocol; b"" for a row that only fills up the model's embedding."""
        return self._bytes[token] if token < len(self._bytes) else b""

    def specials(self) -> dict[str, int]:
        return self._specials

    def decode(self, ids: Iterable[int]) -> str:
        if self.byte_level:
            return super().decode(ids)
        with _told(self.name):
            return str(self._engine.decode(list(ids), skip_special_tokens=False))

    def spans(self, text: str) -> list[Span]:
        if self.lossless:
            return super().spans(text)
        text = clean(text)
        with _told(self.name):
            found = self._engine.encode(text, add_special_tokens=False)
        places = [0]
        for character in text:
            places.append(places[-1] + len(character.encode("utf-8")))
        offsets = zip(found.ids, found.offsets, strict=True)
        return [Span(token, places[start], places[end]) for token, (start, end) in offsets]

    def cut(self, text: str) -> int:
        return bytelevel.cut(text) if self.lossless else 0

    def to_json(self) -> str:
        return self._text


@contextmanager
def _told(name: str) -> Iterator[None]:
    """A stranger's pattern that would take for ever makes the library panic, which is no Exception."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, Exception | KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise UserError(
            f"The tokenizer {name} cannot cut this text: its pattern for words is unsound.", _HINT
        ) from error


def from_file(path: Path, name: str = "") -> HuggingFaceTokenizer:
    """A tokenizer.json from elsewhere. UserError if it is too large, damaged, or not what its name says."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UserError(f"{path.name} is too large for a tokenizer.", _HINT)
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be read.", "Check that the file exists and may be read.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is no tokenizer: it is not UTF-8.", _HINT) from error
    return HuggingFaceTokenizer(name or path.stem, text)


def _engine(text: str, name: str) -> tuple[Engine, dict[str, Any]]:
    """The library's tokenizer and the parsed JSON, after checks that keep hostile files from costing memory."""
    try:
        whole = json.loads(text)
        _check(whole)
        engine = Engine.from_str(text)
    except UserError:
        raise
    except BaseException as error:  # the library panics with an exception that is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise UserError(f"The tokenizer {name} cannot be read: it is damaged or of an unknown form.", _HINT) from error
    engine.no_truncation()
    engine.no_padding()
    return engine, whole


def _check(whole: Any) -> None:
    model = whole.get("model") if isinstance(whole, dict) else None
    if not isinstance(model, dict) or model.get("type", "BPE") not in MODELS:
        raise UserError("This is no tokenizer: the part called model is missing or unknown.", _HINT)
    vocabulary = model.get("vocab")
    if not isinstance(vocabulary, dict | list) or not 0 < len(vocabulary) <= LARGEST_VOCABULARY:
        raise UserError(f"The tokenizer's vocabulary is empty or above {LARGEST_VOCABULARY:,} pieces.", _HINT)
    added = [entry["id"] for entry in whole.get("added_tokens") or []]
    ids = added + (list(vocabulary.values()) if isinstance(vocabulary, dict) else [])
    if not all(isinstance(token, int) and 0 <= token < LARGEST_VOCABULARY for token in ids):
        raise UserError("The tokenizer has ids that are no numbers or far too large.", _HINT)
    if any(len(pattern) > LONGEST_PATTERN for pattern in _patterns(whole)):
        raise UserError("The tokenizer's pattern for words is far too long.", _HINT)


def _patterns(value: Any) -> Iterable[str]:
    """Every regular expression in the parts beside the model."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Regex" and isinstance(inner, str):
                yield inner
            elif key != "model":
                yield from _patterns(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _patterns(inner)


def _end_id(engine: Engine) -> int:
    """The id that closes a document; it is added where the tokenizer has none."""
    for name in ENDS:
        token = engine.token_to_id(name)
        if token is not None:
            return int(token)
    engine.add_special_tokens([AddedToken(END, special=True, normalized=False)])
    return int(engine.get_vocab(with_added_tokens=True)[END])


def _begin_id(engine: Engine) -> int | None:
    """The mark that the tokenizer itself would put before a text."""
    try:
        marks = engine.encode("", add_special_tokens=True).ids
        text = engine.encode("", add_special_tokens=False).ids
    except BaseException as error:  # the library panics with an exception that is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return None
    return int(marks[0]) if len(marks) > len(text) else None


def _types(part: Any) -> set[str]:
    """The types of a decoder or pre-tokeniser and of all it is made of."""
    if isinstance(part, list):
        return {name for inner in part for name in _types(inner)}
    if not isinstance(part, dict):
        return set()
    inner = part.get("decoders") or part.get("pretokenizers")
    return {str(part.get("type"))} | (_types(inner) if inner else set())


def _is_byte_level(whole: dict[str, Any]) -> bool:
    return "ByteLevel" in _types(whole.get("decoder"))


def _piece_bytes(engine: Engine, whole: dict[str, Any]) -> list[bytes]:
    vocabulary: dict[str, int] = engine.get_vocab(with_added_tokens=True)
    added = {token.content for token in engine.get_added_tokens_decoder().values()}
    kinds = _types(whole.get("decoder"))
    pieces = [b""] * (max(vocabulary.values()) + 1)
    for piece, token in vocabulary.items():
        pieces[token] = piece.encode("utf-8") if piece in added else _bytes_of(piece, kinds)
    return pieces


def _bytes_of(piece: str, kinds: set[str]) -> bytes:
    """What a piece stands for, by the kinds of decoder its tokenizer has."""
    if "ByteLevel" in kinds:
        bare = piece.removeprefix(INSIDE)
        known = all(character in bytelevel.CHARACTER_TO_BYTE for character in bare)
        return bytelevel.to_bytes(bare) if known else piece.encode("utf-8")
    if _SPELLED_BYTE.fullmatch(piece):
        return bytes.fromhex(piece[3:5])
    if "WordPiece" in kinds:
        return (piece.removeprefix("##") if piece.startswith("##") else " " + piece).encode("utf-8")
    return piece.replace("\u2581", " ").encode("utf-8") if kinds else piece.encode("utf-8")
