"""The benchmark of learning: seconds until a text is known so well, against nanoGPT's recipe for a processor."""

from contextlib import ExitStack
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.engine.bench import ceilings, learning
from llmstudio.engine.bench.learning import Learned, Recipe, Text
from llmstudio.engine.bench.peer import Peer
from llmstudio.engine.device import Place
from llmstudio.store.benchmarks import Figure, figure
from llmstudio.tasks.benchmarking import Bench

MOST_ROUNDS = 2
PROBE_SECONDS = 0.5
# As nanoGPT's documentation gives it for a processor; the rates are those of its settings for this text.
THEIRS: dict[str, Any] = {
    "model": {"n_layer": 4, "n_head": 4, "n_embd": 128, "block_size": 64, "bias": False, "dropout": 0.0},
    "batch": 12,
    "steps": 2000,
    "warmup": 100,
    "rate": 1e-3,
    "floor": 1e-4,
}


def time_to_loss(bench: Bench) -> list[Figure]:
    """Seconds of training to two losses on the whole validation part, some seeds each; the peer's in between."""
    if not bench.config.text.strip():
        raise UserError("No text to learn is named.", "Add --text FILE, such as tinyshakespeare.", field="text")
    text = learning.read(Path(bench.config.text).expanduser())
    recipes = learning.recipes()
    place = _fastest(bench, recipes[-1], text)
    probe = ceilings.MatrixProbe(place, place.precision)
    compiled = bench.compiled()
    ways = {"": None, **({", compiled": compiled} if compiled else {})}
    found: dict[str, list[Learned]] = {recipe.key + way: [] for recipe in recipes for way in ways}
    rates, theirs = list[float](), list[dict[str, Any]]()
    with ExitStack() as stack:
        folder = stack.enter_context(bench.scratch())
        peer = _opened(bench, stack, text)
        for _ in range(min(MOST_ROUNDS, bench.config.rounds)):
            rates.append(probe.rate(PROBE_SECONDS))
            for recipe, way in product(recipes, ways):
                found[recipe.key + way] += _ours(bench, recipe, text, place, ways[way])
            if peer is not None:
                theirs.append(_theirs(bench, peer, text, folder))
    done = [(recipe, way, found[recipe.key + way]) for way in ways for recipe in recipes]
    return [_figure(recipe, way, ours, theirs, rates, place) for recipe, way, ours in done if ours]


def _fastest(bench: Bench, recipe: Recipe, text: Text) -> Place:
    bench.context.stage("Time to a loss: choosing the precision")
    chosen = learning.precision(recipe, text, bench.place)
    return Place(bench.place.device, chosen, bench.place.threads)


def _ours(bench: Bench, recipe: Recipe, text: Text, place: Place, compiled: Path | None) -> list[Learned]:
    found: list[Learned] = []
    for seed in range(1, bench.config.seeds + 1):
        bench.context.stage(f"Time to a loss of {recipe.key}, seed {seed}")
        found.append(
            learning.learn(
                recipe,
                text,
                seed,
                place,
                bench.context.check,
                lambda done, total: bench.context.progress(done, total, "steps"),
                compiled,
            )
        )
    return found


def _opened(bench: Bench, stack: ExitStack, text: Text) -> Peer | None:
    model = {**THEIRS["model"], "vocab_size": text.vocab_size}
    request = {"do": "open", "model": model, "batch": THEIRS["batch"]}
    return bench.peer(stack, "nanogpt", request, {"do": "steps", "steps": 20})


def _theirs(bench: Bench, peer: Peer, text: Text, folder: Path) -> dict[str, Any]:
    """Seconds and loss of one run of their recipe."""
    bench.context.stage("Time to a loss: nanoGPT's recipe")
    for name, ids in (("train", text.train), ("val", text.val)):
        files.write_bytes(folder / f"{name}.bin", ids.astype(np.uint16).tobytes())
    return peer.ask(
        bench.context.check,
        lambda told: bench.context.progress(told["step"], told["steps"], "steps"),
        **{**THEIRS, "model": {**THEIRS["model"], "vocab_size": text.vocab_size}},
        do="learn",
        train=str(folder / "train.bin"),
        val=str(folder / "val.bin"),
    )


def _figure(
    recipe: Recipe, way: str, found: list[Learned], theirs: list[dict[str, Any]], rates: list[float], place: Place
) -> Figure:
    reached = sum(one.loss <= recipe.target for one in found)
    losses = ", ".join(f"{one.loss:.4f}" for one in found)
    note = (
        f"Mean loss {mean(one.loss for one in found):.4f} ({losses}); {reached} of {len(found)} at most {recipe.key}. "
        f"The first step takes {max(one.first for one in found):.2f} s more at most."
    )
    if way:
        note += f" Compiling took {', '.join(f'{one.compiling:.1f}' for one in found)} s, not counted here."
    if theirs:
        note += f" nanoGPT ends at {mean(float(one['loss']) for one in theirs):.4f}."
    return figure(
        f"time-to-loss.{recipe.key}{'.compiled' if way else ''}",
        f"To a loss of {recipe.key}, {place.precision}{way}",
        "s",
        [one.seconds for one in found],
        ceilings=[found[0].operations / rate for rate in rates],
        ceiling_title=f"all in matrix products, {place.precision}",
        peers={"nanoGPT's recipe": [float(one["seconds"]) for one in theirs]} if theirs else {},
        better="lower",
        note=note,
    )
