"""The figures of the server as Prometheus reads them: its text format, version 0.0.4."""

import threading
from collections.abc import Iterable, Iterator, Mapping

import psutil

from llmstudio import __version__
from llmstudio.server.completer import Facts
from llmstudio.server.ledger import Histogram, Ledger

KIND = "text/plain; version=0.0.4; charset=utf-8"
Label = tuple[str, str]


def text(ledger: Ledger, facts: Facts) -> str:
    """All figures. Names of requests are bounded: an unknown address counts as other."""
    return "\n".join(_lines(ledger, facts)) + "\n"


def _lines(ledger: Ledger, facts: Facts) -> Iterator[str]:
    now = ledger.snapshot()
    answered, ended, first, whole = ledger.counts()
    labels = [("version", __version__), ("model", facts.id), ("device", facts.device), ("precision", facts.precision)]
    yield from _gauge("llmstudio_info", "The model that is served.", [(labels, 1)])
    yield from _gauge("llmstudio_uptime_seconds", "Since the server was started.", [((), now["uptime"])])
    yield from _counter("llmstudio_http_requests_total", "Requests answered.", _answers(answered))
    yield from _counter(
        "llmstudio_requests_ended_total",
        "Requests the model worked on, by how they ended.",
        [([("state", state)], count) for state, count in sorted(ended.items())],
    )
    totals = now["totals"]
    yield from _counter("llmstudio_prompt_tokens_total", "Tokens read.", [((), totals["prompt_tokens"])])
    yield from _counter("llmstudio_generated_tokens_total", "Tokens written.", [((), totals["tokens"])])
    yield from _gauge("llmstudio_requests_active", "Requests being answered.", [((), now["active"])])
    yield from _gauge("llmstudio_requests_waiting", "Requests in the queue.", [((), now["waiting"])])
    yield from _gauge("llmstudio_slots", "Answers written side by side at most.", [((), now["slots"])])
    yield from _gauge("llmstudio_queue_limit", "Requests that may wait.", [((), now["queue"])])
    yield from _histogram("llmstudio_first_token_seconds", "From a request to its first token.", ledger.first, first)
    yield from _histogram("llmstudio_request_seconds", "From a request to its end.", ledger.whole, whole)
    process = psutil.Process()  # type: ignore[no-untyped-call]
    yield from _gauge("process_resident_memory_bytes", "Memory of the process.", [((), process.memory_info().rss)])
    yield from _gauge("process_threads", "Threads of Python.", [((), threading.active_count())])


def _answers(answered: Mapping[tuple[str, str, int], int]) -> Iterable[tuple[list[Label], float]]:
    for (method, route, status), count in sorted(answered.items()):
        yield [("method", method), ("route", route), ("status", str(status))], count


def _counter(name: str, words: str, values: Iterable[tuple[Iterable[Label], float]]) -> Iterator[str]:
    return _family(name, words, "counter", values)


def _gauge(name: str, words: str, values: Iterable[tuple[Iterable[Label], float]]) -> Iterator[str]:
    return _family(name, words, "gauge", values)


def _family(name: str, words: str, kind: str, values: Iterable[tuple[Iterable[Label], float]]) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values:
        yield f"{name}{_written(labels)} {_number(value)}"


def _histogram(name: str, words: str, histogram: Histogram, upto: list[int]) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} histogram"
    for bound, count in zip((*map(_number, histogram.bounds), "+Inf"), upto, strict=True):
        yield f"{name}_bucket{_written([('le', bound)])} {count}"
    yield f"{name}_sum {_number(round(histogram.sum, 6))}"
    yield f"{name}_count {upto[-1]}"


def _written(labels: Iterable[Label]) -> str:
    parts = [f'{name}="{_escaped(value)}"' for name, value in labels]
    return f"{{{','.join(parts)}}}" if parts else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
