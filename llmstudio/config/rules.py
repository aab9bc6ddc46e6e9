"""How large a model, how many tokens and how large a step suit a text and the work that can be done: arithmetic.

The rules go through what was measured: tiny models of characters on two cores (the preset's help has the table)
and the ladder of nanochat (Karpathy 2025) from a hundred million weights on.
"""

import math

SHAPES = (
    (2, 64), (2, 128), (2, 192), (3, 256), (4, 256), (4, 320), (6, 384), (8, 512), (12, 768), (16, 1024),
)  # fmt: skip
"""Layers and embedding width, small to large: the less time there is, the shallower for its width."""

CONTEXTS = ((192, 64), (256, 128), (384, 256), (512, 512), (1 << 30, 1024))
"""Largest width, and the context length that goes with it."""

PASSES = 6
"""How often a small text is read; beyond that a tiny model starts to learn it by heart."""

NUMBERS_PER_TOKEN = 4
"""At most so many weights for each token of the text: more would only learn it by heart."""

TOLERANCE = 1.25
"""A shape may be so much larger than the arithmetic says: the ladder is coarse and the optimum flat."""

WHOLE_VOCABULARY = 1024
"""Up to so many pieces, rows for pairs and triples of them were seen to help; nothing larger was tried.

They help where each possible pair can be met: a text of 150,000 tokens from 1,000 pieces was only learned by heart
through them (validation 4.07 with them after one pass, 3.86 without after five).
"""

CHARACTER_BYTES = 100_000
"""A text up to this size is cut into characters: longer pieces would be seen too rarely to be learned."""

_FEWEST, _MOST = 0.3, 20.0  # tokens for each weight; the upper end is that of Hoffmann et al. (2022)
_STEP_TOKENS, _STEP_AT = 1024, 150_000  # so many tokens a step where a training sees so many in all
_STEP_GROWTH = 0.37
_SMALLEST_STEP, _LARGEST_STEP, _ACCELERATED_STEP = 512, 8192, 32_768


def tokens_per_weight(operations: float) -> float:
    """How many tokens each weight should see where so many floating-point operations can be done.

    A third with 10^12, ten with 10^18: short trainings gain more from a larger model than from more steps.
    """
    return min(_MOST, max(_FEWEST, 0.3 * math.pow(max(operations, 1.0) / 1e12, 0.25)))


def tokens_to_see(operations: float, train_tokens: int) -> float:
    """Tokens a training of so many operations should go through, the text at most `PASSES` times."""
    return min(math.sqrt(operations * tokens_per_weight(operations) / 6), PASSES * max(1.0, float(train_tokens)))


def shape_for(operations: float, train_tokens: int, vocab_size: int) -> tuple[int, int]:
    """Layers and width of the largest usual shape that this text can fill and so many operations can train."""
    tokens = tokens_to_see(operations, train_tokens)
    most = TOLERANCE * min(operations / 6 / tokens, NUMBERS_PER_TOKEN * train_tokens)
    fitting = [(layers, width) for layers, width in SHAPES if weights_of(layers, width, vocab_size) <= most]
    return fitting[-1] if fitting else SHAPES[0]


def weights_of(layers: int, width: int, vocab_size: int) -> int:
    """Weights that every token is multiplied with: those of the layers and of the output."""
    return 12 * layers * width**2 + width * vocab_size


def context_for(width: int) -> int:
    """The context length that goes with an embedding width."""
    return next(context for limit, context in CONTEXTS if width <= limit)


def tokens_per_step(tokens: float, device: str) -> int:
    """Tokens of one step where a training sees `tokens` in all, a power of two.

    Small steps learn more from each token, large ones use the machine better; the longer the training, the larger.
    """
    if device != "cpu":
        return _ACCELERATED_STEP
    wanted = _STEP_TOKENS * math.pow(max(tokens, 1.0) / _STEP_AT, _STEP_GROWTH)
    return max(_SMALLEST_STEP, min(_LARGEST_STEP, power_of_two(wanted)))


def pairs_suit(vocab_size: int, train_tokens: int) -> bool:
    """Whether rows for pairs and triples of pieces can be learned: few pieces, a token for each of their pairs."""
    return vocab_size <= WHOLE_VOCABULARY and train_tokens >= vocab_size**2


def vocabulary(size: int) -> int:
    """How many pieces suit a text of `size` bytes; 0 means its characters.

    About the square root of its bytes: so each piece is seen often enough to be learned. Of one megabyte, 1,024
    pieces with tables of pairs come to fewer bits per byte in as many steps than characters do (the preset's help).
    """
    return 0 if size <= CHARACTER_BYTES else max(512, min(32_768, power_of_two(math.sqrt(size))))


def power_of_two(value: float) -> int:
    """The power of two nearest to a value, by ratio."""
    return 1 << max(0, round(math.log2(max(1.0, value))))
