"""Starting and stopping."""

import json
import threading
import time
from http.client import HTTPConnection

import pytest
import uvicorn

from llmstudio.base.errors import UserError
from llmstudio.config.serve import ServeConfig
from llmstudio.server.addresses import own_addresses
from llmstudio.server.service import Service
from tests.server.parrot import Parrot
from tests.server.served import KEY, all_of, eventually, running


def test_a_server_that_asks_for_a_key_does_not_start_without_one() -> None:
    with running() as server, pytest.raises(UserError, match="no key"):
        Service(server.parrot, ServeConfig(model="m"))


def test_it_is_found_at_its_addresses_and_no_longer_when_it_is_stopped() -> None:
    with running() as server:
        assert server.service.addresses == (f"http://127.0.0.1:{server.port}",)
        assert server.get("/health").status == 200
        server.service.stop()
        server.service.stop()
        with pytest.raises(OSError, match="refused"):
            server.connect()


def test_open_to_the_network_it_answers_there_under_its_addresses_and_asks_for_the_key() -> None:
    own = [one for one in own_addresses() if ":" not in one]
    if not own:
        pytest.skip("this machine is in no network")
    with running(lan=True) as server:
        assert f"http://{own[0]}:{server.port}" in server.service.addresses
        line = HTTPConnection(own[0], server.port, timeout=20)
        for key, status in (("", 401), (KEY, 200)):
            line.request("GET", "/health", headers={"Authorization": f"Bearer {key}"} if key else {})
            answer = line.getresponse()
            answer.read()
            assert answer.status == status
        line.close()
        assert server.get("/health", headers={"Host": "evil.example"}).status == 403


def test_a_port_that_is_taken_is_told_and_free_again_after_the_stop() -> None:
    with running() as server:
        other = Service(server.parrot, ServeConfig(model="m", port=server.port), KEY)
        with pytest.raises(UserError, match="is taken"):
            other.start()
        other.stop()
        server.service.stop()
        other = Service(server.parrot, ServeConfig(model="m", port=server.port), KEY)
        other.start()
        other.stop()


@pytest.mark.parametrize("stream", [True, False])
def test_a_stop_ends_what_is_under_way_in_words_and_at_once(stream: bool) -> None:
    with running(Parrot(beat=0.005), slots=1) as server:
        body = {"prompt": "endless", "max_tokens": 200, "stream": stream}
        lines = [server.connect(server.request("/v1/completions", body)) for _ in range(3)]
        assert eventually(lambda: server.service.snapshot()["waiting"] == 2)
        assert eventually(lambda: "writing" in [row["state"] for row in server.rows()])
        began = time.monotonic()
        server.service.stop()
        assert not server.service.alive
        assert time.monotonic() - began < 5
        answers = [all_of(line) for line in lines]
        assert all(b"being stopped" in answer for answer in answers)
        assert sum(answer.startswith(b"HTTP/1.1 503") for answer in answers) == (2 if stream else 3)
        assert eventually(lambda: not server.parrot.busy)


def test_a_server_that_breaks_while_it_starts_says_so_and_lets_go_of_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    parrot = Parrot()
    monkeypatch.setattr(uvicorn.Server, "startup", broken)
    made = Service(parrot, ServeConfig(model="m", port=0), KEY)
    with pytest.raises(UserError, match="did not start"):
        made.start()
    assert not made.alive
    made.stop()
    parrot.close()
    monkeypatch.undo()
    again = Service(parrot, ServeConfig(model="m", port=made.port), KEY)
    again.start()
    again.stop()


def test_a_stop_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    with running() as server:
        server.complete()
        assert threading.active_count() == before + 2  # the server's, and the parrot's
    assert threading.active_count() == before


def test_a_snapshot_is_json_and_tells_what_was_done() -> None:
    with running() as server:
        server.complete(max_tokens=3)
        assert eventually(lambda: server.rows()[0]["state"] == "done")
        now = json.loads(json.dumps(server.service.snapshot()))
        assert (now["requests"][0]["route"], now["requests"][0]["tokens"]) == ("/v1/completions", 3)
        assert now["totals"]["tokens"] == 3
