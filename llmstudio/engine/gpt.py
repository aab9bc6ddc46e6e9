"""The whole model, to be read from top to bottom: token ids go in, logits come out.

One block class makes GPT-2, the Llama family and studio-small; which parts it has is said by ModelConfig.
Shapes in comments: B sequences, T tokens, C embedding width, H heads, G key-value heads, D head width, V vocabulary.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

from llmstudio.config.model import ModelConfig
from llmstudio.engine import fused
from llmstudio.engine.attention import Recipe, attention
from llmstudio.engine.cache import KVCache, LayerCache
from llmstudio.engine.crossentropy import LARGE_VOCABULARY, head_loss
from llmstudio.engine.dropout import dropout as drop
from llmstudio.engine.ngrams import NGrams
from llmstudio.engine.products import Linear

FIRST_POSITIONS = 4096  # for which rotations are worked out at once


def by_hand(x: Tensor) -> bool:
    """Whether the backward passes written by hand are worth it: on a CPU that runs torch's many small steps one by
    one, and while something learns. A compiler fuses such steps itself."""
    return learns_on_cpu(x) and not torch.compiler.is_compiling()


def learns_on_cpu(x: Tensor) -> bool:
    """Whether gradients of x will be asked for, on a CPU."""
    return x.device.type == "cpu" and torch.is_grad_enabled() and x.requires_grad


class Norm(nn.Module):
    """LayerNorm (Ba et al. 2016) or RMSNorm (Zhang and Sennrich 2019), with or without learned gains."""

    def __init__(self, config: ModelConfig, width: int) -> None:
        super().__init__()
        self.shape = (width,)
        self.eps = config.norm_eps
        self.centred = config.norm == "layernorm"
        self.weight = nn.Parameter(torch.ones(width)) if config.norm_weight else None
        biased = self.centred and config.norm_weight and config.bias
        self.bias = nn.Parameter(torch.zeros(width)) if biased else None

    def forward(self, x: Tensor) -> Tensor:
        """Any shape that ends in the width; the same shape comes back."""
        if by_hand(x) and self.centred:
            return fused.layer_norm(x, self.weight, self.bias, self.eps, fused.working_dtype(x))
        if by_hand(x):
            return fused.rms_norm(x, self.weight, self.eps, fused.working_dtype(x))
        if self.centred:
            return F.layer_norm(x, self.shape, self.weight, self.bias, self.eps)
        return F.rms_norm(x, self.shape, self.weight, self.eps)


class Rotation(nn.Module):
    """Rotary positions (Su et al. 2021), in the layout that turns the two halves of a head against each other."""

    cos: Tensor
    sin: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        cos, sin = self._table(min(config.block_size, FIRST_POSITIONS))
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def _table(self, positions: int) -> tuple[Tensor, Tensor]:
        angles = torch.arange(positions, dtype=torch.float64, device="cpu")[:, None] * speeds(self.config)  # T, D/2
        return angles.cos().float(), angles.sin().float()

    def reach(self, positions: int) -> None:
        """Make the table long enough: few texts are as long as the longest context, and the whole would be large."""
        if positions > len(self.cos):
            known = min(self.config.block_size, max(positions, 2 * len(self.cos)))
            with torch.inference_mode(False):  # a later training step may need what a generation made
                self.cos, self.sin = (part.to(self.cos.device, self.cos.dtype) for part in self._table(known))

    def of(self, positions: int, start: int = 0) -> tuple[Tensor, Tensor]:
        """Cosines and sines (T, 1, D/2) of so many positions from `start` on."""
        return self.cos[start : start + positions, None], self.sin[start : start + positions, None]

    def forward(self, x: Tensor, start: int) -> Tensor:
        """Rotate x (B, T, heads, D), whose first token stands at position `start`."""
        cos, sin = (part.to(x.dtype) for part in self.of(x.size(1), start))
        left, right = x.chunk(2, dim=-1)
        return torch.cat((left * cos - right * sin, right * cos + left * sin), dim=-1)


def speeds(config: ModelConfig) -> Tensor:
    """How far each pair of numbers in a head (D/2) turns from one position to the next, in float64.

    "linear" slows all of them down (Chen et al. 2023); "llama3" only those that turn slowly, with a smooth
    passage in between (Grattafiori et al. 2024): the model then reads further than it was first trained to.
    """
    half = config.head_width // 2
    plain = config.rope_theta ** (-torch.arange(half, dtype=torch.float64, device="cpu") / half)
    if config.rope_kind == "plain":
        return plain
    slow = plain / config.rope_factor
    if config.rope_kind == "linear":
        return slow
    turns = config.rope_original * plain / (2 * math.pi)  # full circles within the original context
    share = ((turns - config.rope_low) / (config.rope_high - config.rope_low)).clamp(0, 1)
    return slow + share * (plain - slow)


class Attention(nn.Module):
    """Causal self-attention (Vaswani et al. 2017) with grouped keys and values (Ainslie et al. 2023)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads, self.groups, self.width = config.n_head, config.kv_heads, config.head_width
        inner = config.query_width + 2 * config.kv_width
        self.qkv = Linear(config.n_embd, inner, bias=config.qkv_bias)
        self.out = Linear(config.query_width, config.n_embd, bias=config.bias)
        self.dropout = config.dropout
        self.qk_norm, self.eps = config.qk_norm, config.norm_eps
        if config.qk_norm == "learned":
            self.query_gain = nn.Parameter(torch.ones(self.width))
            self.key_gain = nn.Parameter(torch.ones(self.width))

    def forward(self, x: Tensor, rotation: Rotation | None, cache: LayerCache | None) -> Tensor:
        """x (B, T, C) to the same shape; with a cache, earlier keys and values are looked at too."""
        B, T, _ = x.shape
        heads = self.qkv(x).view(B, T, self.heads + 2 * self.groups, self.width)
        dropout = self.dropout if self.training else 0.0
        if cache is None and self.qk_norm != "learned" and by_hand(heads):
            cos, sin = rotation.of(T) if rotation is not None else (None, None)
            eps = self.eps if self.qk_norm == "plain" else None
            return self.out(attention(heads, cos, sin, Recipe(self.groups, eps, dropout)))  # type: ignore[no-any-return]
        turned, value = heads.split((self.heads + self.groups, self.groups), dim=2)
        turned = self._normalise(turned)
        if rotation is not None:
            turned = rotation(turned, cache.length if cache else 0)
        query, key = turned.split((self.heads, self.groups), dim=2)
        query, key, value = (part.transpose(1, 2) for part in (query, key, value))  # B, heads, T, D
        if cache is not None:
            key, value = cache.extend(key, value)  # B, G, earlier + T, D
        mixed = attend(query, key, value, dropout)
        return self.out(mixed.transpose(1, 2).reshape(B, T, self.heads * self.width))  # type: ignore[no-any-return]

    def _normalise(self, heads: Tensor) -> Tensor:
        """QK-norm (Henry et al. 2020): queries and keys of length one, up to learned gains (B, T, H + G, D)."""
        if self.qk_norm == "none":
            return heads
        heads = F.rms_norm(heads, (self.width,), None, self.eps)
        if self.qk_norm == "plain":
            return heads
        query_gains = self.query_gain.expand(self.heads, -1)
        return heads * torch.cat((query_gains, self.key_gain.expand(self.groups, -1)))


