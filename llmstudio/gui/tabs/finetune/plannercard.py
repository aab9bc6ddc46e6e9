"""The card "What this run needs", for a fine-tuning: what is trained, memory, rows, tokens, disk."""

from llmstudio.base import units
from llmstudio.gui.tabs.finetune.plan import Plan
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.needscard import Needs, NeedsCard
from llmstudio.gui.widgets.sharebar import Share


class PlannerCard(NeedsCard):
    """Shows a plan; muted where figures are out of date."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "finetune", "Trained", "What is trained of the model")

    def show_plan(self, plan: Plan | None, *, testing: bool, can_test: bool) -> None:
        """Show a plan; None mutes what was shown last."""
        self.show_needs(None if plan is None else needs(plan), testing=testing, can_test=can_test)


def needs(plan: Plan) -> Needs:
    """A plan as the card tells it."""
    part = units.percent(min(1.0, plan.trained_share), 0 if plan.trained_share > 0.995 else 1)
    trained = [Share("Learns", plan.trained, units.short(plan.trained))]
    if plan.trained < plan.total:
        trained.append(Share("Stays as it is", 0, units.short(plan.total - plan.trained)))
    memory = plan.memory
    return Needs(
        seconds=plan.seconds,
        origin=plan.origin,
        timed=plan.timed,
        trained_sum=f"{part} of {units.count(plan.total)}",
        trained=tuple(trained),
        trained_most=max(plan.total, plan.trained),
        memory=(
            ("Weights", memory.weights),
            ("Gradients", memory.gradients),
            ("Optimizer", memory.optimizer),
            ("Activations", memory.activations),
            ("Program", memory.runtime),
        ),
        memory_limit=plan.memory_limit,
        facts=tuple(_facts(plan)),
    )


def _facts(plan: Plan) -> list[tuple[str, str]]:
    rows = plan.rows
    about = "" if rows.exact else "about "
    counts = " / ".join(units.number(count) for count in (rows.train, rows.val, rows.test))
    found = [
        ("Rows to learn, check, test", f"{about}{counts}"),
        ("Tokens to learn from", f"{about}{units.count(rows.tokens)}"),
        ("Steps", f"{units.number(plan.steps)}, {plan.epochs:.3g} epochs"),
        ("Disk", f"{units.size(plan.disk)} of {units.size(plan.disk_free)} free"),
    ]
    if rows.learned < 1:
        found.insert(2, ("Only read, not learned", units.percent(1 - rows.learned)))
    return found
