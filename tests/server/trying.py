"""Tries an address of a running server with requests made from its own description."""

from collections.abc import Collection
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

# What a description cannot say (a talk ends with a question, a model is served or not) is refused although it fits.
NOT_ASKED = "positive_data_acceptance"
ADDRESSES = [
    ("GET", "/health"),
    ("GET", "/metrics"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{name}"),
    ("POST", "/v1/completions"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/embeddings"),
    ("POST", "/classify"),
]
ALLOWED, FORBIDDEN = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


def schema_of(address: str, key: str) -> Any:
    """The description of the server at an address."""
    return schemathesis.openapi.from_url(f"{address}/openapi.json", headers={"Authorization": f"Bearer {key}"})


def try_out(
    schema: Any, key: str, place: tuple[str, str], mode: GenerationMode, examples: int, without: Collection[str] = ()
) -> int:
    """Send so many requests to one place and check what comes; how many were sent. Raises what a check found."""
    load_all_checks()
    left_out = [CHECKS.get_one(name) for name in (NOT_ASKED, *without)]
    method, path = place
    sent = 0

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def send(data: Any) -> None:
        nonlocal sent
        case = data.draw(schema[path][method].as_strategy(generation_mode=mode))
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=left_out, timeout=60)
        sent += 1

    send()
    return sent
