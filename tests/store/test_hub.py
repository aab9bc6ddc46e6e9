"""What a model on the hub consists of, and answers that make no sense."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.download import HubName
from llmstudio.store import hub as hubs
from llmstudio.store.keys import Key
from llmstudio.store.network import Network
from tests import hubserver
from tests.hubserver import COMMIT, REPO, Hub

NAME = HubName(REPO)


@pytest.fixture
def hub() -> Iterator[Hub]:
    facts = {"config": {"model_type": "llama"}, "safetensors": {"parameters": {"F32": 700}, "total": 700}}
    files = {"config.json": b"{}", "model.safetensors": b"w" * 2800, "tokenizer.json": b"{}", "notes.md": b"x"}
    with hubserver.serving(Hub(files, facts=facts)) as served:
        yield served


def test_an_offer_says_what_comes(hub: Hub) -> None:
    offer = hubs.look(NAME, Network(hub=hub.address))
    assert (offer.revision, offer.licence, offer.family, offer.parameters) == (COMMIT, "apache-2.0", "llama", 700)
    assert [file.name for file in offer.files] == ["model.safetensors", "config.json", "tokenizer.json"]
    assert offer.bytes == 2804
    assert offer.files[0].sha256
    assert offer.files[1].git
    assert not offer.gguf
    address = hubs.file_address("config.json", offer, Network(hub=hub.address))
    assert address == f"{hub.address}/{REPO}/resolve/{COMMIT}/config.json"


def test_a_key_is_sent_and_its_words_never_shown(hub: Hub) -> None:
    net = Network(hub=hub.address, key=Key("hf_secretsecret", "keyring"))
    hubs.look(NAME, net)
    assert hub.asked[-1][1]["Authorization"] == "Bearer hf_secretsecret"
    assert "secret" not in repr(net)


@pytest.mark.parametrize(
    ("present", "wanted"),
    [
        (("config.json", "model.safetensors", "consolidated.safetensors"), ("model.safetensors", "config.json")),
        (
            (
                "config.json", "model-00002-of-00002.safetensors", "model-00001-of-00002.safetensors",
                "model.safetensors.index.json", "x/model.safetensors",
            ),
            (
                "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                "model.safetensors.index.json", "config.json",
            ),
        ),
        (("a.gguf", "README.md"), ("a.gguf",)),
    ],
)  # fmt: skip
def test_only_what_belongs_to_the_model_is_chosen(present: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    assert hubs.chosen(present, NAME) == wanted


@pytest.mark.parametrize(
    ("present", "name", "words"),
    [
        (("a.gguf", "b.gguf"), NAME, "holds 2 GGUF files: a.gguf, b.gguf"),
        (("config.json", "pytorch_model.bin"), NAME, "formats that may run code"),
        (("README.md",), NAME, "holds no model that can be read"),
        (("a.gguf",), HubName(REPO, file="b.gguf"), "has no file b.gguf"),
        (("a.txt",), HubName(REPO, file="a.txt"), "is no GGUF file"),
    ],
)
def test_what_cannot_be_chosen_is_said(present: tuple[str, ...], name: HubName, words: str) -> None:
    with pytest.raises(UserError, match=words):
        hubs.chosen(present, name)


def answer(**changes: Any) -> dict[str, Any]:
    return Hub({"config.json": b"{}", "model.safetensors": b"w" * 2000}).description() | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"sha": "main"},
        {"sha": None},
        {"siblings": "no"},
        {"siblings": [{"rfilename": "../x.gguf", "size": 5, "blobId": "a" * 40}]},
        {"siblings": [{"rfilename": "x.gguf", "size": -5, "blobId": "a" * 40}]},
        {"siblings": [{"rfilename": "x.gguf", "size": 5}]},
        {"siblings": [{"rfilename": "x.gguf", "lfs": {"size": 5, "sha256": "zz", "pointerSize": 1}}]},
        {"siblings": [{"rfilename": "x.gguf", "lfs": {"size": "5", "sha256": "a" * 64, "pointerSize": 1}}]},
        {"siblings": None},
    ],
)
def test_lying_answers_are_one_sentence(changes: dict[str, Any]) -> None:
    with pytest.raises(UserError) as caught:
        hubs.understood(NAME, answer(**changes))
    assert caught.value.hint


def test_another_version_than_the_one_asked_for_is_refused() -> None:
    assert hubs.understood(HubName(REPO, COMMIT), answer()).revision == COMMIT
    with pytest.raises(UserError, match="another version"):
        hubs.understood(HubName(REPO, "0" * 40), answer())


@pytest.mark.parametrize("text", [b"<html>", b"[" * 100_000, b"null", b"{}", b"5"])
def test_no_description_at_all(hub: Hub, text: bytes) -> None:
    hub.faults["/api/models"] = [hubserver.body(text)]
    with pytest.raises(UserError):
        hubs.look(NAME, Network(hub=hub.address))


def test_an_endless_answer_is_left(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MOST_ANSWER", 100)
    with pytest.raises(UserError, match="absurdly long"):
        hubs.look(NAME, Network(hub=hub.address))


def test_gguf_facts_are_told() -> None:
    described = Hub({"m.gguf": b"w" * 2000}).description() | {"gguf": {"total": 135, "architecture": "llama"}}
    offer = hubs.understood(NAME, described)
    assert (offer.gguf, offer.parameters, offer.family) == ("m.gguf", 135, "llama")


def test_every_name_has_a_place_of_its_own_inside_the_workspace(tmp_path: Path) -> None:
    names = [HubName("a/b"), HubName("A/B"), HubName("a/b", "v1"), HubName("a/b", file="x.gguf"), HubName("a-b/c")]
    places = {hubs.place(tmp_path, name) for name in names}
    assert len(places) == len(names)
    assert all(place.parent == tmp_path / "downloads" for place in places)
