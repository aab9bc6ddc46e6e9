"""What a training will need, by arithmetic: parameters, memory, floating-point operations, disk and time."""

from dataclasses import dataclass

from llmstudio.config.finetune import LABELLED, FinetuneConfig
from llmstudio.config.model import ModelConfig
from llmstudio.config.train import PretrainConfig

RUNTIME = 450 << 20  # bytes that Python, torch and the data libraries hold before any model is there
FLOAT = 4  # bytes; weights, gradients and optimizer states are kept in fp32
PORTION_NUMBERS = 1 << 19  # of the stream, computed together while fine-tuning on a CPU

READ_AT_ONCE = 256
"""While a head is learned, so many tokens of a batch, drawn at random, are foretold beside it: the same on average."""


@dataclass(frozen=True)
class Memory:
    """Bytes that a training holds at its peak, by what they hold."""

    weights: int
    gradients: int
    optimizer: int
    activations: int
    runtime: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.runtime


def parameters(model: ModelConfig) -> dict[str, int]:
    """The exact number of trained numbers in each block of the model."""
    return {
        "Embedding": _embedding(model),
        "Pairs and triples": (model.pair_rows + model.triple_rows) * model.n_embd,
        "Attention": model.n_layer * _attention(model),
        "Feed-forward": model.n_layer * _feed_forward(model),
        "Norms": _norms(model),
        "Head": 0 if model.tied else model.vocab_size * model.n_embd,
    }


def count(model: ModelConfig) -> int:
    """The exact number of trained numbers in the whole model."""
    return sum(parameters(model).values())


def matrices(model: ModelConfig) -> int:
    """Numbers in the weight matrices of the layers: what Muon trains."""
    query_key_value = model.n_embd * (model.query_width + 2 * model.kv_width)
    feed_forward = (3 if model.activation == "swiglu" else 2) * model.n_embd * model.hidden_width
    return model.n_layer * (query_key_value + model.query_width * model.n_embd + feed_forward)


def memory(model: ModelConfig, train: PretrainConfig) -> Memory:
    """Bytes of a training step at its peak; `train` has to be resolved (see config.propose)."""
    numbers = count(model)
    states = 2 * numbers - (matrices(model) if train.optimizer == "muon" else 0)
    batch = (train.batch_size or 1) * (train.block_size or model.block_size)
    return Memory(
        weights=FLOAT * numbers,
        gradients=FLOAT * numbers,
        optimizer=FLOAT * states,
        activations=batch * activation_bytes(model, train),
    )


def activation_bytes(model: ModelConfig, train: PretrainConfig) -> int:
    """Bytes held at the peak of a step for one token of the batch: what backward needs, and the logits twice.

    Fitted to what autograd was seen keeping; attention weights are kept where they are written out (CPU).
    """
    context = train.block_size or model.block_size
    layer = _layer_bytes(model, train.precision, train.device, context, dropped=bool(train.dropout))
    return int(model.n_layer * layer + _logit_bytes(model))


def _layer_bytes(model: ModelConfig, precision: str, device: str, context: int, *, dropped: bool) -> float:
    half = 2 if precision == "bf16" else FLOAT
    width, hidden = model.n_embd, model.hidden_width
    scores = model.n_head * context * (2.25 if dropped else 1.0) if device == "cpu" else 0
    stream = (8 if dropped else 6) * FLOAT * width
    attention = half * (width + 2 * model.query_width + 2 * model.kv_width + scores)
    return stream + attention + half * (2 if model.activation != "swiglu" else 4) * hidden


def _logit_bytes(model: ModelConfig) -> int:
    return (3 if model.soft_cap else 2) * FLOAT * model.vocab_size


def flops_per_token(model: ModelConfig, *, training: bool = True) -> float:
    """Floating-point operations for one token: 2 for each number of a matrix forward, 4 more backward.

    Attention over on average half the context is counted too (Hoffmann et al. 2022, appendix F).
    """
    products = matrices(model) + model.vocab_size * model.n_embd
    attention = model.n_layer * model.query_width * model.block_size
    return (6.0 if training else 2.0) * (products + attention)


def finetune_learning(model: ModelConfig, family: str, config: FinetuneConfig, outputs: int = 0) -> int:
    """How many numbers learn; `config` has to be resolved, `outputs` are those of the head (0 without one)."""
    score = outputs * model.n_embd
    unused = model.vocab_size * model.n_embd if config.task in LABELLED and not model.tied else 0
    layer = _attention(model) + _feed_forward(model) + (_norms(model) - model.n_embd) // model.n_layer
    output = 0 if config.task in LABELLED or model.tied else model.vocab_size * model.n_embd
    found = {
        "full": count(model) - unused,
        "last-layers": (config.last_layers or 0) * layer + model.n_embd + output,
        "lora": model.n_layer * _pairs(model, family, config) * (config.lora_rank or 0),
    }
    return found.get(config.method, 0) + score


