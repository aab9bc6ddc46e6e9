"""The settings of a fine-tuning. None, "" and "auto" mean that `config.propose_finetune` chooses."""

from typing import Literal

from pydantic import ValidationInfo, field_validator, model_validator

from llmstudio.config.dataset import shares_of
from llmstudio.config.option import OptionFault, Options, option
from llmstudio.config.train import Device, Precision, Schedule

Task = Literal["classify", "multilabel", "regress", "instruct", "continue"]
Method = Literal["auto", "full", "last-layers", "head", "lora"]
TemplateName = Literal["auto", "alpaca", "chatml", "llama3", "plain", "own"]
Balance = Literal["none", "weights", "sampling", "undersample"]
Targets = Literal["all", "attention", "feed-forward"]

LABELLED: tuple[Task, ...] = ("classify", "multilabel", "regress")
"""Tasks that put a head of their own on the model."""


class FinetuneConfig(Options):
    """One fine-tuning: which model learns what from which rows, by which method, how long, where."""

    model: str = option(..., title="Model", group="What", help="The model that goes on learning")
    dataset: str = option(..., title="Dataset", group="What", help="The rows it learns from")
    name: str = option(..., title="Name", group="What", help="What the new model is called")
    task: Task = option(
        "classify",
        title="Task",
        group="What",
        help="What it should learn to do",
        long="classify: one label for a text; multilabel: any number of labels; regress: a number; instruct: "
        "answers to instructions and chats; continue: more text of one kind.",
    )

    text_column: str = option("", title="Text column", group="Data", help="Empty: found by its name")
    label_column: str = option("", title="Label column", group="Data", help="Empty: found by its name")
    instruction_column: str = option("", title="Instruction column", group="Data", help="What is asked for")
    input_column: str = option("", title="Input column", group="Data", help="What it is asked about", advanced=True)
    answer_column: str = option("", title="Answer column", group="Data", help="What it should answer")
    system_column: str = option("", title="System column", group="Data", help="Standing orders", advanced=True)
    messages_column: str = option("", title="Messages column", group="Data", help="Whole conversations", advanced=True)
    label_separator: str = option(
        "", title="Label separator", group="Data", help="Empty: found in the labels", advanced=True
    )
    template: TemplateName = option(
        "auto",
        title="Template",
        group="Data",
        help="How a conversation is written",
        long="auto takes the model's own template, and Alpaca's where the model has none.",
    )
    template_own: str = option(
        "",
        title="Own template",
        group="Data",
        help="With {instruction} and {answer}",
        long="A text with {instruction} and {answer}, and {system} and {input} where they are wanted.",
        advanced=True,
    )
    train_on: Literal["answers", "all"] = option(
        "answers", title="Learn from", group="Data", help="Answers only, or questions too", advanced=True
    )
    split: str = option(
        "",
        title="Split",
        group="Data",
        help="dataset, or shares as 70,10,20",
        long="Shares of training, validation and test, in percent; dataset keeps the parts that the dataset "
        "has. Each label gets its share of every part, and equal texts stay in one part.",
        advanced=True,
    )
    balance: Balance = option(
        "none",
        title="Rare labels",
        group="Data",
        help="How rare labels are made to count",
        long="weights makes their mistakes cost more, sampling shows them more often, undersample leaves rows of "
        "the frequent labels out until all are equally frequent.",
        advanced=True,
    )
    on_fault: Literal["stop", "skip"] = option(
        "stop", title="Faulty rows", group="Data", help="Stop at them, or leave them out", advanced=True
    )

    method: Method = option(
        "auto",
        title="Method",
        group="Method",
        help="Which weights change",
        long="full changes all weights, last-layers only those nearest the end, head only the new head, lora "
        "small matrices beside the weights (Hu et al. 2021), which are kept as an adapter.",
    )
    last_layers: int | None = option(
        None, title="Last layers", unit="layers", group="Method", help="How many of them learn", ge=1, le=512
    )
    lora_rank: int | None = option(
        None, title="LoRA rank", group="Method", help="Higher can learn more", advanced=True, ge=1, le=4096
    )
    lora_alpha: float | None = option(
        None,
        title="LoRA alpha",
        group="Method",
        help="Weight of what is added",
        long="What the adapter adds is multiplied by alpha divided by rank.",
        advanced=True,
        gt=0,
        le=65_536,
    )
    lora_dropout: float | None = option(
        None, title="LoRA dropout", group="Method", help="Hinders learning by heart", advanced=True, ge=0, lt=1
    )
    lora_targets: Targets = option(
        "all", title="LoRA targets", group="Method", help="Which matrices get an adapter", advanced=True
    )

    block_size: int | None = option(
        None,
        title="Context length",
        unit="tokens",
        group="Training",
        help="Longer rows are cut",
        advanced=True,
        ge=2,
        le=1_048_576,
    )
    epochs: float | None = option(
        None, title="Epochs", group="Training", help="How often each row is read", gt=0, le=10_000
    )
    max_steps: int | None = option(
        None,
        title="Steps",
        unit="steps",
        group="Training",
        help="Instead of epochs",
        advanced=True,
        ge=1,
        le=100_000_000,
    )
    batch_size: int | None = option(
        None, title="Batch", unit="rows", group="Training", help="Larger is smoother, takes memory", ge=1, le=65_536
    )
    accumulate: int = option(
        1, title="Accumulate", unit="batches", group="Training", help="Batches added up in one step",
        long="The gradients of so many batches are added up before the weights change: as good as a larger "
        "batch, without its memory.",
        advanced=True, ge=1, le=4096,
    )  # fmt: skip
    learning_rate: float | None = option(
        None,
        title="Learning rate",
        group="Learning rate",
        help="LoRA takes about ten times more",
        scale="log",
        gt=0,
        le=10,
    )
    warmup_share: float | None = option(
        None,
        title="Warm-up",
        group="Learning rate",
        help="Share of steps until it is full",
        advanced=True,
        ge=0,
        lt=1,
    )
    schedule: Schedule | None = option(
        None, title="Schedule", group="Learning rate", help="How the rate falls", advanced=True
    )
    weight_decay: float | None = option(
        None, title="Weight decay", group="Training", help="Keeps weights small", advanced=True, ge=0, le=10
    )
    grad_clip: float | None = option(
        None, title="Gradient clipping", group="Training", help="Cuts jumps; 0 is off", advanced=True, ge=0, le=1000
    )

    reading_share: float | None = option(
        None,
        title="Keep reading",
        group="Training",
        help="Weight of foretelling the text",
        long="While a head is learned, foretelling the next token of the same texts goes on with this weight "
        "(Radford et al. 2018). It keeps small models from learning rows by heart; 0 is off.",
        advanced=True,
        ge=0,
        le=10,
    )
    word_dropout: float | None = option(
        None,
        title="Word dropout",
        group="Training",
        help="Swaps tokens at random",
        long="The share of a text's tokens that are another, drawn at random, each time it is learned from "
        "(after Iyyer et al. 2015): no single word may decide. It helps small models that have few rows; 0 is off.",
        advanced=True,
        ge=0,
        lt=1,
    )
    dropout: float | None = option(
        None, title="Dropout", group="Training", help="Hinders learning by heart", advanced=True, ge=0, lt=1
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
    patience: int | None = option(
        None,
        title="Stop early after",
        unit="evaluations",
        group="Evaluation",
        help="Without progress; 0 is never",
        ge=0,
        le=10_000,
    )
    keep_best: bool = option(
        True, title="Keep the best", group="Evaluation", help="Not the last, but the best step", advanced=True
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
    sample_tokens: int = option(
        64,
        title="Sample length",
        unit="tokens",
        group="Evaluation",
        help="Longest answer shown; 0 is none",
        advanced=True,
        ge=0,
        le=4096,
    )
    old_dataset: str = option(
        "", title="Old domain", group="Evaluation", help="Text it should not forget", advanced=True
    )
    baseline: bool = option(
        True,
        title="Bag of words",
        group="Evaluation",
        help="What a simple method reaches",
        long="Counts words and pairs of words and weighs them by logistic regression, on the same rows.",
        advanced=True,
    )

    seed: int = option(
        1, title="Seed", group="Machine", help="Same seed, same model", advanced=True, ge=0, le=2**31 - 1
    )
    device: Device = option("auto", title="Device", group="Machine", help="Where it trains", advanced=True)
    precision: Precision = option(
        "auto", title="Precision", group="Machine", help="auto measures which is faster", advanced=True
    )
    threads: int | None = option(
        None, title="Threads", group="Machine", help="Processor cores that compute", advanced=True, ge=1, le=1024
    )

    @field_validator("model", "dataset", "name")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("This has to be filled in.")
        return value

    @field_validator("split")
    @classmethod
    def _splits(cls, value: str) -> str:
        value = value.strip()
        if value not in ("", "dataset"):
            shares_of(value)
        return value

    @model_validator(mode="after")
    def _own_template_is_there(self) -> "FinetuneConfig":
        places = ("{instruction}", "{answer}")
        if self.template == "own" and not all(place in self.template_own for place in places):
            raise OptionFault("template_own", "An own template needs {instruction} and {answer}.")
        return self

    @field_validator("method")
    @classmethod
    def _head_needs_a_task_with_one(cls, value: str, info: ValidationInfo) -> str:
        if value == "head" and info.data.get("task") in ("instruct", "continue"):
            raise OptionFault("method", f"{info.data['task']} has no head of its own. Use lora or full.", "lora")
        return value

    @property
    def warmup_steps(self) -> int | None:
        """Steps until the rate is full (None while a part of it is still to be proposed)."""
        if self.max_steps is None or self.warmup_share is None:
            return None
        return round(self.warmup_share * self.max_steps)

    @property
    def rows_per_step(self) -> int:
        """Rows the model learns from in one step (0 while a part of it is still to be proposed)."""
        return (self.batch_size or 0) * self.accumulate
