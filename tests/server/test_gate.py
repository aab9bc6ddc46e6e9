"""Places and the queue before them (S15)."""

import asyncio

import pytest

from llmstudio.server.gate import Full, Gate, WaitedTooLong


def test_so_many_come_in_and_the_next_wait_in_their_order() -> None:
    async def scene() -> list[int]:
        gate, order = Gate(2, 3, 30), []

        async def one(number: int) -> None:
            await gate.enter()
            order.append(number)

        tasks = [asyncio.create_task(one(number)) for number in range(5)]
        await asyncio.sleep(0)
        assert (gate.inside, gate.waiting, order) == (2, 3, [0, 1])
        with pytest.raises(Full):
            await gate.enter()
        for _ in range(5):
            gate.leave()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        assert (gate.inside, gate.waiting) == (0, 0)
        return order

    assert asyncio.run(scene()) == [0, 1, 2, 3, 4]


def test_who_waits_too_long_goes_and_leaves_nothing_behind() -> None:
    async def scene() -> None:
        gate = Gate(1, 1, 0.01)
        await gate.enter()
        with pytest.raises(WaitedTooLong):
            await gate.enter()
        assert gate.waiting == 0
        gate.leave()
        assert gate.inside == 0
        await gate.enter()

    asyncio.run(scene())


def test_further_places_of_one_request_wait_uncounted_and_behind_the_others() -> None:
    async def scene() -> list[str]:
        gate, order = Gate(1, 1, 30), []
        await gate.enter()

        async def come(name: str, first: bool) -> None:
            await gate.enter(first=first)
            order.append(name)
            gate.leave()

        tasks = [asyncio.create_task(come("one", True)), asyncio.create_task(come("more", False))]
        await asyncio.sleep(0)
        assert gate.waiting == 1
        gate.leave()
        await asyncio.gather(*tasks)
        assert gate.inside == 0
        return order

    assert asyncio.run(scene()) == ["one", "more"]


@pytest.mark.parametrize("steps", range(6))
def test_a_place_is_never_lost_whenever_one_who_waits_gives_up(steps: int) -> None:
    """Also when the place is given to it in the very moment it is cancelled."""

    async def scene() -> None:
        gate = Gate(1, 5, 30)
        await gate.enter()
        task = asyncio.create_task(gate.enter())
        for _ in range(steps // 2):
            await asyncio.sleep(0)
        if steps % 2:
            gate.leave()
            task.cancel()
        else:
            task.cancel()
            gate.leave()
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled():
            gate.leave()
        assert gate.inside == 0
        async with asyncio.timeout(5):
            await gate.enter()

    asyncio.run(scene())
