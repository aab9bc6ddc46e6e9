"""The benchmarks of the engine: matrix products, memory, training, writing and reading."""

from contextlib import ExitStack
from functools import partial
from statistics import median

from llmstudio.engine.bench import ceilings, training
from llmstudio.engine.bench.peer import Peer
from llmstudio.engine.bench.training import Training, Workload
from llmstudio.engine.device import Place
from llmstudio.store.benchmarks import Figure, figure
from llmstudio.tasks.benchmarking import Bench

PRECISIONS = ("bf16", "fp32")
PROBE_SECONDS = 0.4
TRAIN_BYTES = 20  # a parameter in training: weights, gradients, two moments, a copy; and what is computed from them


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
        if (compiled := bench.compiled()) is not None:
            ours["bf16 compiled"] = Training(work, _with(bench.place, "bf16"), bench.context.check, compiled)
        peer = bench.peer(stack, "nanogpt", _nanogpt(work), {"do": "steps", "steps": 2})
        turns = {}
        for name, training_ in ours.items():
            probe = ceilings.MatrixProbe(bench.place, name.split()[0])
            turns[f"ceiling {name}"] = partial(probe.rate, PROBE_SECONDS)
            turns[name] = partial(training_.rate, bench.config.seconds)
        if peer is not None:
            turns["nanoGPT"] = partial(_steps_rate, bench, peer, work)
        bench.context.stage(f"Training, {work.title}")
        samples = bench.turns(turns)
    peers = {"nanoGPT fp32": samples["nanoGPT"]} if peer is not None else {}
    figures = []
    for name, training_ in ours.items():
        against = {**peers, **({"our own fp32 step": samples["fp32"]} if name != "fp32" else {})}
        figures.append(
            figure(
                f"train.{key}.{name.replace(' ', '.')}",
                f"{work.title}, {work.batch} x {work.model.block_size}, {name}",
                "tokens/s",
                samples[name],
                ceilings=[rate / ours[name].flops_per_token for rate in samples[f"ceiling {name}"]],
                ceiling_title=f"all in matrix products, {name.split()[0]}",
                peers=against,
                note=f"Compiled in {training_.compile_seconds:.0f} s." if training_.compile_seconds else "",
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
