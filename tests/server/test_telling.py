"""A request and the engine: places, disconnects (F21), the queue (S15), and that nothing is ever left behind."""

import asyncio
import contextlib
import random
import threading
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from llmstudio.config.sampling import SamplingConfig
from llmstudio.server.completer import Done, More, Wanted
from llmstudio.server.gate import Gate
from llmstudio.server.ledger import Ledger
from llmstudio.server.refusal import Refusal
from llmstudio.server.telling import House, Telling, several
from tests.server.parrot import Parrot
from tests.server.served import Running, eventually, running

LONG = {"prompt": "endless", "temperature": 0, "max_tokens": 200}


def at_rest(server: Running) -> bool:
    now = server.service.snapshot()
    inside = server.service._house.gate.inside
    return not server.parrot.busy and not now["active"] and not now["waiting"] and not inside


def hung_up(server: Running, count: int, body: dict[str, Any], path: str = "/v1/completions") -> None:
    """So many clients ask, and go away when they are being answered."""
    before = server.parrot.submitted
    lines = [server.connect(server.request(path, body)) for _ in range(count)]
    assert eventually(lambda: server.parrot.submitted >= before + count)
    for line in lines:
        line.close()


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_away_frees_its_place_and_hardly_a_token_more_is_written(stream: bool) -> None:
    with running(Parrot(beat=0.01)) as server:
        hung_up(server, 4, {**LONG, "stream": stream})
        before = server.parrot.written
        assert eventually(lambda: at_rest(server))
        assert [row["state"] for row in server.rows()] == ["cancelled"] * 4
        assert server.parrot.written < before + 4 * 100
        assert server.complete(max_tokens=1).status == 200


def test_a_client_that_goes_away_while_it_waits_gives_up_its_turn() -> None:
    with running(Parrot(beat=0.01, slots=1), slots=1, queue=3) as server:
        first = server.connect(server.request("/v1/completions", LONG))
        assert eventually(lambda: server.parrot.busy == 1)
        waiting = server.connect(server.request("/v1/completions", LONG))
        assert eventually(lambda: server.service.snapshot()["waiting"] == 1)
        waiting.close()
        assert eventually(lambda: server.service.snapshot()["waiting"] == 0)
        assert server.parrot.submitted == 1
        first.close()
        assert eventually(lambda: at_rest(server))


@pytest.mark.faults
@pytest.mark.parametrize("several_", [1, 3])
def test_five_hundred_clients_that_go_away_at_any_moment_leave_nothing(several_: int) -> None:
    """500 of both kinds over both cases; places, threads and open files are as before (F21)."""
    chance = random.Random(several_)
    with running(Parrot(beat=0.0002, length=40), slots=4, queue=1000) as server:
        server.complete()
        process = psutil.Process()
        threads, files = threading.active_count(), process.num_fds()
        for _ in range(250):
            body = {**LONG, "prompt": "say", "stream": chance.random() < 0.5, "n": several_}
            asked = server.request("/v1/completions", body)
            line = server.connect(asked[: len(asked) - chance.choice([0, 0, 0, 1])])
            if chance.random() < 0.7:
                line.settimeout(0.05)
                with contextlib.suppress(TimeoutError):
                    line.recv(chance.choice([1, 500]))
            line.close()
        server.lines.clear()
        assert eventually(lambda: at_rest(server))
        assert threading.active_count() == threads
        assert eventually(lambda: process.num_fds() <= files)
        assert server.complete(max_tokens=2).json["choices"][0]["text"] == " the quick"
        assert server.parrot.most <= 4


def test_one_too_many_is_told_to_come_again_and_never_more_are_written_than_may_be() -> None:
    with running(Parrot(beat=0.005, slots=2), slots=2, queue=2) as server:
        lines = []
        for number in range(4):
            lines.append(server.connect(server.request("/v1/completions", LONG)))
            assert eventually(
                lambda: sum(server.service.snapshot()[name] for name in ("active", "waiting")) == number + 1  # noqa: B023
            )
        for stream in (False, True):
            reply = server.complete(stream=stream)
            assert (reply.status, reply.error["code"]) == (429, "queue_full")
            assert 1 <= int(reply.headers["retry-after"]) <= 60
        assert server.get("/health").status == 200
        assert server.parrot.most == 2
        for line in lines:
            line.close()
        assert eventually(lambda: at_rest(server))
        assert server.complete(max_tokens=1).status == 200


