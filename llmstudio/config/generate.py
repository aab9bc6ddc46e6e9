"""One text from one prompt, for the terminal: a model, a prompt and the rules of drawing."""

from llmstudio.config.option import option
from llmstudio.config.precision import WritingPrecision, precision_option
from llmstudio.config.sampling import SamplingConfig


class GenerateConfig(SamplingConfig):
    """Which model goes on from which text."""

    model: str = option(..., title="Model", help="The model that writes", group="What")
    prompt: str = option("", title="Prompt", help="The text it goes on from", group="What")
    precision: WritingPrecision = precision_option()
