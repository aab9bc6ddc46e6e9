"""How the server says no."""

import json

import pytest

from llmstudio.base.errors import UserError
from llmstudio.server import refusal
from llmstudio.server.refusal import Refusal


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (401, "authentication_error"), (429, "rate_limit_error"), (500, "server_error")],
)
def test_every_refusal_has_the_shape_that_clients_know(status: int, kind: str) -> None:
    body = json.loads(Refusal(status, "No.", code="c", param="p").data())
    assert body == {"error": {"message": "No.", "type": kind, "param": "p", "code": "c"}}


def test_seconds_to_wait_are_whole_and_at_least_one() -> None:
    assert Refusal(429, "No.", retry_seconds=0.2).headers["Retry-After"] == "1"
    assert list(Refusal(429, "No.", retry_seconds=2.1).lines()) == [(b"retry-after", b"3")]


def test_the_words_of_the_engine_are_told_with_the_code_that_clients_look_for() -> None:
    made = refusal.of_user(UserError("The prompt takes 9 tokens, and the model reads 4 at once.", "Shorten it."))
    assert (made.status, made.code) == (400, "context_length_exceeded")
    assert made.message.endswith("Shorten it.")
    assert refusal.of_user(UserError("A is wrong.", field="a")).param == "a"
    assert refusal.of_user(UserError("A is wrong.", field="a")).code is None


@pytest.mark.parametrize("status", [404, 405, 418, 499, 507])
def test_what_a_framework_decides_is_told_in_our_words(status: int) -> None:
    made = refusal.of_status(status, "GET")
    assert made.status == status
    assert made.message
    assert (made.headers.get("Allow") == "GET") == (status == 405)


def test_who_stops_or_fails_says_so_without_details() -> None:
    assert refusal.closing().status == 503
    assert refusal.unforeseen().status == 500
