"""What the child and the catalogue say, as the Playground's values."""

from pathlib import Path

from llmstudio.gui.tabs.playground import wire
from llmstudio.store.catalog import Kept
from llmstudio.store.events import Error


def test_a_kept_model_becomes_an_entry() -> None:
    manifest = {"config": {"block_size": 256}, "files": {"a": {"bytes": 2_000_000}, "b": {"bytes": 400_000}}}
    found = wire.model(Kept("model", "pell", "Pell", Path("pell"), "", manifest))
    assert found == wire.Model("pell", "Pell", "2.4 MB", 256)
    assert wire.model(Kept("model", "x", "X", Path("x"), "", {})) == wire.Model("x", "X", "", 0)


def test_tokens_come_with_their_alternatives() -> None:
    message = {"tokens": [{"id": 4, "text": " a", "p": 0.5, "p_raw": 0.25, "top": [[4, " a", 0.25, 0.5]]}]}
    (token,) = wire.tokens(message)
    assert (token.id, token.text, token.p, token.p_raw) == (4, " a", 0.5, 0.25)
    assert token.top[0].p_raw == 0.25
    assert token.top[0].p == 0.5


def test_failures_say_what_happened_and_that_the_text_is_kept() -> None:
    assert wire.failure({"message": "Too long.", "hint": "Shorten it."}).text == "Shorten it."
    assert "kept" in wire.failure({}).text
    assert "memory" in wire.ended("lost", None).text
    assert wire.ended("failed", Error("Damaged.", "Train again.", user=True)).title == "Damaged."
    crash = wire.ended("failed", Error("KeyError: 3", details="Traceback"))
    assert crash.title == "The model stopped"
    assert "KeyError" in crash.details
