"""The card "What this run needs", for a training: parameters by block, memory, tokens, disk."""

from llmstudio.base import units
from llmstudio.gui.tabs.train.plan import Plan
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.needscard import Needs, NeedsCard
from llmstudio.gui.widgets.sharebar import Share


class PlannerCard(NeedsCard):
    """Shows a plan; muted where figures are out of date."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "train", "Parameters", "Parameters by block")

    def show_plan(self, plan: Plan | None, *, testing: bool, can_test: bool) -> None:
        """Show a plan; None mutes what was shown last."""
        self.show_needs(None if plan is None else needs(plan), testing=testing, can_test=can_test)


def needs(plan: Plan) -> Needs:
    """A plan as the card tells it."""
    memory, passes = plan.memory, f"{plan.passes:.1f}" if plan.passes < 10 else units.number(plan.passes)
    return Needs(
        seconds=plan.seconds,
        origin=plan.origin,
        timed=plan.timed,
        trained_sum=units.count(plan.total),
        trained=tuple(Share(name, count, units.short(count)) for name, count in plan.parameters.items()),
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
