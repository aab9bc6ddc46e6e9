"""Options for form tests: one of each kind."""

from typing import Literal

from llmstudio.config.option import Options, option


class Small(Options):
    """A little of everything."""

    name: str = option("first", title="Name", group="Ingredients", help="Shown in Runs and Models")
    dataset: str = option("", title="Dataset", group="Ingredients", help="The text it learns from")
    width: int | None = option(
        None, title="Width", unit="numbers", group="Model", help="Twice as wide costs four times", ge=8, le=4096
    )
    heads: int = option(4, title="Heads", unit="per layer", group="Model", help="Places it looks at", ge=1)
    rate: float = option(0.002, title="Learning rate", group="Training", help="Size of a step", scale="log", gt=0)
    keep: bool = option(True, title="Keep the best", group="Training", help="Not the last, but the best")
    schedule: Literal["cosine", "linear"] = option(
        "cosine", title="Schedule", group="Training", help="How the rate falls", advanced=True
    )
