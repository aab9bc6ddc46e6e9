"""What a short timed test measures: this machine, or one set of training settings on it."""

from typing import Any, Literal

from llmstudio.config.option import Options, option


class ProbeConfig(Options):
    """Without `settings` the machine is probed; with them (fields of PretrainConfig or FinetuneConfig, as `what`
    says) that training is timed."""

    settings: dict[str, Any] = option({}, title="Settings", help="The training that is timed")
    what: Literal["pretrain", "finetune"] = option("pretrain", title="Kind", help="What the settings describe")
    vocab_size: int = option(256, title="Vocabulary", ge=1, le=2_000_000, help="Tokens the model knows")
    seconds: float = option(6.0, title="Time", unit="s", help="Longer is more exact", gt=0, le=120)
