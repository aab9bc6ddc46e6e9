"""What `llmstudio scale` is asked: which model on which graphics cards."""

from typing import Literal

from llmstudio.config.option import Options, option

ModelSize = Literal["124M", "355M", "774M", "1.5B", "7B"]
CardName = Literal["H100", "A100", "RTX 4090"]


class ScaleConfig(Options):
    """One question to the table of config.scaling."""

    model: ModelSize = option("124M", title="Model", group="What", help="Its size")
    card: CardName = option("H100", title="Graphics card", group="What", help="What it trains on")
    cards: int | None = option(None, title="Cards", group="What", help="How many; else 1 to 1,024", ge=1, le=65_536)
