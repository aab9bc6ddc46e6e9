"""The card "What this run needs", for a training: parameters by block, memory, tokens, disk."""

from collections.abc import Mapping

from llmstudio.base import units
from llmstudio.gui.tabs.train.plan import Plan
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.needscard import Needs, NeedsCard
from llmstudio.gui.widgets.sharebar import Share

SEEN = 0.01  # of the whole: a smaller part is less than four pixels of the bar


class PlannerCard(NeedsCard):
    """Shows a plan; muted where figures are out of date."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "train", "Parameters", "Parameters by block")

    def show_plan(self, plan: Plan | None, *, testing: bool, can_test: bool) -> None:
        """Show a plan; None mutes what was shown last."""
        self.show_needs(None if plan is None else needs(plan), testing=testing, can_test=can_test)


def blocks(parameters: Mapping[str, int]) -> tuple[Share, ...]:
    """Parameters by block; blocks too small to be seen are told as one."""
    seen = {name: count for name, count in parameters.items() if count >= SEEN * sum(parameters.values())}
    rest = sum(parameters.values()) - sum(seen.values())
    if len(parameters) - len(seen) < 2:
        seen = dict(parameters)
    elif rest:
        seen["Small blocks"] = rest
    return tuple(Share(name, count, units.short(count)) for name, count in seen.items())


def needs(plan: Plan) -> Needs:
    """A plan as the card tells it."""
    memory, passes = plan.memory, f"{plan.passes:.1f}" if plan.passes < 10 else units.number(plan.passes)
    return Needs(
        seconds=plan.seconds,
        origin=plan.origin,
        timed=plan.timed,
        trained_sum=units.count(plan.total),
        trained=blocks(plan.parameters),
        trained_most=0,
        memory=(
            ("Weights", memory.weights),
            ("Gradients", memory.gradients),
            ("Optimizer", memory.optimizer),
            ("Activations", memory.activations),
            ("Program", plan.runtime),
        ),
        memory_limit=plan.memory_limit,
        facts=(
            ("Tokens per parameter", f"{plan.tokens_per_parameter:.1f}"),
            ("Tokens seen", f"{units.count(plan.tokens)}, {passes} passes"),
            ("Disk for checkpoints", f"{units.size(plan.disk)} of {units.size(plan.disk_free)} free"),
        ),
    )
