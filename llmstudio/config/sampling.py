"""How the next token is drawn from a model's probabilities."""

from typing import Any

from llmstudio.config.option import Options, option


def temperature_option(default: float) -> Any:
    """How much is left to chance, as the option `temperature` of a group of settings."""
    return option(
        default,
        title="Temperature",
        help="Low is safe, high is surprising",
        long="Logits are divided by this number before they become probabilities. At 0 the most probable "
        "token is always taken.",
        group="Drawing",
        ge=0,
        le=5,
    )


class SamplingConfig(Options):
    """Rules of drawing; the defaults suit small models."""

    max_tokens: int = option(
        200,
        title="Length",
        unit="tokens",
        help="How much is written at most",
        group="Length",
        ge=1,
        le=100_000,
    )
    temperature: float = temperature_option(0.8)
    top_k: int = option(
        0,
        title="Top k",
        unit="tokens",
        help="Only the k best are drawn; 0 all",
        long="Only the k most probable tokens may be drawn. 0 switches the rule off, 1 is greedy.",
        group="Drawing",
        ge=0,
        le=2_000_000,
    )
    top_p: float = option(
        0.95,
        title="Top p",
        help="Only the likely mass; 1 is all",
        long="Nucleus sampling: the smallest set of best tokens whose probabilities add up to p "
        "(Holtzman et al. 2019). 1 switches the rule off.",
        group="Drawing",
        gt=0,
        le=1,
    )
    min_p: float = option(
        0.0,
        title="Min p",
        help="Drops what is far from the best",
        long="Tokens less probable than this share of the best token's probability are left out "
        "(Nguyen et al. 2024). 0 switches the rule off.",
        group="Drawing",
        ge=0,
        le=1,
    )
    repetition_penalty: float = option(
        1.0,
        title="Repetition penalty",
        help="Above 1 repeats less",
        long="Logits of tokens that already occur in the context are divided (or multiplied, if negative) "
        "by this number (Keskar et al. 2019). 1 switches the rule off.",
        group="Drawing",
        ge=0.5,
        le=3,
    )
    stop: tuple[str, ...] = option(
        (),
        title="Stop at",
        help="Writing ends before these words",
        group="Length",
    )
    seed: int | None = option(
        None,
        title="Seed",
        help="The same seed, the same text",
        group="Drawing",
        ge=0,
        le=2**63 - 1,
    )
