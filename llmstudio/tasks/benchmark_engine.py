"""The benchmarks of the engine: matrix products, memory, training, writing and reading."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from statistics import median

from llmstudio.engine.bench import ceilings, decoding, training
from llmstudio.engine.bench.peer import Peer
from llmstudio.engine.bench.training import Training, Workload
from llmstudio.engine.device import Place
from llmstudio.store.benchmarks import Figure, figure
from llmstudio.tasks.benchmarking import Bench

PRECISIONS = ("bf16", "fp32")
PROBE_SECONDS = 0.4
TRAIN_BYTES = 20  # a parameter in training: weights, gradients, two moments, a copy; and what is computed from them
DECODE_TOKENS = 48
PREFILL_TOKENS = 512


def matmul(bench: Bench) -> list[Figure]:
    """Operations a second of square matrix products, in both precisions."""
    probes = {name: ceilings.MatrixProbe(bench.place, name) for name in PRECISIONS}
    turns = {name: partial(probe.rate, bench.config.seconds) for name, probe in probes.items()}
    samples = bench.turns(turns)
    return [
        figure(
            f"matmul.{name}",
            f"{name}, {probes[name].size} x {probes[name].size}",
            "FLOP/s",
            found,
            note="The best product of each round.",
        )
        for name, found in samples.items()
    ]


def bandwidth(bench: Bench) -> list[Figure]:
    """Bytes a second read from memory, and copied."""
    reading, copying = ceilings.ReadProbe(bench.place), ceilings.CopyProbe(bench.place)
    samples = bench.turns(
        {"read": partial(reading.rate, bench.config.seconds), "copy": partial(copying.rate, bench.config.seconds)}
    )
    return [
        figure("bandwidth.read", "Reading", "bytes/s", samples["read"]),
        figure("bandwidth.copy", "Copying, both ways together", "bytes/s", samples["copy"]),
    ]


def train(bench: Bench) -> list[Figure]:
    """Tokens a second in training, against the products' ceiling and nanoGPT's fp32 step."""
    found: list[Figure] = []
    for key, work in (("small", training.small()), ("gpt2", training.gpt2())):
        needed = TRAIN_BYTES * (11 if key == "small" else 124) * 10**6 + (2 << 30)
        if bench.fits(needed, f"Training {work.title}"):
            found += _train(bench, key, work)
    return found


def _train(bench: Bench, key: str, work: Workload) -> list[Figure]:
    """Both precisions of one model, and the peer, in turns."""
    with ExitStack() as stack:
        bench.context.stage(f"Training, {work.title}: warming up")
        ours = {name: Training(work, _with(bench.place, name), bench.context.check) for name in PRECISIONS}
        peer = bench.peer(stack, "nanogpt", _nanogpt(work), {"do": "steps", "steps": 2})
        turns = {}
        for name in PRECISIONS:
            turns[f"ceiling {name}"] = partial(ceilings.MatrixProbe(bench.place, name).rate, PROBE_SECONDS)
            turns[name] = partial(ours[name].rate, bench.config.seconds)
        if peer is not None:
            turns["nanoGPT"] = partial(_steps_rate, bench, peer, work)
        bench.context.stage(f"Training, {work.title}")
        samples = bench.turns(turns)
    peers = {"nanoGPT fp32": samples["nanoGPT"]} if peer is not None else {}
    figures = []
    for name in PRECISIONS:
        against = {**peers, **({"our own fp32 step": samples["fp32"]} if name == "bf16" else {})}
        figures.append(
            figure(
                f"train.{key}.{name}",
                f"{work.title}, {work.batch} x {work.model.block_size}, {name}",
                "tokens/s",
                samples[name],
                ceilings=[rate / ours[name].flops_per_token for rate in samples[f"ceiling {name}"]],
                ceiling_title=f"all in matrix products, {name}",
                peers=against,
            )
        )
    return figures


def _nanogpt(work: Workload) -> dict[str, object]:
    shape = work.model
    names = ("vocab_size", "n_layer", "n_head", "n_embd", "block_size")
    model = {**{name: getattr(shape, name) for name in names}, "bias": False, "dropout": 0.0}
    return {"do": "open", "model": model, "batch": work.batch}


def _steps_rate(bench: Bench, peer: Peer, work: Workload) -> float:
    """Its tokens a second over as much time as ours gets."""
    times: list[float] = []
    while len(times) < training.FEWEST_STEPS or sum(times) < bench.config.seconds:
        times += peer.ask(bench.context.check, do="steps", steps=1)["seconds"]
    return work.tokens / median(times)


def _with(place: Place, precision: str) -> Place:
    return Place(place.device, precision, place.threads)


def decode(bench: Bench) -> list[Figure]:
    """Tokens a second when writing, against what reading the weights alone would take."""
    shape = decoding.gpt2()
    with ExitStack() as stack:
        bench.context.stage("Writing: making the models")
        models = {name: decoding.random_model(shape, _with(bench.place, name)) for name in PRECISIONS}
        peers = _open_transformers(bench, stack, {"do": "decode", "prompt": decoding.PROMPT, "tokens": 8})
        probe = ceilings.ReadProbe(bench.place)
        turns = {"ceiling": partial(probe.rate, PROBE_SECONDS)}
        for name, model in models.items():
            turns[name] = partial(decoding.Decoding(model, bench.context.check).rate, DECODE_TOKENS)
        for name, peer in peers.items():
            turns[name] = partial(_decode_rate, bench, peer)
        bench.context.stage("Writing")
        samples = bench.turns(turns)
    figures = []
    length = decoding.PROMPT + DECODE_TOKENS // 2
    for name, model in models.items():
        width = 2 if name == "bf16" else 4
        size = decoding.bytes_per_token(shape, width * decoding.whole_weights(model), width, length)
        figures.append(
            figure(
                f"decode.{name}",
                f"GPT-2 124 M, one sequence, {name}",
                "tokens/s",
                samples[name],
                ceilings=[rate / size for rate in samples["ceiling"]],
                ceiling_title="reading weights and cache once a token",
                peers={peer: samples[peer] for peer in peers},
            )
        )
    return figures


def _open_transformers(bench: Bench, stack: ExitStack, trial: dict[str, object]) -> dict[str, Peer]:
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


def _decode_rate(bench: Bench, peer: Peer) -> float:
    answer = peer.ask(bench.context.check, do="decode", prompt=decoding.PROMPT, tokens=DECODE_TOKENS)
    return DECODE_TOKENS / float(answer["seconds"])


def prefill(bench: Bench) -> list[Figure]:
    """Tokens a second when a prompt is read, against the products' ceiling."""
    shape = decoding.gpt2()
    with ExitStack() as stack:
        bench.context.stage("Reading a prompt: making the models")
        ours = {}
        for name in PRECISIONS:
            place = _with(bench.place, name)
            ours[name] = decoding.Prefill(decoding.random_model(shape, place), place, PREFILL_TOKENS)
        peers = _open_transformers(bench, stack, {"do": "prefill", "prompt": PREFILL_TOKENS})
        turns: dict[str, Callable[[], float]] = {}
        for name in PRECISIONS:
            turns[f"ceiling {name}"] = partial(ceilings.MatrixProbe(bench.place, name).rate, PROBE_SECONDS)
            turns[name] = ours[name].rate
        for name, peer in peers.items():
            turns[name] = partial(_prefill_rate, bench, peer)
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
        for name in PRECISIONS
    ]


def _prefill_rate(bench: Bench, peer: Peer) -> float:
    return PREFILL_TOKENS / float(peer.ask(bench.context.check, do="prefill", prompt=PREFILL_TOKENS)["seconds"])
