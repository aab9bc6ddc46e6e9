"""A talk with a model, for the terminal: which model, what it is told first, and the rules of drawing."""

from typing import Literal

from llmstudio.config.option import option
from llmstudio.config.precision import WritingPrecision, precision_option
from llmstudio.config.sampling import SamplingConfig, temperature_option
from llmstudio.config.train import Device


class ChatConfig(SamplingConfig):
    """Which model answers which question, and how the talk is written to it."""

    temperature: float = temperature_option(0.3)  # small models miss answers when more is left to chance
    model: str = option(..., title="Model", help="The model that answers", group="What")
    prompt: str = option("", title="Prompt", help="Answer this once, then end", group="What")
    system: str = option("", title="System prompt", help="What the model is told first", group="What")
    template: Literal["auto", "alpaca", "chatml", "llama3", "plain"] = option(
        "auto",
        title="Template",
        group="What",
        help="How the talk is written to it",
        long="auto takes the model's own template; a model that was not taught to chat gets a script of questions "
        "and answers.",
    )
    device: Device = option("auto", title="Device", help="Where the model runs", advanced=True)
    precision: WritingPrecision = precision_option()
    threads: int | None = option(
        None, title="Threads", help="Processor cores that compute", advanced=True, ge=1, le=1024
    )
