"""The tokenizer that needs no training: an id for each of the 256 bytes and one for a document's end."""

from typing import Any

import numpy as np

from llmstudio.data.tokenizers.base import END, Ids, clean
from llmstudio.data.tokenizers.bytelevel import BYTE_TO_CHARACTER, DECODER, PRE_TOKENIZER
from llmstudio.data.tokenizers.common import CommonTokenizer, tokenizer_json

NAME = "bytes"
_END_ID = 256
_BYTES = [bytes([byte]) for byte in range(256)] + [END.encode()]


class ByteTokenizer(CommonTokenizer):
    """Id n is byte n of the text's UTF-8; 256 ends a document. Lossless for any text."""

    kind = "byte"

    def __init__(self, name: str = NAME) -> None:
        super().__init__(name, vocab_size=257, end_id=_END_ID)

    def encode(self, text: str) -> list[int]:
        return list(clean(text).encode("utf-8"))

    def encode_array(self, text: str) -> Ids:
        return np.frombuffer(clean(text).encode("utf-8"), dtype=np.uint8).astype(np.uint32)

    def token_bytes(self, token: int) -> bytes:
        return _BYTES[token]

    def cut(self, text: str) -> int:
        return len(text)

    def to_json(self) -> str:
        model: dict[str, Any] = {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {BYTE_TO_CHARACTER[byte]: byte for byte in range(256)},
            "merges": [],
        }
        pre = {**PRE_TOKENIZER, "use_regex": False}
        return tokenizer_json(model, {END: _END_ID}, pre, DECODER)
