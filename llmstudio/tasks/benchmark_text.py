"""The benchmarks of text: cutting it into tokens against tiktoken, and bringing it into a workspace."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import tiktoken

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.config.option import Options
from llmstudio.config.tokenizer import EncodeConfig
from llmstudio.data.tokenizers import bytelevel, gpt2
from llmstudio.data.tokenizers.bpe import BytePairTokenizer
from llmstudio.engine.bench import corpora
from llmstudio.jobs import create, holder
from llmstudio.jobs.job import Status
from llmstudio.jobs.process import ProcessRunner
from llmstudio.store import run as runs
from llmstudio.store.benchmarks import Figure, figure
from llmstudio.store.events import Event, Progress
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.benchmarking import Bench

MOST_IN_MEMORY = 32_000_000  # bytes that are cut at a time
MEMORY_LIMIT = 1e9
LOOK_SECONDS = 0.05


def tokenize(bench: Bench) -> list[Figure]:
    """Bytes a second into GPT-2's tokens with all threads, beside tiktoken's own threads on the same text."""
    threads = bench.place.threads
    texts = list(corpora.documents(min(bench.config.megabytes * 10**6, MOST_IN_MEMORY)))
    ours = gpt2.load()
    theirs = tiktoken.Encoding("gpt2", pat_str=bytelevel.PATTERN, mergeable_ranks=ours.ranks, special_tokens={})
    _agree(ours, theirs, texts[:200])
    size = sum(len(text.encode()) for text in texts)
    samples = bench.turns(
        {
            "one thread": partial(_rate, size, lambda: ours.encode_many(texts)),
            "ours": partial(_rate, size, lambda: ours.encode_many(texts, threads)),
            "tiktoken": partial(_rate, size, lambda: theirs.encode_ordinary_batch(texts, num_threads=threads)),
        }
    )
    return [
        figure(
            "tokenize.gpt2",
            f"GPT-2's vocabulary, {size / 1e6:.0f} MB, {threads} threads",
            "bytes/s",
            samples["ours"],
            ceilings=[threads * rate for rate in samples["one thread"]],
            ceiling_title="one thread, times the threads",
            peers={"tiktoken": samples["tiktoken"]},
            note="The ids are the same.",
        )
    ]


def _agree(ours: BytePairTokenizer, theirs: tiktoken.Encoding, texts: list[str]) -> None:
    pairs = zip(ours.encode_many(texts), theirs.encode_ordinary_batch(texts), strict=True)
    if any(list(mine) != other for mine, other in pairs):
        raise UserError("Our ids differ from tiktoken's.", "Report this: it is a defect of ours.")


def _rate(size: int, work: Any) -> float:
    begin = time.perf_counter()
    work()
    return size / (time.perf_counter() - begin)


@dataclass(frozen=True)
class Measured:
    """What a job in a process of its own took: working seconds, and the most memory it and its helpers held."""

    seconds: float
    bytes: int


def import_text(bench: Bench) -> list[Figure]:
    """Bytes a second from a file to a dataset and to tokens, at two sizes, and the memory that takes."""
    size = bench.config.megabytes * 10**6
    found: dict[str, list[tuple[int, Measured]]] = {}
    copies: list[float] = []
    with bench.scratch() as folder:
        ws = Workspace.open(folder / "workspace")
        for name, part in (("small", size // 10), ("large", size)):
            bench.context.stage(f"Importing text: making {part / 1e6:.0f} MB")
            source = folder / f"{name}.jsonl"
            length = corpora.write(source, max(part, 100_000), bench.context.check)
            copies.append(_rate(length, partial(corpora.copy, source, folder / "copy")))
            for key, options in (("plain", {}), ("clean", {"duplicates": True, "near_duplicates": 0.8})):
                config = ImportConfig(paths=(str(source),), name=f"{name} {key}", text_column="text", **options)
                found.setdefault(key, []).append((length, measured(bench, ws, "import_dataset", config)))
            coded = EncodeConfig(dataset=f"{name} plain", tokenizer="gpt2", threads=bench.place.threads)
            found.setdefault("encode", []).append((length, measured(bench, ws, "encode_dataset", coded)))
    return _import_figures(found, copies)


def _import_figures(found: dict[str, list[tuple[int, Measured]]], copies: list[float]) -> list[Figure]:
    titles = {"plain": "Import", "clean": "Import without duplicates and near-duplicates", "encode": "Encode as GPT-2"}
    figures = []
    for key, parts in found.items():
        (small, first), (large, second) = parts
        growth = (second.seconds / large) / (first.seconds / small)
        figures.append(
            figure(
                f"import.{key}",
                f"{titles[key]}, {large / 1e6:.0f} MB",
                "bytes/s",
                [large / second.seconds],
                ceilings=copies[-1:],
                ceiling_title="copying the file",
                note=f"At {small / 1e6:.0f} MB: {small / first.seconds / 1e6:.1f} MB/s; a byte takes "
                f"{growth:.2f} times as long in the larger file.",
            )
        )
    for key, parts in found.items():
        title = f"Memory: {titles[key]}"
        peak = parts[-1][1].bytes
        figures.append(
            figure(
                f"import.{key}.memory",
                title,
                "bytes",
                [peak],
                ceilings=[MEMORY_LIMIT],
                ceiling_title="the promise",
                better="lower",
            )
        )
    return figures


def measured(bench: Bench, ws: Workspace, kind: str, config: Options) -> Measured:
    """Run a job of its own process to its end. A stop asked of us is asked of it."""
    folder = create.create_run(ws, kind, config, title=kind)
    runner = ProcessRunner(ws)

    def take(event: Event) -> None:
        if isinstance(event, Progress):
            bench.context.progress(event.done, event.total, event.unit)
        try:
            bench.context.check()
        except Interrupt:
            runner.request("cancel")

    bench.context.stage(f"{kind.replace('_', ' ').capitalize()} of {config.model_dump().get('name', 'text')}")
    with _memory(folder) as peak:
        status = runner.run(folder, take)
    state = runs.load(folder)
    bench.context.check()
    if status == Status.FINISHED:
        return Measured(max(state.seconds, 1e-3), peak[0])
    if status == Status.CANCELLED:
        raise Interrupt("cancel")
    words = state.error.message if state.error is not None else f"It ended as {status}."
    raise UserError(f"The measured job failed. {words}", "Look at the machine's free disk and memory.")


@contextlib.contextmanager
def _memory(folder: Path) -> Iterator[list[int]]:
    """Watches the process that works on a run, with its children; the most bytes seen so far."""
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            number = holder.pid(folder)
            if number is not None:
                peak[0] = max(peak[0], _held(number))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _held(number: int) -> int:
    """Bytes that a process and its children hold for themselves; what they share is counted once for each."""
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(number)  # type: ignore[no-untyped-call]
        children = process.children(recursive=True)  # type: ignore[no-untyped-call]
        for one in (process, *children):
            with contextlib.suppress(psutil.Error):
                total += int(one.memory_info().rss)
    return total
