"""How a tokenizer is trained, and which dataset is encoded with which; knows no text and no algorithm."""

from typing import Literal

from pydantic import model_validator

from llmstudio.config.option import OptionFault, Options, option

Kind = Literal["bpe", "unigram", "wordpiece", "char", "byte", "word"]
LARGEST = 262_144
# Bytes, their forms inside a word, the end of a document, the unknown: what a kind has before it learns anything.
SMALLEST: dict[str, int] = {"bpe": 258, "unigram": 258, "wordpiece": 514, "word": 3}
CHARACTERS_PER_PIECE = 500


class TokenizerConfig(Options):
    """What to learn from which dataset. `vocab_size` None means: proposed from the amount of text."""

    dataset: str = option(..., title="Dataset", help="The text to learn the pieces from", group="Source")
    name: str = option("", title="Name", help="What the tokenizer is called", group="Source")
    kind: Kind = option(
        "bpe",
        title="Kind",
        help="How text is cut into pieces",
        long="bpe joins the most frequent neighbours, as GPT-2 does. unigram keeps the pieces that explain the text "
        "best. wordpiece takes the longest piece that fits, as BERT does. All three work on bytes, so no text is "
        "unknown to them. char has one id for each character, byte for each byte, word for each word between spaces.",
        group="Pieces",
    )
    vocab_size: int | None = option(
        None,
        title="Vocabulary size",
        help="More pieces give shorter texts",
        long="How many different pieces there are. A large vocabulary makes texts shorter and the model's first and "
        "last layer larger. Left open, one piece for 500 characters of text is proposed. char and byte need none.",
        unit="pieces",
        group="Pieces",
        scale="log",
        ge=3,
        le=LARGEST,
    )
    min_frequency: int = option(
        2,
        title="Least frequency",
        help="Rarer pieces are not learned",
        long="A pair (bpe, wordpiece) or a word (word) must occur this often to become a piece.",
        unit="times",
        group="Pieces",
        advanced=True,
        ge=1,
        le=10_000,
    )

    @model_validator(mode="after")
    def _large_enough(self) -> "TokenizerConfig":
        smallest = SMALLEST.get(self.kind, 0)
        if self.vocab_size is not None and self.vocab_size < smallest:
            raise OptionFault("vocab_size", f"{self.kind} needs at least {smallest} pieces.", smallest)
        return self


class EncodeConfig(Options):
    """Which dataset becomes token files, and with which tokenizer."""

    dataset: str = option(..., title="Dataset", help="The text to encode", group="Source")
    tokenizer: str = option("gpt2", title="Tokenizer", help="How text is cut into pieces", group="Source")
    threads: int | None = option(
        None,
        title="Threads",
        help="Processor cores that cut text",
        group="Speed",
        advanced=True,
        ge=1,
        le=256,
    )


def propose_size(kind: str, characters: int) -> int:
    """A vocabulary size for a text of so many characters: one piece for 500, a power of two, 1,024 to 32,768."""
    wanted = max(1, characters // CHARACTERS_PER_PIECE)
    return min(32_768, max(1_024, 1 << (wanted.bit_length() - 1)))
