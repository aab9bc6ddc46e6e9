"""What an import waits for, as sentences."""

from pathlib import Path

import pytest

from llmstudio.config.download import HubName
from llmstudio.gui.tabs.models.presenter_import import ImportState, checks, facts
from llmstudio.store.glimpse import Glimpse
from llmstudio.store.hub import HubFile, Offer

OFFER = Offer(HubName("a/b"), "0" * 40, (HubFile("model.safetensors", 10**9, "f" * 64),), "mit", "llama", 5 * 10**8)
PLENTY = 10**13


def words(state: ImportState) -> dict[str, str]:
    return {check.text: check.state for check in checks(state)}


def test_nothing_named_asks_for_something() -> None:
    assert list(words(ImportState()).values()) == ["wrong"]
    assert not ImportState().ready
    assert facts(ImportState()) == ()


def test_an_offer_that_fits_is_ready() -> None:
    state = ImportState(hub=HubName("a/b"), offer=OFFER, free=PLENTY)
    assert state.ready
    assert words(state)["Licence mit"] == "good"
    assert words(state)["Writing with it takes about 2 GB of memory"] == "good"
    assert state.proposed == "b"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"free": 10**9}, "Only 1 GB are free on the disk; 2.54 GB are needed"),
        ({"name": "a/b"}, "The name contains “/”. Use letters, digits, spaces and dashes."),
        ({"taken": frozenset({"x"}), "name": "X"}, "A model called X already exists"),
    ],
)
def test_what_stands_in_the_way_is_named(changes: dict[str, object], sentence: str) -> None:
    values: dict[str, object] = {"hub": HubName("a/b"), "offer": OFFER, "free": PLENTY}
    state = ImportState(**{**values, **changes})  # type: ignore[arg-type]
    assert words(state)[sentence] == "wrong"
    assert not state.ready


def test_more_memory_than_there_is_warns() -> None:
    seen = Glimpse(Path("big.gguf"), "gguf", 10, "Llama", 10**13)
    state = ImportState(seen=seen, free=PLENTY)
    assert any(check.state == "warning" and "this machine has" in check.text for check in checks(state))
    assert any("No licence is named" in check.text for check in checks(state))
    assert state.ready
    assert state.proposed == "big"


def test_packed_weights_take_more_room_than_their_file() -> None:
    packed = ImportState(seen=Glimpse(Path("a.gguf"), "gguf", 10**9, "Llama", dtype="q4_1"), free=3 * 10**9)
    assert words(packed)["Only 3 GB are free on the disk; 6.94 GB are needed"] == "wrong"
    plain = ImportState(seen=Glimpse(Path("a.gguf"), "gguf", 10**9, "Llama", dtype="f16"), free=3 * 10**9)
    assert plain.ready
