"""Verdicts and vectors take places like everything else, and are taken back when nobody waits for them."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future

import pytest

from llmstudio.server.completer import Verdict
from tests.server.parrot import Parrot
from tests.server.served import Running, all_of, eventually, running, until


class Thinking(Parrot):
    """Answers about a text when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.futures: list[Future[list[Verdict]]] = []

    def classify(self, texts: Sequence[str]) -> "Future[list[Verdict]]":
        self.futures.append(Future())
        return self.futures[-1]


@pytest.fixture
def server() -> Iterator[Running]:
    with running(Thinking(), slots=1, queue=1, request_seconds=2) as made:
        yield made


def asked(server: Running) -> list["Future[list[Verdict]]"]:
    assert isinstance(server.parrot, Thinking)
    return server.parrot.futures


def inside(server: Running) -> int:
    return server.service._house.gate.inside


def test_they_wait_their_turn_and_one_too_many_is_sent_away(server: Running) -> None:
    lines = [server.connect(server.request("/classify", {"input": "a"}))]
    assert eventually(lambda: len(asked(server)) == 1)
    lines.append(server.connect(server.request("/classify", {"input": "b"})))
    assert eventually(lambda: server.service.snapshot()["waiting"] == 1)
    assert server.post("/classify", {"input": "c"}).status == 429
    assert server.complete().status == 429
    assert len(asked(server)) == 1
    for number in range(2):
        assert eventually(lambda: len(asked(server)) == number + 1)  # noqa: B023
        asked(server)[number].set_result([Verdict(("good",), {"good": 1.0})])
        until(lines[number], b'"label":"good"')
    assert eventually(lambda: inside(server) == 0)


def test_a_client_that_goes_away_takes_back_what_has_not_begun(server: Running) -> None:
    server.connect(server.request("/classify", {"input": "a"})).close()
    assert eventually(lambda: len(asked(server)) == 1 and asked(server)[0].cancelled())
    assert eventually(lambda: inside(server) == 0)
    assert server.rows()[0]["state"] == "cancelled"


def test_what_has_begun_keeps_its_place_to_its_end(server: Running) -> None:
    line = server.connect(server.request("/classify", {"input": "a"}))
    assert eventually(lambda: len(asked(server)) == 1)
    asked(server)[0].set_running_or_notify_cancel()
    line.close()
    assert eventually(lambda: server.rows()[0]["state"] == "cancelled")
    assert inside(server) == 1
    asked(server)[0].set_result([])
    assert eventually(lambda: inside(server) == 0)


def test_what_takes_too_long_is_given_up(server: Running) -> None:
    reply = server.post("/classify", {"input": "a"})
    assert (reply.status, reply.error["code"]) == (408, "too_long")
    assert eventually(lambda: inside(server) == 0)


def test_a_stop_ends_it_in_words(server: Running) -> None:
    line = server.connect(server.request("/classify", {"input": "a"}))
    assert eventually(lambda: len(asked(server)) == 1)
    server.service.stop()
    assert all_of(line).startswith(b"HTTP/1.1 503")
