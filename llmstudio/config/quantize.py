"""What is asked when a model in fewer bits is held against the exact one."""

from typing import Literal

from llmstudio.config.option import Options, option


class QuantizeCheckConfig(Options):
    """Which model, on which text, and how much of it."""

    model: str = option(..., title="Model", help="The model that is looked at")
    dataset: str = option("", title="Dataset", help="Empty: the bundled stories")
    split: Literal["auto", "train", "val", "test"] = option(
        "auto", title="Part", help="test where there is one, or val"
    )
    tokens: int = option(
        8192,
        title="Tokens",
        unit="tokens",
        help="So many are foretold at most",
        ge=16,
        le=10_000_000,
    )
    block_size: int | None = option(
        None,
        title="Context length",
        unit="tokens",
        help="Empty: the model's, at most 1,024",
        advanced=True,
        ge=2,
        le=1_048_576,
    )
    group: Literal["32", "64"] = option("32", title="Group", help="int4 weights that share a scale", advanced=True)
    threads: int | None = option(
        None, title="Threads", help="Processor cores that compute", advanced=True, ge=1, le=1024
    )
