"""Learns a vocabulary: byte pairs, Unigram and WordPiece with the `tokenizers` library, words by counting.

The library works beside the caller, who polls `check` and leaves when that raises. While it reads, it stops then;
while it learns it cannot be stopped: the abandoned thread is a daemon and ends with the process, or with its work.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from queue import Empty, Full, Queue
from typing import Any

from tokenizers import Tokenizer as Engine
from tokenizers import models, pre_tokenizers, trainers

from llmstudio.base.errors import UserError
from llmstudio.config.tokenizer import SMALLEST, TokenizerConfig
from llmstudio.data.tokenizers import bytelevel, char
from llmstudio.data.tokenizers.base import END, UNKNOWN, Tokenizer, clean
from llmstudio.data.tokenizers.bpe import BytePairTokenizer, Merge, merges_of
from llmstudio.data.tokenizers.byte import ByteTokenizer
from llmstudio.data.tokenizers.common import tokenizer_json
from llmstudio.data.tokenizers.huggingface import INSIDE, HuggingFaceTokenizer
from llmstudio.data.tokenizers.word import WordTokenizer, split

POLL_SECONDS = 0.1
FAREWELL_SECONDS = 0.4  # so that a trainer that still takes texts ends before the process does
QUEUE = 8  # bundles of texts
BUNDLE = 1 << 18  # characters; threads wake slowly, so texts are not handed over one by one
MOST_WORDS = 2_000_000  # beyond this many different words, those seen once so far are forgotten
# WordPiece's second alphabet, from the characters that Unicode leaves to private use.
_INSIDE_TO_PIECE = {chr(0xE000 + byte): piece for byte, piece in bytelevel.BYTE_TO_CHARACTER.items()}
_TO_INSIDE = str.maketrans({piece: inside for inside, piece in _INSIDE_TO_PIECE.items()})
LONGEST_WORD = 64  # bytes; WordPiece looks at every way to end a piece, so longer words are cut first

Check = Callable[[], None]
Told = Callable[[int], None]


def train(
    config: TokenizerConfig,
    name: str,
    size: int,
    texts: Iterable[str],
    *,
    fit: bool = False,
    check: Check = lambda: None,
) -> Tokenizer:
    """A tokenizer of the kind `config` names with exactly `size` pieces (of no meaning for char and byte).

    `texts` are sections that may be learned from one by one. With `fit` a text too small for `size` gives the
    largest vocabulary it is good for; otherwise that is a UserError which names that number. `check` is polled ten
    times a second and may raise to stop.
    """
    if config.kind == "byte":
        return ByteTokenizer(name)
    if config.kind == "char":
        return char.from_documents(([text] for text in texts), name, check)
    make = {"bpe": _byte_pairs, "unigram": _unigram, "wordpiece": _wordpiece, "word": _words}[config.kind]
    tokenizer = make(name, size, config.min_frequency, texts, check)
    if tokenizer.vocab_size < size and not fit:
        raise too_small(config.kind, size, tokenizer.vocab_size)
    return tokenizer


def too_small(kind: str, asked: int, largest: int) -> UserError:
    """The sentence for a text that gives fewer pieces than were asked for."""
    if largest < SMALLEST[kind]:
        return UserError(f"The text is too small to learn {kind} pieces from.", "Add text.", field="dataset")
    return UserError(
        f"The text is too small for {asked:,} pieces.",
        f"Choose {largest:,}, the largest size that fits, or add text.",
        field="vocab_size",
        candidates=(str(largest),),
    )


def _byte_pairs(name: str, size: int, least: int, texts: Iterable[str], check: Check) -> Tokenizer:
    trainer = trainers.BpeTrainer(
        vocab_size=size - 1,
        min_frequency=least,
        initial_alphabet=list(bytelevel.CHARACTER_TO_BYTE),
        show_progress=False,
    )
    model = _learn(models.BPE(), trainer, texts, check)
    return BytePairTokenizer(name, _new_pieces_only(merges_of(model)))


def _new_pieces_only(merges: list[Merge]) -> list[Merge]:
    """The merges without those that make a piece which an earlier one makes already."""
    return list({left + right: (left, right) for left, right in reversed(merges)}.values())[::-1]


def _unigram(name: str, size: int, least: int, texts: Iterable[str], check: Check) -> Tokenizer:
    """Kudo 2018, "Subword Regularization". The library sums in another order in each run: scores differ slightly."""
    trainer = trainers.UnigramTrainer(
        vocab_size=size - 1, initial_alphabet=list(bytelevel.CHARACTER_TO_BYTE), show_progress=False
    )
    model = _learn(models.Unigram(), trainer, texts, check)
    if any(score is None for _, score in model["vocab"]):  # what JSON makes of minus infinity: there was no text
        raise too_small("unigram", size, 0)
    pre, decoder = bytelevel.PRE_TOKENIZER, bytelevel.DECODER
    text = tokenizer_json(model, {END: len(model["vocab"])}, pre, decoder)
    return HuggingFaceTokenizer(name, text, "unigram")


def _wordpiece(name: str, size: int, least: int, texts: Iterable[str], check: Check) -> Tokenizer:
    """Byte pairs over two alphabets, for the first byte of a word and for the others.

    The library's own trainer for WordPiece does the same, but breaks ties in an order that changes from run to run.
    """
    first, others = (list(alphabet) for alphabet in (bytelevel.CHARACTER_TO_BYTE, _INSIDE_TO_PIECE))
    trainer = trainers.BpeTrainer(
        vocab_size=size - 2, min_frequency=least, initial_alphabet=first + others, show_progress=False
    )
    learned = _learn(models.BPE(), trainer, _marked(texts), check, pre_tokenizers.Split("\n", "removed"))["vocab"]
    pieces = [_piece_of(marked) for marked in sorted(learned, key=learned.__getitem__)]
    return HuggingFaceTokenizer(name, _wordpiece_json(pieces, size), "wordpiece")


def _marked(texts: Iterable[str]) -> Iterator[str]:
    """The words of the texts, one a line, all but their first byte in the other alphabet."""
    cut = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    for text in texts:
        words = (word for word, _ in cut.pre_tokenize_str(clean(text)))
        chunks = (word[at : at + LONGEST_WORD] for word in words for at in range(0, len(word), LONGEST_WORD))
        yield "\n".join(chunk[0] + chunk[1:].translate(_TO_INSIDE) for chunk in chunks)


def _piece_of(marked: str) -> str:
    plain = "".join(_INSIDE_TO_PIECE.get(character, character) for character in marked)
    return INSIDE + plain if marked[0] in _INSIDE_TO_PIECE else plain


def _wordpiece_json(learned: list[str], size: int) -> str:
    """All bytes first, at the beginning of a word and inside, so that nothing is unknown; then what was learned."""
    alphabet = [bytelevel.to_piece(bytes([byte])) for byte in bytelevel.BYTE_ORDER]
    pieces = [*alphabet, *(INSIDE + character for character in alphabet)]
    basic = set(pieces)
    pieces = [*pieces, *(piece for piece in learned if piece not in basic)][: size - 2]
    specials = {END: len(pieces), UNKNOWN: len(pieces) + 1}
    model = {
        "type": "WordPiece",
        "unk_token": UNKNOWN,
        "continuing_subword_prefix": INSIDE,
        "max_input_chars_per_word": LONGEST_WORD,
        "vocab": {piece: token for token, piece in enumerate(pieces)} | specials,
    }
    pattern = {"Regex": f".{{1,{LONGEST_WORD}}}"}
    chunks = {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}
    pre = {"type": "Sequence", "pretokenizers": [bytelevel.PRE_TOKENIZER, chunks]}
    bare = {"type": "Replace", "pattern": {"String": INSIDE}, "content": ""}
    return tokenizer_json(model, specials, pre, {"type": "Sequence", "decoders": [bare, bytelevel.DECODER]})


def _words(name: str, size: int, least: int, texts: Iterable[str], check: Check) -> Tokenizer:
    counts: Counter[str] = Counter()
    for text in texts:
        check()
        counts.update(split(clean(text)))
        if len(counts) > MOST_WORDS:
            counts = Counter({word: count for word, count in counts.items() if count > 1})
    for special in (END, UNKNOWN):
        counts.pop(special, None)
    frequent = sorted((-count, word) for word, count in counts.items() if count >= least)
    return WordTokenizer(name, (word for _, word in frequent[: size - 2]))


def _learn(
    model: models.Model,
    trainer: trainers.Trainer,
    texts: Iterable[str],
    check: Check,
    cut: pre_tokenizers.PreTokenizer | None = None,
) -> dict[str, Any]:
    """Run the library's trainer beside this thread and return the `model` part of what it learned.

    This thread reads the texts and calls `check`; the trainer's takes them from a queue.
    """
    engine = Engine(model)
    engine.pre_tokenizer = cut or pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    waiting: Queue[list[str] | None] = Queue(QUEUE)
    stop = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            engine.train_from_iterator(_taken(waiting, stop), trainer)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work, name="tokenizer training", daemon=True)
    thread.start()
    try:
        _hand_over(chain(_bundles(texts, check), [None]), waiting, thread, check)
        while thread.is_alive():
            check()
            thread.join(POLL_SECONDS)
    finally:
        stop.set()
        thread.join(FAREWELL_SECONDS)
    if failures:
        raise failures[0]
    learned: dict[str, Any] = json.loads(engine.to_str())["model"]
    return learned


def _bundles(texts: Iterable[str], check: Check) -> Iterator[list[str]]:
    bundle: list[str] = []
    size = 0
    for text in texts:
        check()
        bundle.append(clean(text))
        size += len(text)
        if size >= BUNDLE:
            yield bundle
            bundle, size = [], 0
    yield bundle


def _hand_over(
    bundles: Iterable[list[str] | None], waiting: Queue[list[str] | None], thread: threading.Thread, check: Check
) -> None:
    """Put the bundles into the queue as fast as the thread takes them; stop early if it has ended."""
    for bundle in bundles:
        check()
        while thread.is_alive():
            try:
                waiting.put(bundle, timeout=POLL_SECONDS)
                break
            except Full:
                check()


def _taken(waiting: Queue[list[str] | None], stop: threading.Event) -> Iterator[str]:
    """The texts of the queue. When somebody gives up an error, which the library takes as a reason to stop at once."""
    while True:
        try:
            bundle = waiting.get(timeout=POLL_SECONDS)
        except Empty:
            bundle = []
        if bundle is None and not stop.is_set():
            return
        for text in bundle or ():
            if stop.is_set():
                break
            if text:
                yield text
        if stop.is_set():
            raise InterruptedError("nobody waits for this any more")
