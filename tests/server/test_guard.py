"""Who may ask, and how much (S10 to S14, S17): said to a running server, byte by byte."""

import json
import logging
import re

import pytest

from llmstudio.server.credentials import new_key
from llmstudio.server.guard import BODY_BYTES
from tests.server.served import KEY, Running, all_of, eventually, running

ROUTES = [
    ("GET", "/health"),
    ("GET", "/metrics"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/parrot"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/nothing"),
    ("GET", "/"),
    ("POST", "/v1/completions"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/embeddings"),
    ("POST", "/classify"),
    ("DELETE", "/v1/models/parrot"),
    ("OPTIONS", "/v1/completions"),
    ("HEAD", "/health"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_address_asks_for_the_key_also_those_that_are_not_there(server: Running, method: str, path: str) -> None:
    reply = server.ask(method, path, headers={"Authorization": ""})
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    if method != "HEAD":
        assert reply.error["code"] == "invalid_api_key"


@pytest.mark.parametrize("name", ["X-Api-Key", "Api-Key", "Cookie", "Proxy-Authorization"])
def test_there_is_one_way_to_say_the_key(server: Running, name: str) -> None:
    assert server.get("/health", headers={"Authorization": "", name: KEY}).status == 401
    assert server.get(f"/health?api_key={KEY}&key={KEY}", headers={"Authorization": ""}).status == 401


def test_keys_of_any_bytes_are_compared_and_never_break_the_server(server: Running) -> None:
    head = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\nAuthorization: Bearer "
    for key in (b"\xff\xfe", "schlüssel".encode(), "schlüssel".encode("latin-1")):
        assert all_of(server.connect(head.encode() + key + b"\r\n\r\n")).startswith(b"HTTP/1.1 401")


def test_the_eleventh_wrong_key_is_told_to_wait_and_the_right_one_is_not_locked_out() -> None:
    with running() as server:
        assert [server.get("/health", key="wrong").status for _ in range(11)] == [401] * 10 + [429]
        reply = server.get("/health", key="wrong")
        assert 1 <= int(reply.headers["retry-after"]) <= 60
        assert reply.error["code"] == "too_many_wrong_keys"
        assert server.get("/health").status == 200
    with running(key="short") as server:
        for _ in range(10):
            server.get("/health", key="wrong")
        assert server.get("/health").status == 429


def test_without_a_key_it_is_open_to_this_machine() -> None:
    with running(key="") as server:
        assert server.get("/health", headers={"Authorization": ""}).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "0.0.0.0:{port}"])
def test_a_page_that_rebinds_its_name_is_refused_before_the_key_is_looked_at(server: Running, host: str) -> None:
    for key in (KEY, ""):
        reply = server.get("/v1/models", headers={"Host": host.format(port=server.port), "Authorization": key})
        assert reply.status == 403
        assert reply.error["code"] == "unknown_host"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:{port}", "localhost", "localhost:{port}", "[::1]:{port}"])
def test_own_names_are_served(server: Running, host: str) -> None:
    assert server.get("/health", headers={"Host": host.format(port=server.port)}).status == 200


def test_two_host_lines_or_none_are_refused(server: Running) -> None:
    for hosts, status in ((b"Host: localhost\r\nHost: evil\r\n", b"400"), (b"", b"400")):
        line = server.connect(b"GET /health HTTP/1.1\r\n" + hosts + b"\r\n")
        assert all_of(line).startswith(b"HTTP/1.1 " + status)
    assert all_of(server.connect(b"GET /health HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "http://127.0.0.1", "file://", "*"])
def test_scripts_of_strange_pages_are_refused_and_get_no_permission(server: Running, origin: str) -> None:
    for method, path in (("GET", "/v1/models"), ("OPTIONS", "/v1/completions")):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        reply = server.ask(method, path, headers=asked)
        assert reply.status == 403
        assert not [name for name in reply.headers if name.startswith("access-control")]


def test_pages_that_were_named_may_ask_and_no_others() -> None:
    page = "http://localhost:3000"
    with running(origins=(page,)) as server:
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Private-Network": "true"}
        reply = server.ask("OPTIONS", "/v1/completions", headers={"Origin": page, "Authorization": "", **asked})
        assert reply.status == 204
        assert reply.headers["access-control-allow-origin"] == page
        assert reply.headers["vary"] == "Origin"
        assert "access-control-allow-private-network" not in reply.headers
        assert "access-control-allow-credentials" not in reply.headers
        assert server.get("/health", headers={"Origin": page}).headers["access-control-allow-origin"] == page
        refused = server.get("/health", headers={"Origin": page, "Authorization": ""})
        assert (refused.status, refused.headers["access-control-allow-origin"]) == (401, page)
        for other in ("http://localhost:3001", "https://localhost:3000", "http://localhost:3000.evil", "null"):
            assert server.get("/health", headers={"Origin": other}).status == 403


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"])
def test_only_json_is_taken_so_that_a_page_has_to_ask_first(server: Running, kind: str) -> None:
    reply = server.post("/v1/completions", {"prompt": "a"}, headers={"Content-Type": kind})
    assert reply.status == 415
    assert reply.error["code"] == "not_json"


def test_json_with_a_charset_is_taken_and_packed_json_is_not(server: Running) -> None:
    said = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert server.post("/classify", {"input": "good"}, headers=said).status == 200
    assert server.post("/classify", {"input": "good"}, headers={"Content-Encoding": "gzip"}).status == 415


@pytest.mark.parametrize(
    "raw", [b"", b"{", b'{"prompt": NaN}', b"[" * 40 + b"]" * 40, b'{"prompt": "\\ud800"}', b'"\xff"', b'{"a":1,"a":2}']
)
def test_what_is_no_json_is_refused(server: Running, raw: bytes) -> None:
    reply = server.post("/v1/completions", raw=raw)
    assert reply.status == 400
    assert reply.error["code"] == "invalid_json"


@pytest.mark.parametrize("raw", [b"[]", b"1", b"null", b'"a"', b"{}"])
def test_json_that_is_no_request_is_refused(server: Running, raw: bytes) -> None:
    reply = server.post("/v1/completions", raw=raw)
    assert (reply.status, reply.error["type"]) == (400, "invalid_request_error")


def test_a_body_that_says_it_is_too_large_is_refused_unread(server: Running) -> None:
    head = server.request("/v1/completions", {}).replace(b"Content-Length: 2", b"Content-Length: 104857600")
    line = server.connect(head.removesuffix(b"{}"))
    assert all_of(line).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
def test_methods_that_take_no_body_get_none_read(server: Running, method: str) -> None:
    reply = server.ask(method, "/health", raw=b"x" * 100_000)
    assert (reply.status, reply.error["code"]) == (400, "unexpected_body")
    assert reply.headers["connection"] == "close"
    assert server.get("/health", headers={"Content-Length": "0"}).status == 200


def test_a_body_that_does_not_say_how_large_it_is_is_counted(server: Running) -> None:
    head = server.request("/v1/completions", {}).replace(b"Content-Length: 2", b"Transfer-Encoding: chunked")
    line = server.connect(head.removesuffix(b"{}"))
    sent, chunk = 0, b"10000\r\n" + b" " * 65_536 + b"\r\n"
    try:
        while sent < 100 << 20:
            line.sendall(chunk)
            sent += 65_536
    except ConnectionError:
        pass
    assert all_of(line).startswith((b"HTTP/1.1 413", b""))
    assert sent < BODY_BYTES + (16 << 20)  # what the system's own buffers took
    assert eventually(lambda: 'route="/v1/completions",status="413"' in server.get("/metrics").data.decode())


def test_a_body_of_just_the_largest_size_is_read(server: Running) -> None:
    body = json.dumps({"prompt": ""}).encode()
    filled = body[:-2] + b"x" * (BODY_BYTES - len(body)) + body[-2:]
    assert len(filled) == BODY_BYTES
    assert server.post("/v1/completions", raw=filled).status == 200
    assert server.post("/v1/completions", raw=filled + b" ").status == 413


def test_faults_of_the_engine_are_told_without_their_details_and_logged_without_texts(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        reply = server.complete("broken private words")
        assert eventually(lambda: "RuntimeError at" in caplog.text)
    assert reply.status == 500
    assert reply.error["message"] == "Something went wrong in the server. Its log tells more."
    for hidden in ("secret detail", "private words", KEY):
        assert hidden not in caplog.text
        assert hidden not in reply.data.decode()


def test_nothing_is_logged_of_what_is_asked_and_answered(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        server.complete("private words")
        server.complete("private words", n=99)
        server.post("/v1/completions", raw=b'"private words')
    assert "private" not in caplog.text
    assert "quick brown" not in caplog.text


def test_answers_are_not_kept_by_anybody_on_the_way(server: Running) -> None:
    for reply in (server.get("/health"), server.get("/nothing"), server.complete(stream=True)):
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "server" not in reply.headers


@pytest.mark.parametrize(
    "path", ["/nothing", "/../../etc/passwd", "/v1/models/..%2f..%2fetc%2fpasswd", "/docs", "/redoc"]
)
def test_there_is_nothing_at_any_other_address_and_no_path_is_told(server: Running, path: str) -> None:
    reply = server.get(path)
    assert reply.status == 404
    assert "etc" not in reply.error["message"]
    assert reply.data.decode().count("/") == 0


@pytest.mark.parametrize(("method", "path", "allow"), [("GET", "/v1/completions", "POST"), ("POST", "/health", "GET")])
def test_a_method_that_an_address_does_not_know_is_told(server: Running, method: str, path: str, allow: str) -> None:
    reply = server.ask(method, path, {} if method == "POST" else None)
    assert (reply.status, reply.headers["allow"]) == (405, allow)
    assert reply.error["code"] == "unknown_method"


def test_figures_tell_known_addresses_apart_and_no_others(server: Running) -> None:
    for path in ("/v1/models/parrot", "/v1/models/other", "/a", "/b/c", "/v1/models/a/b"):
        server.get(path)

    def routes() -> set[str]:
        return set(re.findall(r'route="([^"]*)"', server.get("/metrics").data.decode()))

    assert eventually(lambda: "/v1/models/{name}" in routes())
    assert routes() <= {path for _, path in ROUTES} - {"/", "/nothing", "/docs"} | {"other", "/v1/models/{name}"}
    assert "/v1/models/parrot" not in routes()


def test_keys_that_are_made_here_fit_into_a_request() -> None:
    key = new_key()
    with running(key=key) as server:
        assert server.get("/health").status == 200
