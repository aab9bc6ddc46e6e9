"""The order in which byte pair encoding joins the bytes of a word: step by step, and as a tree."""

from dataclasses import dataclass, field
from itertools import pairwise

from tokenizers import pre_tokenizers

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers.base import Tokenizer, clean
from llmstudio.data.tokenizers.bpe import BytePairTokenizer
from llmstudio.data.tokenizers.bytelevel import to_bytes

LONGEST = 400  # bytes; every step is kept whole


@dataclass(frozen=True)
class Node:
    """A piece and the two it was joined from; a single byte has no parts and rank None. `rank` 0 is the first merge."""

    bytes: bytes
    id: int
    rank: int | None = None
    parts: tuple["Node", ...] = ()


@dataclass(frozen=True)
class Step:
    """One merge: `left` and `right` at place `index` become one piece; `after` is the whole word then."""

    index: int
    left: bytes
    right: bytes
    id: int
    rank: int
    after: tuple[bytes, ...]


@dataclass(frozen=True)
class Merges:
    """How a text became its final pieces; `start` are its bytes, `roots` one tree for each final piece."""

    start: tuple[bytes, ...]
    steps: tuple[Step, ...] = ()
    roots: tuple[Node, ...] = field(default=())


def has_merges(tokenizer: Tokenizer) -> bool:
    """Whether the tokenizer works by merges, so that `merges_for_word` has something to show."""
    return isinstance(tokenizer, BytePairTokenizer)


def merges_for_word(tokenizer: Tokenizer, word: str) -> Merges:
    """The merges that cut a word (or a short text), in the order in which they happen.

    Raises UserError for a kind without merges and for more than 400 bytes.
    """
    if not isinstance(tokenizer, BytePairTokenizer):
        raise UserError(f"{tokenizer.name} does not work by merges.", "Choose GPT-2 or a byte pair tokenizer.")
    text = clean(word)
    if len(text.encode("utf-8")) > LONGEST:
        raise UserError(f"The word has more than {LONGEST} bytes.", "Choose a shorter one.", field="word")
    words = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True).pre_tokenize_str(text)
    return _join(tokenizer, [to_bytes(piece) for piece, _ in words])


def _join(tokenizer: BytePairTokenizer, words: list[bytes]) -> Merges:
    done: list[Node] = []
    steps: list[Step] = []
    waiting = [_leaves(tokenizer, word) for word in words]
    start = tuple(node.bytes for nodes in waiting for node in nodes)
    while waiting:
        nodes = waiting.pop(0)
        rest = [node for later in waiting for node in later]
        while (place := _best(tokenizer, nodes)) is not None:
            left, right = nodes[place], nodes[place + 1]
            token = tokenizer.ranks[left.bytes + right.bytes]
            nodes[place : place + 2] = [Node(left.bytes + right.bytes, token, token - 256, (left, right))]
            after = tuple(node.bytes for node in (*done, *nodes, *rest))
            steps.append(Step(len(done) + place, left.bytes, right.bytes, token, token - 256, after))
        done += nodes
    return Merges(start, tuple(steps), tuple(done))


def _leaves(tokenizer: BytePairTokenizer, word: bytes) -> list[Node]:
    return [Node(bytes([byte]), tokenizer.ranks[bytes([byte])]) for byte in word]


def _best(tokenizer: BytePairTokenizer, nodes: list[Node]) -> int | None:
    """Where the neighbours stand whose merge comes first in the list; the leftmost of equals."""
    never = len(tokenizer.ranks)
    ranks = [tokenizer.ranks.get(a.bytes + b.bytes, never) for a, b in pairwise(nodes)]
    best = min(ranks, default=never)
    return None if best == never else ranks.index(best)
