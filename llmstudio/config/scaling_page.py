"""The help page about training on many graphics cards: the formulas in words and the table of config.scaling."""

from llmstudio.base import units
from llmstudio.config import scaling

TITLE = "Many graphics cards"


def page() -> str:
    """The whole page as Markdown, the same for the same formulas."""
    parts = [
        f"# {TITLE}\n",
        _INTRODUCTION,
        "## The formulas\n",
        _formulas(),
        "## What others measured\n",
        _references(),
    ]
    for card in scaling.CARDS.values():
        parts += [f"## {card.name}\n", _about(card), _markdown(scaling.HEAD, scaling.table(card))]
    return "\n".join(parts)


_INTRODUCTION = """\
What to expect of one training spread over 1 to 1,024 graphics cards: arithmetic, not a measurement. Nobody has run
these on that many cards with this program. Where published trainings can be compared, they stand below.

Copies: every card holds the whole model (DDP). Shares: every card holds a part of weights, gradients and optimizer
states and puts a layer together when it computes (FSDP2). Copies are taken where they fit.
"""


def _formulas() -> str:
    per_cent = {name: round(100 * getattr(scaling, name)) for name in ("EFFICIENCY", "LINK_SHARE", "HIDDEN_SHARE")}
    hop = 1e6 * scaling.HOP_SECONDS
    return f"""\
- Operations for a token: 6 for each number of a matrix, and 6 x layers x width x context for attention. A card reaches
  {per_cent["EFFICIENCY"]} % of its peak while it computes (assumed).
- Bytes over each card's link in a step, n cards, P parameters: copies 8 P (n - 1)/n, for gradients in fp32 go around
  once added up and once handed out. Shares (8 k + 4) P (n - 1)/n, with k batches added up: weights in fp32 come
  together forward and backward of each, gradients in fp32 are added and parted once.
- A link carries {per_cent["LINK_SHARE"]} % of its width (assumed). Beyond one machine it is as wide as all network
  cards of a machine together, where that is less. Every exchange waits {hop:.0f} microseconds for each of log2 n hops.
- {per_cent["HIDDEN_SHARE"]} % of the time in which something is computed can hide exchange (assumed): with copies two
  thirds of the last batch added up, with shares all of it. What is not hidden is waiting.
- Memory of a card: 16 bytes for each parameter (weights, gradients and two states of AdamW in fp32) with copies, the
  n-th part of that and the layers in hand with shares; activations and logits of the sequences computed together.
- A step learns from 0.5 million tokens (1 million at 1.5B, 2 million at 7B), or one sequence for each card if that is
  more. A card computes as many sequences together as fit, and adds up the rest.
"""


def _references() -> str:
    rows = [
        [
            one.name,
            one.source,
            units.short(one.measured),
            units.short(one.expected),
            f"{one.expected / one.measured:.2f}",
        ]
        for one in scaling.references()
    ]
    return _markdown(("training", "source", "measured", "formula", "ratio"), rows) + "Tokens a second of all cards.\n"


def _about(card: scaling.Card) -> str:
    return (
        f"{card.peak / 1e12:.0f} TFLOP/s in bf16, {units.size(card.memory)}, {units.size(card.link)}/s to its "
        f"neighbours, {units.size(card.network)}/s of network, {card.per_machine} in a machine.\n"
    )


def _markdown(head: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