def attend(query: Tensor, key: Tensor, value: Tensor, dropout: float = 0.0) -> Tensor:
    """Causal attention of T queries (B, H, T, D) over S >= T keys and values (B, G, S, D); B, H, T, D.

    On CPU with gradients the products are written out: there the backward pass of the fused kernel is
    several times slower than plain matrix products.
    """
    T, S = query.size(2), key.size(2)
    if learns_on_cpu(query):
        return _attend_plainly(query, key, value, dropout)
    mask = None if T in (1, S) else causal_mask(T, S, query.device)
    grouped = key.size(1) != query.size(1)
    return F.scaled_dot_product_attention(
        query, key, value, mask, dropout, is_causal=T == S and T > 1, enable_gqa=grouped
    )


def causal_mask(T: int, S: int, device: torch.device) -> Tensor:
    """True where the query (row) may look at the key (column); the last query stands at the last key."""
    return torch.ones(T, S, dtype=torch.bool, device=device).tril(S - T)


def _attend_plainly(query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
    repeats = query.size(1) // key.size(1)
    if repeats > 1:
        key, value = (part.repeat_interleave(repeats, dim=1) for part in (key, value))
    hidden = ~causal_mask(query.size(2), key.size(2), query.device)
    scores = (query * query.size(-1) ** -0.5) @ key.transpose(-2, -1)  # B, H, T, S
    shade = torch.zeros_like(hidden, dtype=scores.dtype).masked_fill_(hidden, -torch.inf)
    weights = drop((scores + shade).softmax(dim=-1), dropout)  # adding costs nothing backward
    return weights @ value


class FeedForward(nn.Module):
    """GELU as in GPT-2, SwiGLU as in Llama (Shazeer 2020), or squared ReLU (So et al. 2021)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.activation = config.activation
        self.up = Linear(config.n_embd, config.hidden_width, bias=config.bias)
        if self.activation == "swiglu":
            self.gate = Linear(config.n_embd, config.hidden_width, bias=config.bias)
        self.down = Linear(config.hidden_width, config.n_embd, bias=config.bias)

    def forward(self, x: Tensor) -> Tensor:
        """x (B, T, C) to the same shape."""
        if self.activation == "swiglu":
            inner = gated(self.gate(x), self.up(x))
        elif self.activation == "gelu":
            inner = gelu(self.up(x))
        else:
            inner = squared_relu(self.up(x))
        return self.down(inner)  # type: ignore[no-any-return]


def gelu(x: Tensor) -> Tensor:
    """GELU as GPT-2 has it, any shape."""
    return fused.gelu(x) if by_hand(x) else F.gelu(x, approximate="tanh")


def gated(gate: Tensor, up: Tensor) -> Tensor:
    """SwiGLU's product of two tensors of one shape."""
    return fused.gated(gate, up) if by_hand(up) else F.silu(gate) * up


def squared_relu(x: Tensor) -> Tensor:
    """The square of what is positive, any shape."""
    return fused.squared_relu(x) if by_hand(x) else F.relu(x).square()


class Block(nn.Module):
    """Attention, then feed-forward, each on a normalised copy and added to the stream."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = Norm(config, config.n_embd)
        self.attention = Attention(config)
        self.feed_forward_norm = Norm(config, config.n_embd)
        self.feed_forward = FeedForward(config)
        self.dropout = config.dropout

    def forward(self, x: Tensor, rotation: Rotation | None, cache: LayerCache | None) -> Tensor:
        """x (B, T, C) to the same shape."""
        x = x + self._drop(self.attention(self.attention_norm(x), rotation, cache))
        return x + self._drop(self.feed_forward(self.feed_forward_norm(x)))

    def _drop(self, x: Tensor) -> Tensor:
        return drop(x, self.dropout, self.training)


def mix(x: Tensor, start: Tensor, keep: Tensor, recall: Tensor) -> Tensor:
    """The stream times one learned number plus its beginning times another; x and start of one shape."""
    return fused.mix(x, start, keep, recall) if by_hand(x) and x.dtype == start.dtype else keep * x + recall * start


class GPT(nn.Module):
    """A decoder-only transformer. Weights are drawn from torch's global generator: seed it first."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.ngrams = NGrams(config) if config.ngram_rows else None
        learned = config.position == "learned"
        self.positions = nn.Embedding(config.block_size, config.n_embd) if learned else None
        self.rotation = None if learned else Rotation(config)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.final_norm = Norm(config, config.n_embd)
        self.head = Linear(config.n_embd, config.vocab_size, bias=False)
        if config.tied:
            self.head.weight = self.embedding.weight
        if config.residual_scalars:
            self.keep = nn.Parameter(torch.ones(config.n_layer))
            self.recall = nn.Parameter(torch.zeros(config.n_layer))
        self._initialise()

    def forward(self, ids: Tensor, cache: KVCache | None = None, *, last: bool = False) -> Tensor:
        """Logits (B, T, V) for ids (B, T); with `last`, only those of the last position (B, 1, V).

        With a cache, `ids` continue what the cache holds, and are added to it.
        """
        x = self.stream(ids, cache)
        return self.logits(x[:, -1:] if last else x)

    def stream(self, ids: Tensor, cache: KVCache | None = None) -> Tensor:
        """The normalised state (B, T, C) after the last block."""
        start = cache.length if cache else 0
        x = start_state = self._embed(ids, start, cache.remember(ids) if cache else None)
        if self.rotation is not None:
            self.rotation.reach(start + ids.size(1))
        if cache is not None:
            cache.reach(start + ids.size(1))
        for number, block in enumerate(self.blocks):
            if self.config.residual_scalars:
                # Each block sees the stream and, as a way back, what stood there at first (Jordan et al. 2024).
                x = mix(x, start_state, self.keep[number], self.recall[number])
            x = block(x, self.rotation, cache.layer(number) if cache else None)
        if cache is not None:
            cache.advance(ids.size(1))
        return self.final_norm(x)  # type: ignore[no-any-return]

    def logits(self, x: Tensor) -> Tensor:
        """Logits (..., V) of normalised states (..., C); softly capped as in Gemma 2 where the config says so."""
        logits: Tensor = self.head(x)
        cap = self.config.soft_cap
        return cap * torch.tanh((logits / cap).float()) if cap else logits.float()

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """Mean cross entropy in nats per token; ids and targets (B, T), targets of -100 do not count."""
        return self.loss_of(self.stream(ids), targets)

    def loss_of(self, states: Tensor, targets: Tensor) -> Tensor:
        """The same for normalised states (B, T, C)."""
        if self.config.vocab_size >= LARGE_VOCABULARY and learns_on_cpu(states):
            return head_loss(states.flatten(0, 1), self.head.weight, targets.flatten(), self.config.soft_cap)
        logits = self.logits(states)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())

    def drop(self, share: float) -> None:
        """From now on leave out this share of the numbers at random while training (Srivastava et al. 2014)."""
        self.config = self.config.model_copy(update={"dropout": share})
        for part in self.modules():
            if isinstance(part, Attention | Block):
                part.dropout = share

    def _embed(self, ids: Tensor, start: int, earlier: Tensor | None) -> Tensor:
        x = self.embedding(ids)
        if self.ngrams is not None:
            x = x + self.ngrams(ids, earlier)
        if self.positions is not None:
            x = x + self.positions.weight[start : start + ids.size(1)]
        if self.config.residual_scalars:
            x = F.rms_norm(x, (self.config.n_embd,), None, self.config.norm_eps)
        return drop(x, self.config.dropout, self.training)

    def _initialise(self) -> None:
        """GPT-2's recipe: 0.02, and less for what is added to the stream; zero where the preset says so."""
        residual = 0.02 / math.sqrt(2 * self.config.n_layer)
        for name, part in self.named_modules():
            if isinstance(part, nn.Linear | nn.Embedding):
                adds = name.endswith(("attention.out", "feed_forward.down"))
                nn.init.normal_(part.weight, std=residual if adds else 0.02)
                zero = self.config.zero_init and (adds or (part is self.head and not self.config.tied))
                if zero or name.startswith("ngrams."):
                    nn.init.zeros_(part.weight)
            if isinstance(part, nn.Linear) and part.bias is not None:
                nn.init.zeros_(part.bias)
