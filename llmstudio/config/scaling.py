"""What a training on many graphics cards can be expected to reach: tokens a second and memory, by arithmetic.

Compute. A token costs 6 operations for each number of a matrix and 6 x layers x width x context for attention
(`sizing.flops_per_token`; Kaplan et al. 2020, Hoffmann et al. 2022). A card reaches a share of its peak while it
computes: EFFICIENCY, 36 %, which is what two published trainings reach (see `references`).

Exchange. Around a ring of n, an all-reduce of S bytes moves 2 (n-1)/n S over each link, an all-gather or a
reduce-scatter (n-1)/n S (Patarasuk and Yuan 2009). Copies (DDP) all-reduce fp32 gradients once a step; shares
(FSDP, Rajbhandari et al. 2020) gather fp32 weights forward and backward for every batch added up, and reduce-scatter
fp32 gradients once. Several rings leave a machine over all of its network cards, so a link is as wide as the slower of
the card's link and all network cards together; 80 % of that is reached (assumed). Every exchange waits for
log2(n) hops.

Overlap. Gradients go out while backward still computes (2/3 of the step of the last batch added up), weights come in
while layers before compute; 80 % of that time can hide exchange (assumed).

Memory. `sizing.memory` for one card's share of the batch; with FSDP weights, gradients and states are divided by n, the
two layers in hand are whole, and gradients are whole while several batches are added up.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

from llmstudio.base import units
from llmstudio.config import sizing
from llmstudio.config.model import ModelConfig
from llmstudio.config.sizing import FLOAT, Memory
from llmstudio.config.train import PretrainConfig

Strategy = Literal["ddp", "fsdp"]

EFFICIENCY = 0.36
LINK_SHARE = 0.8
HIDDEN_SHARE = 0.8
HOP_SECONDS = 12e-6
BUCKET = 25 << 20  # bytes of gradients that DDP sends together
RESERVED = 0.92  # share of a card's memory that a training can use
TOKENS_PER_PARAMETER = 20  # Hoffmann et al. 2022
COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True)
class Card:
    """A graphics card among others: bf16 operations a second, memory, and bytes a second to the others."""

    name: str
    peak: float
    memory: float
    link: float  # to the cards of the same machine, in one direction
    network: float  # of its share of the machine's network cards
    per_machine: int = 8


CARDS = {
    "H100": Card("H100 SXM", 989e12, 80e9, 450e9, 50e9),
    "A100": Card("A100 SXM", 312e12, 80e9, 300e9, 25e9),
    "RTX 4090": Card("RTX 4090", 165e12, 24e9, 24e9, 3e9, 4),
}
"""Makers' data sheets: dense bf16, NVLink or PCIe, 400, 200 and 100 Gbit/s networks."""


@dataclass(frozen=True)
class Size:
    """A model as its family has it, and how many tokens a step of it usually learns from (Brown et al. 2020)."""

    name: str
    model: ModelConfig
    tokens_per_step: int


def sizes() -> tuple[Size, ...]:
    """GPT-2's four, and Llama's of 7 billion."""
    gpt2 = [("124M", 12, 768, 12), ("355M", 24, 1024, 16), ("774M", 36, 1280, 20), ("1.5B", 48, 1600, 25)]
    found = [
        Size(name, ModelConfig(n_layer=layers, n_embd=width, n_head=heads), 2**20 if name == "1.5B" else 2**19)
        for name, layers, width, heads in gpt2
    ]
    llama = ModelConfig(
        n_layer=32, n_embd=4096, n_head=32, hidden=11008, vocab_size=32_000, block_size=2048, norm="rmsnorm",
        position="rope", activation="swiglu", bias=False, qkv_bias=False, tied=False,
    )  # fmt: skip
    return (*found, Size("7B", llama, 2**21))


@dataclass(frozen=True)
class Expected:
    """One row of the table; seconds of one step, bytes of one card."""

    cards: int
    strategy: Strategy
    batch: int  # sequences that one card computes together
    accumulate: int
    tokens_per_step: int
    compute: float
    exchange: float
    exposed: float
    memory: Memory

    @property
    def seconds(self) -> float:
        """Of one step."""
        return self.compute + self.exposed

    @property
    def tokens_per_second(self) -> float:
        """Of all cards together."""
        return self.tokens_per_step / self.seconds

    @property
    def efficiency(self) -> float:
        """The share of the time that is not spent waiting for others."""
        return self.compute / self.seconds

    def days(self, tokens: float) -> float:
        """Days to learn from so many tokens."""
        return tokens / self.tokens_per_second / 86_400


def gradient_bytes(model: ModelConfig) -> int:
    """Bytes of gradients that DDP exchanges once a step."""
    return FLOAT * sizing.count(model)


def moved(strategy: Strategy, model: ModelConfig, cards: int, accumulate: int = 1) -> float:
    """Bytes over each card's link in one step."""
    share = (cards - 1) / cards
    if strategy == "ddp":
        return 2 * share * gradient_bytes(model)
    return share * (2 * accumulate + 1) * gradient_bytes(model)  # weights are fp32 too


def link(card: Card, cards: int) -> float:
    """Bytes a second that each card's link carries."""
    if cards <= card.per_machine:
        return LINK_SHARE * card.link
    return LINK_SHARE * min(card.link, card.per_machine * card.network)


