"""What judging texts with a fine-tuned model needs to know."""

from llmstudio.config.option import Options, option
from llmstudio.config.train import Device, Precision


class ClassifyConfig(Options):
    """Which model judges which texts, and where."""

    model: str = option(..., title="Model", help="A model fine-tuned to judge")
    texts: tuple[str, ...] = option((), title="Texts", help="What is judged")
    device: Device = option("auto", title="Device", help="Where the model runs", advanced=True)
    precision: Precision = option("auto", title="Precision", help="bf16 is half the size", advanced=True)
    threads: int | None = option(
        None, title="Threads", help="Processor cores that compute", advanced=True, ge=1, le=1024
    )
