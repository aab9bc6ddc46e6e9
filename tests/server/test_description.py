"""Requests made from the server's own description, allowed ones and forbidden ones (R11): none breaks the server."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from llmstudio.server import credentials
from tests.server.parrot import Parrot
from tests.server.served import KEY, Running, running

EXAMPLES = 50  # for each address that takes a body, and each kind; the long run has 1,000
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


@pytest.fixture(scope="module")
def quick() -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch, running(Parrot(beat=0, length=3)) as made:
        patch.setattr(credentials, "MOST_FAILURES", 10**9)  # wrong keys are tried beside each request
        yield made


@pytest.fixture(scope="module")
def schema(quick: Running) -> Any:
    url = f"{quick.service.addresses[0]}/openapi.json"
    return schemathesis.openapi.from_url(url, headers={"Authorization": f"Bearer {KEY}"})


def try_out(schema: Any, method: str, path: str, mode: GenerationMode, examples: int) -> int:
    """Send so many requests to one address; how many were sent. Raises what a check found."""
    load_all_checks()
    left_out = [CHECKS.get_one(NOT_ASKED)]
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
        case.call_and_validate(headers={"Authorization": f"Bearer {KEY}"}, excluded_checks=left_out, timeout=30)
        sent += 1

    send()
    return sent


@pytest.mark.faults
@pytest.mark.parametrize(("method", "path"), ADDRESSES)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_breaks_the_server(
    quick: Running, schema: Any, method: str, path: str, mode: GenerationMode
) -> None:
    if mode is GenerationMode.NEGATIVE and method == "GET":
        pytest.skip("there is nothing to get wrong")
    assert try_out(schema, method, path, mode, EXAMPLES if method == "POST" else 10) > 0
    assert quick.complete().status == 200
