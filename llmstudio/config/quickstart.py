"""How long the first model may take."""

from llmstudio.config.option import Options, option


class QuickstartConfig(Options):
    """The one dial of the quick start."""

    minutes: float = option(
        2.5,
        title="Training time",
        unit="minutes",
        help="Longer writes better stories",
        ge=0.1,
        le=600,
    )
