"""One running server for tests that leave it as it was."""

from collections.abc import Iterator

import pytest

from tests.server.served import Running, running


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as made:
        yield made
