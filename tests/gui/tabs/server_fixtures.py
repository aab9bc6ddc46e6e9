"""What a server tells of itself, for tests of its tab."""

from typing import Any

import pytest

from llmstudio.store import serverkey

SERVING: dict[str, Any] = {
    "op": "serving",
    "addresses": ["http://127.0.0.1:8000"],
    "model": "pell-chat",
    "title": "Pell chat",
    "can": ["chat", "complete", "embed"],
    "slots": 4,
    "context": 256,
    "device": "cpu",
    "precision": "bf16",
}


def row(number: int, state: str = "done", **values: Any) -> dict[str, Any]:
    """A request."""
    return {
        "id": number, "route": "/v1/chat/completions", "client": "127.0.0.1", "stream": False, "state": state,
        "time": 1_700_000_000.0 + number, "prompt_tokens": 12, "tokens": 40 + number, "waited_ms": 0.1,
        "first_ms": 38.0, "rate": 61.0, "seconds": 1.5, **values,
    }  # fmt: skip


def snapshot(*rows: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A picture with so many answered requests in its plot as there are rows that are done."""
    done = [one for one in rows if one["state"] == "done"]
    return {
        "op": "snapshot", "uptime": 12.0, "active": 1, "waiting": 0, "slots": 4, "queue": 16, "requests": list(rows),
        "points": [[one["time"], one["first_ms"], 1000 * one["seconds"]] for one in done],
        "latency": {"first_ms": {"p50": 38.0, "p95": 60.0}, "whole_ms": {"p50": 1500.0, "p95": 2000.0}},
        "totals": {"answered": 14, "refused": 1, "done": 12, "cancelled": 1, "failed": 0, "tokens": 1940,
                   "prompt_tokens": 300},
        **values,
    }  # fmt: skip


class Ring:
    """A keyring that keeps the server's key as long as the test runs."""

    def __init__(self, key: str = "") -> None:
        self.key = key

    def load(self) -> str:
        """What was kept."""
        return self.key

    def save(self, key: str) -> bool:
        """Keep it."""
        self.key = key
        return True


def put_ring(monkeypatch: pytest.MonkeyPatch, key: str = "") -> Ring:
    """Let the window find this keyring."""
    ring = Ring(key)
    monkeypatch.setattr(serverkey, "load", ring.load)
    monkeypatch.setattr(serverkey, "save", ring.save)
    return ring
