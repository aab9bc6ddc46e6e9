"""Requests made from the server's own description, allowed ones and forbidden ones (R11): none breaks the server."""

from collections.abc import Iterator
from typing import Any

import pytest

from llmstudio.server import credentials
from tests.server.parrot import Parrot
from tests.server.served import KEY, Running, running
from tests.server.trying import ADDRESSES, ALLOWED, FORBIDDEN, schema_of, try_out

EXAMPLES = 50  # for each address that takes a body, and each kind; the long run has 1,000


@pytest.fixture(scope="module")
def quick() -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch, running(Parrot(beat=0, length=3)) as made:
        patch.setattr(credentials, "MOST_FAILURES", 10**9)  # wrong keys are tried beside each request
        yield made


@pytest.fixture(scope="module")
def schema(quick: Running) -> Any:
    return schema_of(quick.service.addresses[0], KEY)


@pytest.mark.faults
@pytest.mark.parametrize("place", ADDRESSES)
def test_no_request_that_is_allowed_breaks_the_server(quick: Running, schema: Any, place: tuple[str, str]) -> None:
    assert try_out(schema, KEY, place, ALLOWED, EXAMPLES if place[0] == "POST" else 10) > 0
    assert quick.complete().status == 200


@pytest.mark.faults
@pytest.mark.parametrize("place", [place for place in ADDRESSES if place[0] == "POST"])
def test_no_request_that_is_forbidden_breaks_the_server(quick: Running, schema: Any, place: tuple[str, str]) -> None:
    assert try_out(schema, KEY, place, FORBIDDEN, EXAMPLES) > 0
    assert quick.complete().status == 200
