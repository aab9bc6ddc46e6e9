"""`llmstudio models quantize-check`: what fewer bits cost a model, and what they gain."""

from typing import Any

import click

from llmstudio.base import units
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.console import table
from llmstudio.cli.work import Desk
from llmstudio.config.quantize import QuantizeCheckConfig
from llmstudio.store import catalog

_COLUMNS = ("precision", "weights", "perplexity", "worse", "divergence", "top 1", "tokens/s")


@click.command("quantize-check")
@click.argument("model")
@options_of(QuantizeCheckConfig, skip=["model"])
@click.pass_obj
def quantize_check(desk: Desk, /, model: str, **values: Any) -> None:
    """Hold a model in 16, 8 and 4 bits against itself in 32: perplexity, divergence, agreement, speed."""
    config = make(QuantizeCheckConfig, {**values, "model": model})
    catalog.find(desk.workspace, "model", model)
    if config.dataset:
        catalog.find(desk.workspace, "dataset", config.dataset)
    result = desk.run_aside("quantize_check", config, title="Check of precisions")
    desk.console.result(result, table([_shown(row) for row in result["rows"]], _COLUMNS))
    desk.console.say(
        f"On {result['tokens']:,} tokens of {result['text']}; ± is the standard error on so many. Divergence: nats per "
        "token from the exact probabilities (Kullback-Leibler); top 1: how often the likeliest token is the same."
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "precision": row["precision"],
        "weights": units.size(row["weight_bytes"]),
        "perplexity": f"{row['perplexity']:.4f}",
        "worse": f"{row['worse']:+.3%} ± {row['worse_error']:.3%}",
        "divergence": f"{row['divergence']:.6f}",
        "top 1": f"{row['top_1']:.2%}",
        "tokens/s": f"{row['tokens_per_second']:.1f}",
    }