def memory(model: ModelConfig, train: PretrainConfig, processes: int, strategy: str, accumulate: int = 1) -> Memory:
    """Bytes of one of `processes`; `train.batch_size` is that of all of them together."""
    share = -(-(train.batch_size or processes) // processes)
    alone = sizing.memory(model, train.model_copy(update={"batch_size": share}))
    if strategy != "fsdp" or processes == 1:
        return alone
    layer = sizing.matrices(model) // model.n_layer
    outside = sizing.count(model) - sizing.matrices(model)  # embeddings and head stay together
    return replace(
        alone,
        weights=alone.weights // processes + FLOAT * (2 * layer + outside),
        gradients=alone.gradients if accumulate > 1 else alone.gradients // processes + FLOAT * (layer + outside),
        optimizer=alone.optimizer // processes,
    )


def expected(size: Size, card: Card, cards: int) -> Expected | None:
    """What `cards` of them reach; None where the model fits in no way. Copies are preferred to shares."""
    for strategy in ("ddp", "fsdp"):
        found = _planned(size, card, cards, strategy)
        if found is not None:
            return found
    return None


def _planned(size: Size, card: Card, cards: int, strategy: Strategy) -> Expected | None:
    if strategy == "fsdp" and cards == 1:
        return None
    model = size.model
    rows = max(1, size.tokens_per_step // model.block_size // cards)  # a card reads one sequence at least
    batch = rows
    while batch and _memory(model, cards, strategy, batch, rows // batch).total > RESERVED * card.memory:
        batch //= 2
    if not batch:
        return None
    accumulate = rows // batch
    tokens = cards * batch * accumulate * model.block_size
    compute = tokens / cards * sizing.flops_per_token(model) / (EFFICIENCY * card.peak)
    calls = gradient_bytes(model) / BUCKET if strategy == "ddp" else (1 + 2 * accumulate) * (model.n_layer + 1)
    exchange = moved(strategy, model, cards, accumulate) / link(card, cards) if cards > 1 else 0.0
    exchange += math.ceil(calls) * HOP_SECONDS * math.ceil(math.log2(cards))
    hiding = compute if strategy == "fsdp" else compute / accumulate * 2 / 3
    exposed = max(0.0, exchange - HIDDEN_SHARE * hiding)
    held = _memory(model, cards, strategy, batch, accumulate)
    return Expected(cards, strategy, batch, accumulate, tokens, compute, exchange, exposed, held)


@dataclass(frozen=True)
class Reference:
    """A published training beside what the formulas say of it; tokens a second of all cards."""

    name: str
    source: str
    measured: float
    expected: float


def _reference(name: str, source: str, measured: float, size: Size, card: Card, cards: int) -> Reference:
    found = expected(size, replace(card, memory=1e15), cards)  # some of them compute activations twice to save memory
    return Reference(name, source, measured, found.tokens_per_second if found else 0.0)


def references() -> tuple[Reference, ...]:
    """What others measured, with the same card, size and context; memory apart."""
    small = next(size for size in sizes() if size.name == "124M")
    llama = {
        "norm": "rmsnorm", "position": "rope", "activation": "swiglu", "bias": False, "qkv_bias": False, "tied": False,
    }  # fmt: skip
    tiny = ModelConfig.model_validate(
        {**llama, "n_layer": 22, "n_embd": 2048, "n_head": 32, "n_kv_head": 4, "hidden": 5632, "vocab_size": 32_000,
         "block_size": 2048}
    )  # fmt: skip
    large = ModelConfig.model_validate(
        {**llama, "n_layer": 32, "n_embd": 4096, "n_head": 32, "n_kv_head": 8, "hidden": 14_336,
         "vocab_size": 128_256, "block_size": 8192}
    )  # fmt: skip
    a100, h100 = CARDS["A100"], CARDS["H100"]
    return (
        _reference("124M, 1 A100", "Raschka 2024, GPT-2 compiled", 142_156, small, a100, 1),
        _reference("124M, 4 A100", "Raschka 2024, the same with DDP", 419_259, small, a100, 4),
        _reference("1.1B, 16 A100", "Zhang et al. 2024, TinyLlama", 16 * 24_000, Size("", tiny, 2**21), a100, 16),
        _reference("8B, 8 H100", "Liang et al. 2024, torchtitan", 8 * 6_667, Size("", large, 2**17), h100, 8),
    )


def table(card: Card) -> list[list[str]]:
    """Rows of words: size, cards, strategy, batch x accumulated, tokens/s, memory of a card, waiting, days."""
    rows = []
    for size in sizes():
        learned = TOKENS_PER_PARAMETER * sizing.count(size.model)
        for cards in COUNTS:
            one = expected(size, card, cards)
            rows.append(
                [size.name, units.number(cards), *(_words(one, learned) if one else ["does not fit"] + ["–"] * 5)]
            )
    return rows


def _words(one: Expected, learned: float) -> list[str]:
    return [
        {"ddp": "copies", "fsdp": "shares"}[one.strategy],
        f"{one.batch} x {one.accumulate}",
        units.short(one.tokens_per_second),
        units.size(one.memory.total),
        units.percent(1 - one.efficiency),
        units.duration(86_400 * one.days(learned)),
    ]


HEAD = ("size", "cards", "model in", "sequences", "tokens/s", "memory", "waiting", "20 tokens a parameter")


def _memory(model: ModelConfig, cards: int, strategy: Strategy, batch: int, accumulate: int) -> Memory:
    train = PretrainConfig(
        name="x", dataset="x", batch_size=batch * cards, block_size=model.block_size, optimizer="adamw", device="cuda",
        precision="bf16",
    )  # fmt: skip
    return memory(model, train, cards, strategy, accumulate)
