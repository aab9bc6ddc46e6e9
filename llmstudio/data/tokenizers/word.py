"""One id for each word between spaces; what is not among the words learned is unknown and cannot be read back."""

import json
import re
from collections.abc import Iterable
from itertools import accumulate

from llmstudio.data.tokenizers.base import END, REPLACEMENT, UNKNOWN, Span, clean
from llmstudio.data.tokenizers.bytelevel import SPACES, is_space
from llmstudio.data.tokenizers.common import CommonTokenizer, tokenizer_json

# A word takes the space before it along, as GPT-2's do; any other white space is a piece of its own.
PATTERN = f" ?[^{SPACES}]+|[{SPACES}]"
_WORDS = re.compile(PATTERN)


def split(text: str) -> list[str]:
    """The words and single spaces of a text; joined they are the text."""
    return _WORDS.findall(text)


class WordTokenizer(CommonTokenizer):
    """Words in the order given, then the end of a document, then the unknown word, which decodes to U+FFFD."""

    kind = "word"
    lossless = False

    def __init__(self, name: str, words: Iterable[str]) -> None:
        self.words = [word for word in dict.fromkeys(words) if word not in (END, UNKNOWN)]
        known = len(self.words)
        super().__init__(name, vocab_size=known + 2, end_id=known, unknown_id=known + 1)
        self._ids = {word: token for token, word in enumerate(self.words)}
        self._bytes = [*(word.encode("utf-8") for word in self.words), END.encode(), REPLACEMENT.encode()]

    def encode(self, text: str) -> list[int]:
        unknown = self.vocab_size - 1
        return [self._ids.get(word, unknown) for word in split(clean(text))]

    def token_bytes(self, token: int) -> bytes:
        return self._bytes[token]

    def spans(self, text: str) -> list[Span]:
        ends = list(accumulate(len(word.encode("utf-8")) for word in split(clean(text))))
        return [Span(*span) for span in zip(self.encode(text), [0, *ends], ends, strict=False)]

    def cut(self, text: str) -> int:
        """Before the last white space that follows a word."""
        for place in range(len(text) - 1, 0, -1):
            if is_space(text[place]) and not is_space(text[place - 1]):
                return place
        return 0

    def to_json(self) -> str:
        specials = {END: self.end_id, UNKNOWN: self.vocab_size - 1}
        model = {"type": "WordLevel", "vocab": {**self._ids, **specials}, "unk_token": UNKNOWN}
        pre = {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False}
        return tokenizer_json(model, specials, pre, {"type": "Fuse"})


def from_json(text: str, name: str) -> WordTokenizer:
    """Read back what `to_json` wrote."""
    vocabulary: dict[str, int] = json.loads(text)["model"]["vocab"]
    return WordTokenizer(name, sorted(vocabulary, key=lambda word: vocabulary[word]))
