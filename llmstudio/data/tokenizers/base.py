"""What every tokenizer can do, and the two words all of them share. It knows no particular tokenizer."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

END = "<|endoftext|>"  # closes a document; text that happens to hold these characters stays text
UNKNOWN = "<|unknown|>"  # stands for what a character or word tokenizer never saw
REPLACEMENT = "\ufffd"
TOKENIZER_FILE = "tokenizer.json"
STUDIO_FILE = "studio_tokenizer.json"

Ids = NDArray[np.uint32]


class Span(NamedTuple):
    """One token of a text and the bytes of the text's UTF-8 that it stands for (end exclusive)."""

    id: int
    start: int
    end: int


class Tokenizer(Protocol):
    """Text to numbers and back.

    `kind` is one of gpt2, char, byte, word, bpe, unigram, wordpiece, huggingface; `name` is the id it is kept
    under (built in: gpt2, bytes). `lossless` says that decode(encode(x)) == clean(x) for every text.
    `begin_id` is the mark with which the model was taught that texts begin; None where it knows no such mark.
    Encoding never adds it: whoever hands a whole text to a model puts it first.
    """

    kind: str
    name: str
    vocab_size: int
    begin_id: int | None
    end_id: int
    unknown_id: int | None
    lossless: bool

    @property
    def sha256(self) -> str:
        """Names the tokenizer by its content: equal hashes give equal ids."""

    def encode(self, text: str) -> list[int]:
        """The ids of a text. Nothing in the text is ever taken for a special token."""

    def encode_many(self, texts: Sequence[str], threads: int = 1) -> list[Ids]:
        """The ids of each text, worked out by `threads` threads."""

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; bytes that are no UTF-8 become U+FFFD."""

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The UTF-8 of ids; may end or begin inside a character."""

    def token_bytes(self, token: int) -> bytes:
        """The bytes one id stands for; special tokens give their name."""

    def special(self, name: str) -> int | None:
        """The id of a special token such as <|im_end|> by its name; None where there is none of that name."""

    def specials(self) -> dict[str, int]:
        """All special tokens by name."""

    def spans(self, text: str) -> list[Span]:
        """The tokens of `clean(text)` with the bytes each one covers."""

    def cut(self, text: str) -> int:
        """The last place at which `text`, wherever it stands, may be cut without any id changing; 0: none."""

    def to_json(self) -> str:
        """The tokenizer in the format of Hugging Face's tokenizer.json."""

    def save(self, folder: Path) -> None:
        """Write tokenizer.json and studio_tokenizer.json into a folder that is not committed yet."""


def clean(text: str) -> str:
    """Text with lone surrogates replaced by U+FFFD (they have no UTF-8) and pairs joined, else unchanged."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
