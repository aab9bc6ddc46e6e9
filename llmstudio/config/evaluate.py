"""What is measured: which models, on which rows, by which rules. None, "" and "auto" are settled by the data."""

from typing import Literal

from pydantic import field_validator, model_validator

from llmstudio.config.dataset import shares_of
from llmstudio.config.finetune import TemplateName
from llmstudio.config.option import OptionFault, Options, option
from llmstudio.config.train import Device, Precision

EvaluateTask = Literal["auto", "continue", "classify", "multilabel", "regress", "instruct"]
Split = Literal["auto", "train", "val", "test", "all"]


class EvaluateConfig(Options):
    """One evaluation: several models on the same rows."""

    models: tuple[str, ...] = option((), title="Models", help="What is compared", group="What")
    dataset: str = option(..., title="Dataset", help="The rows they are judged on", group="What")
    split: Split = option(
        "auto",
        title="Part",
        help="test where there is one, or val",
        long="Which part of the rows is judged. A fine-tuned model on the dataset it learned from is always "
        "judged by the split it was trained with, so that it meets no row it has learned.",
        group="What",
    )
    task: EvaluateTask = option(
        "auto",
        title="Task",
        help="auto goes by model and columns",
        long="continue measures how well a text is foretold (perplexity); classify, multilabel and regress judge "
        "labels and numbers; instruct compares written answers with references.",
        group="What",
    )
    rule: str = option(
        "",
        title="Split",
        help="dataset, or shares as 70,10,20",
        long="Empty takes the split that one of the models was trained with, else the dataset's own.",
        group="What",
        advanced=True,
    )
    seed: int = option(1, title="Seed", help="Of split, examples, selection", group="What", advanced=True, ge=0)
    max_rows: int | None = option(
        None,
        title="Most rows",
        help="Fewer are quicker; empty is all",
        long="So many rows are drawn at random (the same for every model); of a text so many windows, evenly.",
        group="What",
        ge=1,
    )
    baseline: bool = option(
        True,
        title="Baselines",
        help="Bag of words, most frequent",
        long="For classes, two rows beside the models: words and pairs of words weighed by logistic regression, "
        "and always telling the most frequent class. Both learn from the training part.",
        group="What",
    )

    text_column: str = option("", title="Text column", help="Empty: found by its name", group="Columns")
    label_column: str = option("", title="Label column", help="Empty: found by its name", group="Columns")
    label_separator: str = option(
        "", title="Label separator", help="Stands between several labels", group="Columns", advanced=True
    )
    instruction_column: str = option(
        "", title="Instruction column", help="What is asked for", group="Columns", advanced=True
    )
    input_column: str = option("", title="Input column", help="What it is asked about", group="Columns", advanced=True)
    answer_column: str = option("", title="Answer column", help="The reference", group="Columns", advanced=True)
    system_column: str = option("", title="System column", help="Standing orders", group="Columns", advanced=True)
    messages_column: str = option("", title="Messages column", help="Whole chats", group="Columns", advanced=True)

    stride: int | None = option(
        None,
        title="Stride",
        unit="tokens",
        help="Short is exact, long is quick",
        long="How far the window moves on before the next tokens are foretold. Empty is half of the context: each "
        "token then has at least half a context before it.",
        group="Text",
        ge=1,
        le=1_048_576,
    )
    block_size: int | None = option(
        None,
        title="Context length",
        unit="tokens",
        help="Empty: the model's, at most 1,024",
        group="Text",
        advanced=True,
        ge=2,
        le=1_048_576,
    )

    shots: int | None = option(
        None,
        title="Examples",
        help="Shown before each question",
        long="How many rows of the training part stand solved in the prompt of a model without a head of its own. "
        "Empty is 8 for classes (spread over them), and none for answers.",
        group="Prompt",
        ge=0,
        le=256,
    )
    question: str = option("", title="Question", help="Stands before the text", group="Prompt", advanced=True)
    label_words: str = option(
        "",
        title="Words for labels",
        help="As pos=positive, neg=negative",
        long="What the model is to say for a label whose name is no word.",
        group="Prompt",
        advanced=True,
    )
    template: TemplateName = option(
        "auto", title="Template", help="How a conversation is written", group="Prompt", advanced=True
    )
    template_own: str = option(
        "", title="Own template", help="With {instruction} and {answer}", group="Prompt", advanced=True
    )
    max_tokens: int = option(
        128, title="Answer length", unit="tokens", help="Answers are cut there", group="Answers", ge=1, le=8192
    )
    stemming: bool = option(
        False,
        title="Word stems",
        help="ROUGE compares run and running",
        group="Answers",
        advanced=True,
    )

    device: Device = option("auto", title="Device", help="Where it computes", group="Machine", advanced=True)
    precision: Precision = option(
        "auto", title="Precision", help="auto is fp32 on a processor", group="Machine", advanced=True
    )
    threads: int | None = option(
        None, title="Threads", help="Processor cores that compute", group="Machine", advanced=True, ge=1, le=1024
    )

    @field_validator("models")
    @classmethod
    def _some_models(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(name.strip() for name in value if name.strip()))
        if len(found) > 32:
            raise OptionFault("models", "32 models are compared at most at once.")
        return found

    @field_validator("dataset")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("This has to be filled in.")
        return value

    @field_validator("rule")
    @classmethod
    def _splits(cls, value: str) -> str:
        value = value.strip()
        if value not in ("", "dataset"):
            try:
                shares_of(value)
            except OptionFault as fault:
                raise OptionFault("rule", str(fault), "70,10,20") from fault
        return value

    @field_validator("label_words")
    @classmethod
    def _pairs(cls, value: str) -> str:
        words_of(value)
        return value

    @model_validator(mode="after")
    def _fits(self) -> "EvaluateConfig":
        if self.stride and self.block_size and self.stride > self.block_size:
            message = f"A stride of {self.stride:,} leaves out what a context of {self.block_size:,} cannot reach."
            raise OptionFault("stride", message, self.block_size)
        places = ("{instruction}", "{answer}")
        if self.template == "own" and not all(place in self.template_own for place in places):
            raise OptionFault("template_own", "An own template needs {instruction} and {answer}.")
        if not self.models and not self.baseline:
            raise OptionFault("models", "Nothing is to be measured: choose a model.")
        return self


def words_of(text: str) -> dict[str, str]:
    """The words for labels in "pos=positive, neg=negative"; OptionFault where a part is no pair."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    for label, sign, word in pairs:
        if not (label.strip() and sign and word.strip()):
            raise OptionFault("label_words", "Words for labels are pairs such as pos=positive, neg=negative.")
    return {label.strip(): word.strip() for label, _, word in pairs}
