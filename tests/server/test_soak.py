"""The short forms of the soak (R9) and of the attacks (R10); the long ones are `python -m tests.server.soak`."""

import threading

import pytest

from tests.server.aside import Server, more_files, parrot_server
from tests.server.attacks import attack, half_open, large_bodies, many_headers, slow_body, slow_loris
from tests.server.soak import soak

pytestmark = pytest.mark.faults


def test_eight_clients_ask_everything_and_nothing_breaks_sticks_or_grows() -> None:
    with parrot_server() as server:
        soaked = soak(server, seconds=12, warm_seconds=3)
    assert not soaked.faults
    assert soaked.server_errors == 0
    assert len(soaked.deeds) == 9
    assert soaked.statuses[200] > 50
    assert soaked.grown("fds") == 0
    assert soaked.grown("threads") == 0
    assert soaked.grown("rss") <= 8


def test_a_healthy_client_is_served_while_others_attack() -> None:
    more_files()

    def all_at_once(server: Server, seconds: float) -> float:
        lives: list[float] = []
        deeds = (slow_loris, slow_body, half_open, large_bodies, many_headers)
        threads = [threading.Thread(target=lambda deed=deed: lives.append(deed(server, seconds))) for deed in deeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 60)
        assert len(lives) == len(deeds)
        return max(lives)

    with parrot_server() as server:
        found = attack(server, "all at once", all_at_once, 12)
        assert not found.faults
        assert len(found.times) >= 5
        assert found.longest < 10 + 20  # a hang limit; the long run looks at 11
        assert found.grown <= 60  # MB for all five at once; the long run holds each alone to 20
        assert server.request("GET", "/health")[0] == 200
