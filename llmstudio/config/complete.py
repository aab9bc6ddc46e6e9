"""What a completion session has to know before it starts."""

from typing import Literal

from llmstudio.config.option import Options, option


class CompleteConfig(Options):
    """Which model is loaded, and where it runs."""

    model: str = option(..., title="Model", help="The model that writes")
    device: Literal["auto", "cuda", "mps", "cpu"] = option(
        "auto", title="Device", help="Where the model runs", advanced=True
    )
    precision: Literal["auto", "fp32", "bf16"] = option(
        "auto", title="Precision", help="bf16 is half the size", advanced=True
    )
    threads: int | None = option(
        None, title="Threads", help="Processor cores that compute", advanced=True, ge=1, le=1024
    )
