"""`llmstudio scale`: what a training on many graphics cards can be expected to reach, by arithmetic."""

from typing import Any

import click

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.console import table
from llmstudio.cli.work import Desk
from llmstudio.config import scaling, sizing
from llmstudio.config.scale import ScaleConfig


@click.command()
@options_of(ScaleConfig)
@click.pass_obj
def scale(desk: Desk, /, **values: Any) -> None:
    """What a training on 1 to 1,024 graphics cards can be expected to reach (computed, not measured)."""
    config = make(ScaleConfig, values)
    size = next(size for size in scaling.sizes() if size.name == config.model)
    card = scaling.CARDS[config.card]
    counts = (config.cards,) if config.cards else scaling.COUNTS
    found = [scaling.expected(size, card, count) for count in counts]
    rows = [_row(one, sizing.count(size.model)) for one in found if one is not None]
    if not rows:
        raise UserError(f"{size.name} does not fit on {units.plural(counts[0], card.name)}.", "Ask for more cards.")
    words = [{**row, "memory": units.size(row["memory"]), "waiting": units.percent(row["waiting"])} for row in rows]
    told = table(words, tuple(words[0]))
    desk.console.result({"model": size.name, "card": card.name, "rows": rows}, f"{told}\nComputed, not measured.")


def _row(one: scaling.Expected, parameters: int) -> dict[str, Any]:
    return {
        "cards": one.cards,
        "strategy": one.strategy,
        "batch": one.batch,
        "accumulate": one.accumulate,
        "tokens_per_second": round(one.tokens_per_second),
        "memory": one.memory.total,
        "waiting": round(1 - one.efficiency, 4),
        "days": round(one.days(scaling.TOKENS_PER_PARAMETER * parameters), 3),
    }
