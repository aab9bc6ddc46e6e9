"""The job behind `llmstudio benchmark`: one benchmark, or all of them, each kept as soon as it is known."""

from collections.abc import Callable

from llmstudio.base import waiting
from llmstudio.base.errors import UserError
from llmstudio.config.benchmark import TITLES, BenchmarkConfig
from llmstudio.engine import device
from llmstudio.engine.bench import machine
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import benchmarks
from llmstudio.store.benchmarks import Figure
from llmstudio.tasks import (
    benchmark_engine,
    benchmark_loss,
    benchmark_text,
    benchmark_window,
    benchmark_writing,
)
from llmstudio.tasks.benchmarking import Bench

MEASURES: dict[str, Callable[[Bench], list[Figure]]] = {
    "matmul": benchmark_engine.matmul,
    "bandwidth": benchmark_engine.bandwidth,
    "train": benchmark_engine.train,
    "time-to-loss": benchmark_loss.time_to_loss,
    "decode": benchmark_writing.decode,
    "prefill": benchmark_writing.prefill,
    "tokenize": benchmark_text.tokenize,
    "import": benchmark_text.import_text,
    "startup": benchmark_window.startup,
    "ui-latency": benchmark_window.ui_latency,
}


def run(job: Job, context: Context) -> None:
    """Measure what the config names; the result has the figures under each benchmark's name, and the machine.

    With `all`, one that cannot be done here is told and the others go on.
    """
    config = BenchmarkConfig(**job.config)
    place = device.choose(threads=config.threads)
    place.settle()
    bench = Bench(config, context, place)
    bench.nanogpt()  # a wrong folder is told before anything is measured
    about = machine.facts(place)
    for words in machine.shortcomings(place):
        bench.once(words, "warning")
    if waiting.beside_others():
        bench.once("Something else computes on this machine: without it these figures would be higher.", "warning")
    context.result(machine=about)
    found: dict[str, list[Figure]] = {}
    names = list(MEASURES) if config.name == "all" else [config.name]
    for name in names:
        context.check()
        context.stage(TITLES[name], 1 / len(names))
        try:
            found[name] = MEASURES[name](bench)
        except UserError as error:
            if config.name != "all":
                raise
            bench.once(f"{TITLES[name]} is left out. {error.message} {error.hint}", "warning")
            continue
        benchmarks.save(context.folder, about, found)
        context.result(**{name: benchmarks.record(found[name])})
