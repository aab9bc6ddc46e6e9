"""Figures as Prometheus reads them."""

import re

from llmstudio.server import metrics
from llmstudio.server.completer import Facts
from llmstudio.server.ledger import Ledger

FACTS = Facts('a"b\\c\nd', "A", 0, 8, frozenset(), device="cpu", precision="f32")
LINE = re.compile(r'[a-z_]+(\{[a-z]+="([^"\\\n]|\\["\\n])*"(,[a-z]+="([^"\\\n]|\\["\\n])*")*\})? [0-9.e+-]+')


def told() -> str:
    ledger = Ledger(slots=2, queue=3)
    for _ in range(3):
        ledger.answered("GET", "/health", 200)
    entry = ledger.open("/v1/completions", "a", stream=False)
    ledger.placed(entry)
    ledger.begun(entry, 7)
    ledger.wrote(entry, 9)
    ledger.close(entry, "done")
    ledger.open("/v1/completions", "a", stream=False)
    return metrics.text(ledger, FACTS)


def test_every_line_is_of_the_format_and_every_figure_is_explained() -> None:
    text = told()
    assert text.endswith("\n")
    names = set()
    for line in text.splitlines():
        if line.startswith("# "):
            names.add(line.split()[2])
        else:
            assert LINE.fullmatch(line), line
            name = re.split(r"[{ ]", line)[0]
            assert re.sub(r"_(bucket|sum|count)$", "", name) in names or name in names


def test_figures_are_those_of_the_ledger() -> None:
    lines = told().splitlines()
    assert 'llmstudio_http_requests_total{method="GET",route="/health",status="200"} 3' in lines
    assert "llmstudio_generated_tokens_total 9" in lines
    assert "llmstudio_prompt_tokens_total 7" in lines
    assert "llmstudio_requests_waiting 1" in lines
    assert 'llmstudio_requests_ended_total{state="done"} 1' in lines
    assert 'llmstudio_request_seconds_bucket{le="+Inf"} 1' in lines
    assert "llmstudio_first_token_seconds_count 1" in lines
    assert 'model="a\\"b\\\\c\\nd"' in told()
