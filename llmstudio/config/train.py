"""The settings of a training from scratch. A value of None means that `config.propose` chooses it."""

from typing import Literal

from pydantic import ValidationInfo, field_validator

from llmstudio.config.model import check_groups, check_heads, check_pairs
from llmstudio.config.option import OptionFault, Options, option

Preset = Literal["studio-small", "gpt2", "llama"]
Schedule = Literal["cosine", "linear", "constant"]
Optimizer = Literal["adamw", "muon"]
Device = Literal["auto", "cuda", "mps", "cpu"]
Precision = Literal["auto", "fp32", "bf16"]
Compile = Literal["auto", "on", "off"]
Strategy = Literal["auto", "ddp", "fsdp"]


class PretrainConfig(Options):
    """One training: what it reads, what it builds, how long and how it learns, where it runs."""

    name: str = option(..., title="Name", group="What", help="What the model is called")
    dataset: str = option(..., title="Dataset", group="What", help="The text it learns from")
    tokenizer: str = option("characters", title="Tokenizer", group="What", help="How the text is cut")
    preset: Preset = option(
        "studio-small",
        title="Preset",
        group="What",
        help="studio-small learns fastest",
        long="studio-small is built to learn fast on small machines. gpt2 and llama have the exact shape of "
        "those families, so that other programs can open the exported model.",
    )

    n_layer: int | None = option(
        None, title="Layers", group="Model", help="More is better, slower in step", ge=1, le=512
    )
    n_embd: int | None = option(
        None,
        title="Embedding width",
        group="Model",
        help="Twice as wide costs four times",
        ge=2,
        le=65_536,
    )
    n_head: int | None = option(
        None,
        title="Heads",
        group="Model",
        help="Places it looks at at once",
        ge=1,
        le=1024,
    )
    n_kv_head: int | None = option(
        None,
        title="Key-value heads",
        group="Model",
        help="Fewer save memory when writing",
        long="Grouped-query attention (Ainslie et al. 2023): several heads share one key and value.",
        advanced=True,
        ge=1,
        le=1024,
    )
    block_size: int | None = option(
        None,
        title="Context length",
        unit="tokens",
        group="Model",
        help="How far back it can look",
        ge=2,
        le=1_048_576,
    )
    dropout: float | None = option(
        None,
        title="Dropout",
        group="Model",
        help="Hinders learning by heart",
        long="The share of values set to zero at random in each step (Srivastava et al. 2014). Useful when "
        "the text is read many times over, harmful when it is read once.",
        advanced=True,
        ge=0,
        lt=1,
    )

    ngram_rows: int | None = option(
        None,
        title="Rows for pairs",
        unit="rows",
        group="Model",
        help="Looks up what stood before; 0 off",
        long="Learned vectors for the last two and the last three pieces (Svenstrup et al. 2017), added to that of "
        "the piece itself: a small model need not find out what stood before. 0 leaves them out.",
        advanced=True,
        ge=0,
        le=1 << 26,
    )

    minutes: float | None = option(
        None,
        title="Time",
        unit="minutes",
        group="Training",
        help="Everything open is chosen for it",
        long="Model, context, batch, steps and learning rate are proposed so that the training takes about so long "
        "on this machine. What is said is kept.",
        advanced=True,
        ge=0.05,
        le=525_600,
    )
    max_steps: int | None = option(
        None, title="Steps", unit="steps", group="Training", help="How long it learns", ge=1, le=100_000_000
    )
    batch_size: int | None = option(
        None,
        title="Batch",
        unit="sequences",
        group="Training",
        help="Larger is smoother, takes memory",
        ge=1,
        le=65_536,
    )
    accumulate: int = option(
        1,
        title="Accumulate",
        unit="batches",
        group="Training",
        help="Batches added up in one step",
        long="The gradients of so many batches are added up before the weights change: as good as a larger "
        "batch, without its memory.",
        advanced=True,
        ge=1,
        le=4096,
    )
    optimizer: Optimizer | None = option(
        None,
        title="Optimizer",
        group="Training",
        help="Muon learns more from each token",
        long="AdamW (Loshchilov and Hutter 2017) for everything, or Muon (Jordan 2024) for the matrices and "
        "AdamW for the rest.",
        advanced=True,
    )
    learning_rate: float | None = option(
        None,
        title="Learning rate",
        group="Learning rate",
        help="Too high diverges, too low lags",
        scale="log",
        gt=0,
        le=10,
    )
    embedding_share: float | None = option(
        None,
        title="Embedding rate",
        unit="times",
        group="Learning rate",
        help="Embeddings learn so much faster",
        advanced=True,
        scale="log",
        gt=0,
        le=1000,
    )
    head_share: float | None = option(
        None,
        title="Output rate",
        unit="times",
        group="Learning rate",
        help="The output learns so much faster",
        advanced=True,
        scale="log",
        gt=0,
        le=1000,
    )
    warmup_steps: int | None = option(
        None,
        title="Warm-up",
        unit="steps",
        group="Learning rate",
        help="Steps until the rate is full",
        advanced=True,
        ge=0,
    )
    schedule: Schedule | None = option(
        None,
        title="Schedule",
        group="Learning rate",
        help="How the rate falls",
        long="cosine falls all the time; linear stays at the full rate first and then falls in a straight "
        "line; constant does not fall.",
        advanced=True,
    )
    min_lr_share: float | None = option(
        None,
        title="Final rate",
        group="Learning rate",
        help="Share of the rate left at the end",
        advanced=True,
        ge=0,
        le=1,
    )
    weight_decay: float | None = option(
        None,
        title="Weight decay",
        group="Training",
        help="Keeps weights small",
        advanced=True,
        ge=0,
        le=10,
    )
    beta1: float | None = option(
        None, title="Beta 1", group="Training", help="Memory of the direction", advanced=True, ge=0, lt=1
    )
    beta2: float | None = option(
        None, title="Beta 2", group="Training", help="Memory of the step size", advanced=True, ge=0, lt=1
    )
    grad_clip: float | None = option(
        None,
        title="Gradient clipping",
        group="Training",
        help="Cuts jumps; 0 is off",
        advanced=True,
        ge=0,
        le=1000,
    )

    eval_every: int | None = option(
        None,
        title="Evaluate every",
        unit="steps",
        group="Evaluation",
        help="More often costs time",
        advanced=True,
        ge=1,
    )
    save_every: int | None = option(
        None,
        title="Checkpoint every",
        unit="steps",
        group="Evaluation",
        help="The most that can be lost",
        advanced=True,
        ge=1,
    )
    patience: int = option(
        0,
        title="Stop early after",
        unit="evaluations",
        group="Evaluation",
        help="Without progress; 0 is never",
        ge=0,
        le=10_000,
    )
    keep_best: bool = option(
        True,
        title="Keep the best",
        group="Evaluation",
        help="Not the last, but the best step",
        advanced=True,
    )
    sample_prompt: str | None = option(
        None, title="Sample prompt", group="Evaluation", help="Where each sample begins", advanced=True
    )
    sample_tokens: int = option(
        120,
        title="Sample length",
        unit="tokens",
        group="Evaluation",
        help="0 writes no samples",
        advanced=True,
        ge=0,
        le=4096,
    )

    seed: int = option(
        1, title="Seed", group="Machine", help="Same seed, same model", advanced=True, ge=0, le=2**31 - 1
    )
    device: Device = option("auto", title="Device", group="Machine", help="Where it trains", advanced=True)
    precision: Precision = option(
        "auto",
        title="Precision",
        group="Machine",
        help="auto measures which is faster",
        advanced=True,
    )
    threads: int | None = option(
        None,
        title="Threads",
        group="Machine",
        help="Processor cores that compute",
        advanced=True,
        ge=1,
        le=1024,
    )
    processes: int = option(
        1,
        title="Processes",
        group="Machine",
        help="On this machine, one for each GPU",
        long="So many processes train the same model, each with its share of every batch; the curve stays the same. "
        "Worth it with several graphics cards. On one processor they only share its cores.",
        advanced=True,
        ge=1,
        le=4096,
    )
    strategy: Strategy = option(
        "auto",
        title="Strategy",
        group="Machine",
        help="How processes share the model",
        long="ddp keeps a whole copy of model and optimizer in every process, fsdp a share of them, which takes less "
        "memory and more exchange. auto takes ddp where it fits.",
        advanced=True,
    )

    compile: Compile = option(
        "auto",
        title="Compile",
        group="Machine",
        help="auto does in long runs, if it pays",
        long="A C++ compiler (on graphics cards Triton) can join the small parts of a step. That takes about a minute "
        "before the first step, once for each shape of model.",
        advanced=True,
    )

    @field_validator("name", "dataset", "tokenizer")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("This has to be filled in.")
        return value

    @field_validator("n_head")
    @classmethod
    def _heads_share_the_width(cls, heads: int | None, info: ValidationInfo) -> int | None:
        width = info.data.get("n_embd")
        if heads and width:
            check_heads(width, heads, "n_head")
            if info.data.get("preset") != "gpt2":  # the others have rotary positions
                check_pairs(width, heads)
        return heads

    @field_validator("n_kv_head")
    @classmethod
    def _heads_share_the_groups(cls, kv_heads: int | None, info: ValidationInfo) -> int | None:
        heads = info.data.get("n_head")
        if kv_heads and heads:
            check_groups(heads, kv_heads, "n_kv_head")
        return kv_heads

    @field_validator("processes")
    @classmethod
    def _processes_share_the_batch(cls, processes: int, info: ValidationInfo) -> int:
        batch = info.data.get("batch_size")
        if batch and batch % processes:
            fits = max(number for number in range(1, processes) if batch % number == 0)
            raise OptionFault(
                "processes", f"A batch of {batch:,} cannot be shared evenly by {processes:,} processes.", fits
            )
        return processes

    @property
    def tokens_per_step(self) -> int:
        """Tokens the model learns from in one step (0 while a part of it is still to be proposed)."""
        return (self.batch_size or 0) * (self.block_size or 0) * self.accumulate
