"""`llmstudio propose`: the one dial in the terminal."""

import shlex
from typing import Any

import click

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.cli.arguments import make
from llmstudio.cli.work import Desk
from llmstudio.config import dial, propose, rules
from llmstudio.config.dial import Proposal
from llmstudio.config.probe import ProbeConfig
from llmstudio.config.propose import MachineFacts
from llmstudio.config.train import PretrainConfig
from llmstudio.store import catalog, corpora, machine
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace

SHOWN = (
    "n_layer", "n_embd", "n_head", "block_size", "ngram_rows", "batch_size", "max_steps", "optimizer",
    "learning_rate", "embedding_share", "head_share", "schedule", "dropout",
)  # fmt: skip
PROBE_SECONDS = 4.0


@click.command("propose")
@click.option("--dataset", help="The text it is to learn from", required=True)
@click.option("--minutes", default=None, help="How long it may take [minutes]", metavar="FLOAT")
@click.option("--tokenizer", default=None, help="How the text is cut; the best one there is where none is said")
@click.option("--preset", default=None, help="studio-small learns fastest", metavar="studio-small|gpt2|llama")
@click.pass_obj
def propose_settings(
    desk: Desk, /, dataset: str, minutes: str | None, tokenizer: str | None, preset: str | None
) -> None:
    """Say which model suits a text and the time there is, and why; nothing is started."""
    if minutes is None:
        raise UserError("The time is missing.", "Add --minutes 10.", field="minutes")
    kept = catalog.find(desk.workspace, "dataset", dataset)
    cut = tokenizer or tokenizer_for(desk.workspace, kept)
    config = make(
        PretrainConfig,
        {"name": "proposal", "dataset": kept.id, "tokenizer": cut, "minutes": minutes, "preset": preset},
    )
    tokenizers = catalog.list_kept(desk.workspace, "tokenizer")
    if cut not in corpora.BUILT_IN:
        cut = catalog.find(desk.workspace, "tokenizer", cut).id
    found = dial.turn(config, corpora.corpus(kept, cut, tokenizers).facts, known(desk), corpora.text_bytes(kept))
    desk.console.result(as_record(found, config), words(found, config))


def tokenizer_for(workspace: Workspace, dataset: Kept) -> str:
    """The tokenizer that suits a text best: one of its own of about the right size, or its characters."""
    wanted = rules.vocabulary(corpora.text_bytes(dataset))
    if not wanted:
        return corpora.CHARACTERS
    made = corpora.made_from(dataset, catalog.list_kept(workspace, "tokenizer"))
    near = [kept for kept in made if dial.suits(wanted, int(kept.manifest.get("vocab_size", 0)))]
    newest = max(near, key=lambda kept: kept.created, default=None)
    return newest.id if newest else corpora.CHARACTERS


def known(desk: Desk) -> MachineFacts:
    """What this machine was seen doing; where it was never measured that is done now, in a few seconds."""
    facts = machine.load()
    if facts is None:
        desk.run_aside("probe", ProbeConfig(seconds=PROBE_SECONDS), title="Measuring this machine")
        facts = machine.load()
    return propose.machine_facts(facts or {})


def as_record(found: Proposal, config: PretrainConfig) -> dict[str, Any]:
    """The proposal as one JSON object."""
    settings = found.settings.model_dump(mode="json")
    return {
        **{name: settings[name] for name in SHOWN},
        "dataset": config.dataset,
        "tokenizer": config.tokenizer,
        "preset": config.preset,
        "minutes": config.minutes,
        "vocab_size": found.model.vocab_size,
        "vocabulary": found.vocabulary,
        "parameters": found.parameters,
        "tokens": found.tokens,
        "passes": round(found.passes, 2),
        "seconds": round(found.seconds, 1),
        "reasons": [{"field": reason.field, "words": reason.words} for reason in found.reasons],
        "command": command(config),
    }


def words(found: Proposal, config: PretrainConfig) -> str:
    """The proposal for people: what it is, why, and how to start it."""
    settings = found.settings
    lines = [
        f"{units.count(found.parameters)} parameters: {settings.n_layer} layers, width {settings.n_embd}, "
        f"{settings.n_head} heads, context {settings.block_size}",
        f"{units.plural(settings.max_steps or 0, 'step')} of {settings.batch_size} × {settings.block_size} tokens, "
        f"learning rate {settings.learning_rate:g}, about {units.duration(found.seconds)}",
        "",
        *(f"- {reason.words}" for reason in found.reasons),
    ]
    if not dial.suits(found.vocabulary, found.model.vocab_size):
        size = found.vocabulary or "characters"
        lines.append(_advice(config, size))
    return "\n".join([*lines, "", f"Start it: {command(config)}"])


def _advice(config: PretrainConfig, size: int | str) -> str:
    if size == "characters":
        return "- Better: --tokenizer characters"
    made = f"llmstudio tokenizer train {config.dataset} --kind bpe --vocab-size {size} --name {config.dataset}-{size}"
    return f"- Better, first: {made}"


def command(config: PretrainConfig) -> str:
    """The command that starts what was proposed."""
    parts = ["llmstudio", "pretrain", "--dataset", config.dataset, "--tokenizer", config.tokenizer]
    parts += ["--preset", config.preset, "--minutes", f"{config.minutes:g}", "--name", f"{config.dataset} model"]
    return shlex.join(parts)
