"""The benchmarks of writing and of reading prompts: every precision, against memory, products, and the peers."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from llmstudio.engine.bench import ceilings, decoding
from llmstudio.engine.bench.peer import Peer
from llmstudio.store.benchmarks import Figure, figure
from llmstudio.tasks.benchmarking import Bench

PROBE_SECONDS = 0.4
DECODE_TOKENS = 48
TOGETHER = 8  # texts that the server writes side by side
PREFILL_TOKENS = 512
HALVES = ("bf16", "f32")  # prompts are read in these; whatever else is kept is brought to bf16 first
FILES = ("f16", "q8_0")  # what llama.cpp is given
NEEDED = 4 << 30


def decode(bench: Bench) -> list[Figure]:
    """Tokens a second when writing, against what reading the weights alone would take."""
    if not bench.fits(NEEDED, "Writing with 124 M parameters"):
        return []
    with ExitStack() as stack:
        bench.context.stage("Writing: making the models")
        ours = {name: decoding.Decoding(name, bench.context.check) for name in decoding.precisions(bench.place)}
        asked = {"do": "decode", "prompt": decoding.PROMPT, "tokens": 8}
        peers = {**_transformers(bench, stack, asked), **_llamacpp(bench, stack, asked)}
        probe = ceilings.ReadProbe(bench.place)
        turns: dict[str, Callable[[], float]] = {"ceiling": partial(probe.rate, PROBE_SECONDS)}
        turns |= {name: partial(one.rate, DECODE_TOKENS) for name, one in ours.items()}
        turns |= {f"{name} together": partial(one.together, TOGETHER, DECODE_TOKENS) for name, one in ours.items()}
        turns |= {name: partial(_decode_rate, bench, peer) for name, peer in peers.items()}
        bench.context.stage("Writing")
        samples = bench.turns(turns)
    length = decoding.PROMPT + DECODE_TOKENS // 2
    alone = [
        figure(
            f"decode.{name}",
            f"GPT-2 124 M, one sequence, {name}",
            "tokens/s",
            samples[name],
            ceilings=[rate / one.bytes_per_token(length) for rate in samples["ceiling"]],
            ceiling_title="reading weights and cache once a token",
            peers={peer: samples[peer] for peer in peers},
        )
        for name, one in ours.items()
    ]
    return alone + [_together(name, samples) for name in ours]


def _together(name: str, samples: dict[str, list[float]]) -> Figure:
    """Several texts side by side, against one after another."""
    return figure(
        f"decode.{name}.together",
        f"GPT-2 124 M, {TOGETHER} sequences together, {name}",
        "tokens/s",
        samples[f"{name} together"],
        peers={"one after another": samples[name]},
    )


def prefill(bench: Bench) -> list[Figure]:
    """Tokens a second when a prompt is read, against the products' ceiling."""
    if not bench.fits(NEEDED, "Reading with 124 M parameters"):
        return []
    with ExitStack() as stack:
        bench.context.stage("Reading a prompt: making the models")
        names = [name for name in HALVES if name in decoding.precisions(bench.place)]
        ours = {name: decoding.Prefill(name, bench.place, PREFILL_TOKENS) for name in names}
        asked = {"do": "prefill", "prompt": PREFILL_TOKENS}
        peers = {**_transformers(bench, stack, asked), **_llamacpp(bench, stack, asked)}
        turns: dict[str, Callable[[], float]] = {}
        for name in names:
            probe = ceilings.MatrixProbe(bench.place, "bf16" if name == "bf16" else "fp32")
            turns[f"ceiling {name}"] = partial(probe.rate, PROBE_SECONDS)
            turns[name] = ours[name].rate
        turns |= {name: partial(_prefill_rate, bench, peer) for name, peer in peers.items()}
        bench.context.stage("Reading a prompt")
        samples = bench.turns(turns)
    return [
        figure(
            f"prefill.{name}",
            f"GPT-2 124 M, {PREFILL_TOKENS} tokens, {name}",
            "tokens/s",
            samples[name],
            ceilings=[rate / ours[name].flops_per_token for rate in samples[f"ceiling {name}"]],
            ceiling_title=f"all in matrix products, {name}",
            peers={peer: samples[peer] for peer in peers},
        )
        for name in names
    ]


def _transformers(bench: Bench, stack: ExitStack, trial: dict[str, Any]) -> dict[str, Peer]:
    shape = decoding.gpt2()
    names = ("vocab_size", "n_layer", "n_head", "n_embd", "block_size")
    model = {name: getattr(shape, name) for name in names}
    found = {}
    for precision in ("fp32", "bf16"):
        request = {"do": "open", "model": model, "precision": precision}
        peer = bench.peer(stack, "transformers", request, trial)
        if peer is not None:
            found[f"transformers {precision}"] = peer
    return found


def _llamacpp(bench: Bench, stack: ExitStack, trial: dict[str, Any]) -> dict[str, Peer]:
    """llama.cpp on files that we write for it, of the same shape with random weights."""
    if not bench.has("llama.cpp"):
        return {}
    folder: Path = stack.enter_context(bench.scratch())
    found = {}
    for kind in FILES:
        path = folder / f"{kind}.gguf"
        decoding.write_gguf(path, kind, bench.context.check)
        request = {"do": "open", "path": str(path), "context": decoding.gpt2().block_size}
        peer = bench.peer(stack, "llama.cpp", request, trial)
        if peer is not None:
            found[f"llama.cpp {kind.upper()}"] = peer
    return found


def _decode_rate(bench: Bench, peer: Peer) -> float:
    answer = peer.ask(bench.context.check, do="decode", prompt=decoding.PROMPT, tokens=DECODE_TOKENS)
    return DECODE_TOKENS / float(answer["seconds"])


def _prefill_rate(bench: Bench, peer: Peer) -> float:
    return PREFILL_TOKENS / float(peer.ask(bench.context.check, do="prefill", prompt=PREFILL_TOKENS)["seconds"])
