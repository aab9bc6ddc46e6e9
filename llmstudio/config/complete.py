"""What a completion session has to know before it starts."""

from typing import Literal

from llmstudio.config.option import Options, option
from llmstudio.config.precision import WritingPrecision, precision_option


class CompleteConfig(Options):
    """Which model is loaded, and where it runs."""

    model: str = option(..., title="Model", help="The model that writes")
    device: Literal["auto", "cuda", "mps", "cpu"] = option(
        "auto", title="Device", help="Where the model runs", advanced=True
    )
    precision: WritingPrecision = precision_option()
    threads: int | None = option(
        None, title="Threads", help="Processor cores that compute", advanced=True, ge=1, le=1024
    )
