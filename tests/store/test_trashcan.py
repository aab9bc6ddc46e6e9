"""The trash: nothing is lost in it, nothing is overwritten from it, and its notes cannot lead elsewhere."""

import json
from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.store import trashcan
from llmstudio.store.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path)


def thing(ws: Workspace, name: str = "thing") -> Path:
    folder = ws.models / name
    folder.mkdir()
    (folder / "a").write_text("a")
    return folder


def test_a_place_that_is_taken_again_is_not_overwritten(ws: Workspace) -> None:
    token = trashcan.put(ws, thing(ws), "model", "Thing")
    thing(ws)
    with pytest.raises(UserError, match="exists again"):
        trashcan.take_back(ws, token)
    assert trashcan.contents(ws)[0].token == token


def test_two_things_of_one_name(ws: Workspace) -> None:
    first = trashcan.put(ws, thing(ws), "model", "Thing")
    second = trashcan.put(ws, thing(ws), "model", "Thing")
    assert first != second
    assert {item.token for item in trashcan.contents(ws)} == {first, second}


def test_emptying(ws: Workspace) -> None:
    token = trashcan.put(ws, thing(ws), "model", "Thing")
    trashcan.empty(ws)
    assert list(ws.trash.iterdir()) == []
    with pytest.raises(UserError):
        trashcan.take_back(ws, token)


def test_a_note_without_its_folder_is_not_listed(ws: Workspace) -> None:
    token = trashcan.put(ws, thing(ws), "model", "Thing")
    (ws.trash / token).rename(ws.models / "by-hand")
    assert trashcan.contents(ws) == []
    with pytest.raises(UserError, match="no longer"):
        trashcan.take_back(ws, token)


@pytest.mark.parametrize("place", ["../outside", "/etc/x", "", "models/../../x"])
def test_a_forged_note_leads_nowhere(ws: Workspace, place: str) -> None:
    token = trashcan.put(ws, thing(ws), "model", "Thing")
    (ws.trash / f"{token}.json").write_text(json.dumps({"place": place}))
    with pytest.raises(UserError):
        trashcan.take_back(ws, token)


def test_a_damaged_note(ws: Workspace) -> None:
    token = trashcan.put(ws, thing(ws), "model", "Thing")
    (ws.trash / f"{token}.json").write_text("[]")
    assert trashcan.contents(ws) == []
    with pytest.raises(UserError, match="damaged"):
        trashcan.take_back(ws, token)
    with pytest.raises(UserError):
        trashcan.take_back(ws, "../x")