def test_who_waits_too_long_is_told_so() -> None:
    with running(Parrot(beat=0.01, slots=1), slots=1, queue=2, queue_seconds=1) as server:
        server.connect(server.request("/v1/completions", LONG))
        assert eventually(lambda: server.parrot.busy == 1)
        reply = server.complete()
        assert reply.status == 429
        assert reply.error["message"].startswith("No place came free in time.")


def test_a_request_for_many_answers_takes_one_turn_in_the_queue_and_free_places_besides() -> None:
    with running(Parrot(beat=0.001, slots=4), slots=4, queue=0) as server:
        body = server.complete(["a", "b", "c"], n=4, max_tokens=3).json
        assert len(body["choices"]) == 12
        assert 2 <= server.parrot.most <= 4


def test_no_more_are_submitted_than_the_engine_says() -> None:
    with running(Parrot(beat=0.001, slots=2), slots=64) as server:
        server.complete(["a"] * 8, n=4, max_tokens=2)
        assert server.parrot.most == 2
        assert server.service.snapshot()["slots"] == 2


def test_an_engine_that_throws_instead_of_answering_costs_no_place() -> None:
    class Throwing(Parrot):
        def submit(self, wanted: Any, sink: Any) -> Any:
            if wanted.text == "throw":
                raise RuntimeError("secret detail")
            return super().submit(wanted, sink)

    with running(Throwing(), slots=1) as server:
        for _ in range(5):
            assert server.complete("throw").status == 500
        assert server.complete(max_tokens=1).status == 200
        assert eventually(lambda: at_rest(server))


def test_an_engine_that_says_its_last_word_twice_gives_back_one_place() -> None:
    class Babbling(Parrot):
        def submit(self, wanted: Any, sink: Any) -> Any:
            def twice(piece: Any) -> None:
                sink(piece)
                if isinstance(piece, Done):
                    sink(piece)

            return super().submit(wanted, twice)

    with running(Babbling(), slots=2) as server:
        for _ in range(5):
            server.complete(max_tokens=1)
        assert server.service._house.gate.inside == 0
        assert server.parrot.most <= 2


def test_what_waits_to_be_told_is_told_as_one() -> None:
    async def scene() -> list[Any]:
        parrot = Parrot(beat=0)
        ledger = Ledger(slots=1, queue=0)
        house = House(parrot, Gate(1, 0, 1), ledger, 60)
        never = asyncio.Event()
        wanted = [Wanted(SamplingConfig(max_tokens=6, temperature=0), text="say")]
        told = []
        async with Telling(house, ledger.open("/", "", stream=True), wanted, never.wait) as telling:  # type: ignore[arg-type]
            await asyncio.to_thread(lambda: eventually(lambda: not parrot.busy))
            while telling.left:
                told.append(await telling.next())
        parrot.close()
        return told

    told = asyncio.run(scene())
    (more,) = [piece for _, piece in told if isinstance(piece, More)]
    assert more.text == " the quick brown fox jumps over"
    assert len(more.tokens) == 6


def test_a_house_that_closes_ends_everything_and_takes_no_more() -> None:
    async def scene() -> None:
        parrot = Parrot(beat=0.001)
        ledger = Ledger(slots=1, queue=0)
        house = House(parrot, Gate(1, 0, 1), ledger, 60)
        never = asyncio.Event()
        wanted = [Wanted(SamplingConfig(max_tokens=200, temperature=0), text="endless")]

        async def told(then: Callable[[], None]) -> None:
            entry = ledger.open("/", "", stream=True)
            async with Telling(house, entry, wanted, never.wait) as telling:  # type: ignore[arg-type]
                await telling.next()
                then()
                while True:
                    await telling.next()

        for _ in range(2):  # the second one does not even begin
            with pytest.raises(Refusal, match="stopped"):
                await told(house.close)
        await asyncio.to_thread(lambda: eventually(lambda: not parrot.busy))
        assert not parrot.busy
        parrot.close()

    asyncio.run(scene())


def test_several_of_the_same_have_seeds_of_their_own() -> None:
    seeded = Wanted(SamplingConfig(seed=2**63 - 1), text="a")
    assert [one.rules.seed for one in several(seeded, 3)] == [2**63 - 1, 0, 1]
    assert {one.rules.seed for one in several(Wanted(SamplingConfig(), text="a"), 3)} == {None}
