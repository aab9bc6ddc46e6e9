"""The application as a whole: what it can be asked, and what it cannot (S18)."""

import json
import re
from typing import Any

import pytest

from llmstudio.server import described as answers
from tests.server.served import Running

PATHS = {
    "/health": "get",
    "/metrics": "get",
    "/v1/models": "get",
    "/v1/models/{name}": "get",
    "/v1/completions": "post",
    "/v1/chat/completions": "post",
    "/v1/embeddings": "post",
    "/classify": "post",
}


@pytest.fixture
def described(server: Running) -> dict[str, Any]:
    found: dict[str, Any] = server.get("/openapi.json").json
    return found


def test_these_are_all_the_addresses_there_are(described: dict[str, Any]) -> None:
    assert {path: next(iter(deeds)) for path, deeds in described["paths"].items()} == PATHS
    assert all(len(deeds) == 1 for deeds in described["paths"].values())


def test_none_of_them_manages_the_machine_or_reads_files(described: dict[str, Any]) -> None:
    words = json.dumps(described).lower()
    for forbidden in ("delete", "pull", "download", "filename", "shutdown", "admin", "file://"):
        assert forbidden not in words


def test_every_refusal_that_may_come_is_described_in_the_one_shape(described: dict[str, Any]) -> None:
    for deeds in described["paths"].values():
        for deed in deeds.values():
            assert {"200", "400", "401", "403", "404", "405", "413", "415", "429", "500", "503"} <= set(
                deed["responses"]
            )
            assert "422" not in deed["responses"]
            for status, response in deed["responses"].items():
                if status != "200":
                    schema = response["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Refusal"}


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    for name in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)):
        assert name in described["components"]["schemas"]


def test_every_whole_number_that_may_be_sent_is_bounded(described: dict[str, Any]) -> None:
    def visit(node: Any, place: str) -> None:
        if isinstance(node, dict):
            if node.get("type") in ("integer", "number"):
                low = "minimum" in node or "exclusiveMinimum" in node
                high = "maximum" in node or "exclusiveMaximum" in node
                assert (low, high) == (True, True), place
            if node.get("type") == "array":
                assert "maxItems" in node, place
            if node.get("type") == "string":
                assert {"maxLength", "enum", "const", "pattern"} & set(node), place
            for name, inner in node.items():
                visit(inner, f"{place}.{name}")
        elif isinstance(node, list):
            for inner in node:
                visit(inner, place)

    ours = {name for name, one in vars(answers).items() if isinstance(one, type)}
    asked = {name: one for name, one in described["components"]["schemas"].items() if name not in {"Refusal", *ours}}
    assert len(asked) >= 5
    visit(asked, "")


@pytest.mark.parametrize(
    ("body", "param"),
    [({"n": 9}, "n"), ({"temperature": "warm"}, "temperature"), ({"stop": [1]}, "stop"), ({"secret": 1}, "secret")],
)
def test_what_is_wrong_is_told_by_its_name_and_not_repeated(server: Running, body: dict[str, Any], param: str) -> None:
    reply = server.complete("private words", **body)
    assert reply.status == 400
    assert reply.error["param"] == param
    assert "private" not in reply.data.decode()