def _pairs(model: ModelConfig, family: str, config: FinetuneConfig) -> int:
    """Numbers of the adapters in one layer, for each rank."""
    parted = 1 if family in ("gpt2", "studio-small") else 3
    attention = parted * model.n_embd + 2 * model.query_width + 2 * model.kv_width + model.n_embd
    feed_forward = (3 if model.activation == "swiglu" else 2) * (model.n_embd + model.hidden_width)
    wanted = {"all": attention + feed_forward, "attention": attention, "feed-forward": feed_forward}
    return wanted[config.lora_targets]


def finetune_memory(
    model: ModelConfig, family: str, config: FinetuneConfig, *, longest: int, outputs: int = 0
) -> Memory:
    """Bytes of a step at its peak, which the batch of the longest rows makes; `config` has to be resolved."""
    numbers, learning, half = (
        count(model),
        finetune_learning(model, family, config, outputs),
        config.precision == "bf16",
    )
    products = matrices(model)
    weights = FLOAT * numbers
    if half and config.method == "lora":
        weights -= 2 * products  # kept as bf16
    elif half:
        share = {"full": 1.0, "last-layers": (config.last_layers or 0) / model.n_layer}.get(config.method, 0.0)
        weights += int(2 * share * products)  # a copy of those that learn as bf16 is held through a step
    length = min(longest, config.block_size or model.block_size)
    together = min((config.batch_size or 1) * length, max(length, portion(model, config.device)))
    return Memory(
        weights=weights + (FLOAT * learning if config.method == "lora" else 0),
        gradients=FLOAT * learning,
        optimizer=2 * FLOAT * learning,
        activations=int(finetune_activations(model, config, together, length)),
        runtime=RUNTIME if config.device == "cpu" else 0,
    )


def portion(model: ModelConfig, device: str) -> int:
    """Tokens of a fine-tuning's batch that are computed together at most: long rows are done one after the other.

    On a CPU little is won by more than half a million numbers in the stream; accelerators want larger portions.
    """
    return max(1024, PORTION_NUMBERS // model.n_embd) * (1 if device == "cpu" else 16)


def finetune_activations(model: ModelConfig, config: FinetuneConfig, together: int, length: int) -> float:
    """Bytes held at the peak of a step for so many tokens in rows of this length: only layers that learn keep some."""
    dropped = bool(model.dropout if config.dropout is None else config.dropout)
    layer = _layer_bytes(model, config.precision, config.device, length, dropped=dropped)
    if config.method == "lora" and config.lora_dropout:  # what is left of every input, and which numbers were left
        half = 2 if config.precision == "bf16" else FLOAT
        layer += 2 * half * (4 * model.n_embd + model.hidden_width)
    depth = {"head": 1, "last-layers": 1 + (config.last_layers or 0)}.get(config.method, model.n_layer)
    if config.task in LABELLED:
        told = float(min(READ_AT_ONCE, together)) if config.reading_share else 0.0
    else:
        told = together * (1.0 if config.task == "continue" or config.train_on == "all" else 0.6)
    return together * depth * layer + told * _logit_bytes(model)


def finetune_flops(model: ModelConfig, config: FinetuneConfig) -> float:
    """Floating-point operations for one token: frozen matrices have no gradient of their own to compute."""
    told = 0 if config.task in LABELLED and not config.reading_share else model.vocab_size * model.n_embd
    products = matrices(model) + model.n_layer * model.query_width * (config.block_size or model.block_size) + told
    share = (config.last_layers or 0) / model.n_layer
    backward = {"full": 4.0, "lora": 2.2, "last-layers": 4.0 * share, "head": 0.0}[config.method]
    return (2.0 + backward) * products


def checkpoint_bytes(model: ModelConfig, train: PretrainConfig) -> int:
    """Bytes of one checkpoint with everything that resuming needs."""
    need = memory(model, train)
    return need.weights + need.optimizer


def disk_bytes(model: ModelConfig, train: PretrainConfig) -> int:
    """Bytes a run takes at its end: two full checkpoints, the best weights, and the kept model."""
    return 2 * checkpoint_bytes(model, train) + 2 * FLOAT * count(model)


def seconds(steps: int, tokens_per_step: int, flops: float, measured_rate: float) -> float:
    """Seconds that `steps` will take where the machine was seen doing `measured_rate` operations a second."""
    return steps * tokens_per_step * flops / measured_rate if measured_rate > 0 else 0.0


def _embedding(model: ModelConfig) -> int:
    positions = model.block_size if model.position == "learned" else 0
    return (model.vocab_size + positions) * model.n_embd


def _attention(model: ModelConfig) -> int:
    inner = model.query_width + 2 * model.kv_width
    biases = inner * model.qkv_bias + model.n_embd * model.bias
    gains = 2 * model.head_width if model.qk_norm == "learned" else 0
    return model.n_embd * (inner + model.query_width) + biases + gains


def _feed_forward(model: ModelConfig) -> int:
    ups = 2 if model.activation == "swiglu" else 1
    weights = (ups + 1) * model.n_embd * model.hidden_width
    return weights + (ups * model.hidden_width + model.n_embd) * model.bias


def _norms(model: ModelConfig) -> int:
    each = model.n_embd * (2 if model.norm == "layernorm" and model.bias else 1) if model.norm_weight else 0
    return (2 * model.n_layer + 1) * each + (2 * model.n_layer if model.residual_scalars else 0)
