"""Kept things: made whole or not at all, found by id or title, renamed, copied, trashed and brought back, verified."""

import contextlib
from pathlib import Path

import pytest

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.store import catalog, trashcan
from llmstudio.store.catalog import Existing, Kept, KeptKind
from llmstudio.store.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path)


def make(ws: Workspace, title: str, kind: KeptKind = "model", existing: Existing = "refuse", text: str = "w") -> Kept:
    with catalog.keep(ws, kind, title, existing=existing) as keeping:
        (keeping.folder / "sub").mkdir()
        (keeping.folder / "sub" / "weights").write_text(text)
        keeping.facts["parameters"] = 7
    return catalog.find(ws, kind, keeping.id)


@pytest.mark.parametrize("kind", ["dataset", "tokenizer", "model"])
def test_what_is_kept_is_found(ws: Workspace, kind: KeptKind) -> None:
    kept = make(ws, "  Élan  vital 🙂 ", kind)
    assert (kept.kind, kept.id, kept.title) == (kind, "elan-vital", "Élan  vital 🙂")
    assert kept.manifest["parameters"] == 7
    assert kept.manifest["schema"] == 1
    assert kept.manifest["files"]["sub/weights"]["bytes"] == 1
    assert kept.path == catalog.folder_of(ws, kind) / kept.id
    for name in ("elan-vital", "Élan  vital 🙂", "ÉLAN  VITAL 🙂"):
        assert catalog.find(ws, kind, name) == kept
        assert catalog.exists(ws, kind, name)
    assert catalog.list_kept(ws, kind) == [kept]


def test_the_newest_comes_first_and_wreckage_is_left_out(ws: Workspace) -> None:
    make(ws, "b")
    make(ws, "a")
    (ws.models / "no-manifest").mkdir()
    (ws.models / "broken").mkdir()
    (ws.models / "broken" / "model.json").write_text("{")
    (ws.models / "stray.txt").write_text("x")
    assert [kept.title for kept in catalog.list_kept(ws, "model")] == ["a", "b"]


def test_a_name_that_nobody_has_names_those_that_are_near(ws: Workspace) -> None:
    with pytest.raises(UserError, match="no model yet"):
        catalog.find(ws, "model", "x")
    make(ws, "shakespeare")
    with pytest.raises(UserError) as caught:
        catalog.find(ws, "model", "shakespear")
    assert caught.value.candidates == ("shakespeare",)
    assert "shakespeare" in caught.value.hint
    assert not catalog.exists(ws, "model", "shakespear")


@pytest.mark.parametrize("title", ["a/b", "..", "a\\b", "a\nb", ""])
def test_path_tricks_are_refused_before_any_work(ws: Workspace, title: str) -> None:
    with pytest.raises(UserError):
        make(ws, title)
    assert list(ws.models.iterdir()) == []


@pytest.mark.parametrize("looked", [0, 1])  # before the other's folder was there, and after
@pytest.mark.parametrize("existing", ["refuse", "number", "replace"])
def test_two_who_keep_one_name_at_once_never_both_have_it(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, existing: Existing, looked: int
) -> None:
    free_id, done = catalog._free_id, []

    def interrupted(root: Path, title: str) -> str:
        found = free_id(root, title) if looked == 0 else ""
        if not done:
            done.append(True)
            make(ws, "One", text="the other's")
        return found or free_id(root, title)

    monkeypatch.setattr(catalog, "_free_id", interrupted)
    with contextlib.suppress(UserError):
        make(ws, "One", existing=existing)
    titles = [kept.title for kept in catalog.list_kept(ws, "model")]
    assert len(titles) == len(set(titles))


def test_a_taken_name(ws: Workspace) -> None:
    make(ws, "One", text="first")
    with pytest.raises(UserError, match="already exists"):
        make(ws, "one")
    with pytest.raises(UserError):
        catalog.check_name(ws, "model", "ONE")
    assert catalog.check_name(ws, "model", " two ") == "two"
    assert make(ws, "One", existing="number").title == "One 2"
    assert make(ws, "Öne").id == "one-3"  # another title with the same slug
    replaced = make(ws, "One", existing="replace", text="second")
    assert replaced.id == "one"
    assert (replaced.path / "sub" / "weights").read_text() == "second"
    assert len(catalog.list_kept(ws, "model")) == 3


def fill_and_fail(folder: Path) -> None:
    files.write_text(folder / "a", "a")
    raise ValueError("mine")


def test_an_error_leaves_nothing(ws: Workspace) -> None:
    with pytest.raises(ValueError, match="mine"), catalog.keep(ws, "dataset", "x") as keeping:
        fill_and_fail(keeping.folder)
    assert list(ws.datasets.iterdir()) == []


def test_a_full_disk_leaves_nothing_and_is_a_sentence(ws: Workspace) -> None:
    with pytest.raises(UserError, match=r"full.*3\.4 MB"), catalog.keep(ws, "model", "x", needed=3_400_000):
        raise OSError(28, "No space left on device")
    assert list(ws.models.iterdir()) == []


def test_renaming_keeps_id_and_contents(ws: Workspace) -> None:
    kept = make(ws, "old")
    make(ws, "taken")
    with pytest.raises(UserError):
        catalog.rename(ws, kept, "Taken")
    renamed = catalog.rename(ws, kept, "Old")  # another case of its own name
    renamed = catalog.rename(ws, renamed, "new name")
    assert (renamed.id, renamed.title) == ("old", "new name")
    assert catalog.verify(renamed) == []


def test_copying(ws: Workspace) -> None:
    kept = make(ws, "original")
    copied = catalog.copy(ws, kept, "a copy")
    assert (copied.id, copied.title, copied.manifest["copied_from"]) == ("a-copy", "a copy", "original")
    assert copied.manifest["parameters"] == 7
    assert catalog.verify(copied) == []
    assert catalog.find(ws, "model", "original") == kept


def test_trash_and_back(ws: Workspace) -> None:
    kept = make(ws, "gone")
    token = catalog.trash(ws, kept)
    assert not catalog.exists(ws, "model", "gone")
    assert [(item.token, item.kind, item.title) for item in trashcan.contents(ws)] == [(token, "model", "gone")]
    assert catalog.restore(ws, token) == kept.path
    assert catalog.find(ws, "model", "gone") == kept
    assert trashcan.contents(ws) == []


def test_verifying_finds_every_kind_of_damage(ws: Workspace) -> None:
    kept = make(ws, "m", text="weights")
    path = kept.path / "sub" / "weights"
    path.write_text("weightz")
    assert "hash differs" in catalog.verify(kept)[0]
    path.write_text("w")
    assert "1 bytes, recorded are 7" in catalog.verify(kept)[0]
    path.unlink()
    assert catalog.verify(kept) == ["sub/weights is missing."]
    files.write_json(kept.path / "model.json", {"title": "m"})
    assert catalog.verify(catalog.find(ws, "model", "m")) == ["The manifest does not list its files."]


def test_a_damaged_thing_is_told_from_one_that_is_not_there(ws: Workspace) -> None:
    make(ws, "My Model")
    (ws.models / "my-model" / "model.json").write_text("{")
    for name in ("My Model", "my-model"):
        with pytest.raises(UserError, match=r"model\.json is damaged"):
            catalog.find(ws, "model", name)
    with pytest.raises(UserError, match="no model called"):
        catalog.find(ws, "model", "../models/my-model")


def test_a_manifest_is_parsed_once_until_it_is_written_anew(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = make(ws, "One")
    catalog.load(kept.path, "model").manifest["parameters"] = "spoiled"
    read: list[Path] = []
    monkeypatch.setattr(files, "read_json", lambda path, parse=files.read_json: (read.append(path), parse(path))[1])
    assert catalog.load(kept.path, "model").manifest["parameters"] == 7
    assert read == []
    files.write_json(kept.path / "model.json", {**kept.manifest, "title": "Two"})
    assert [catalog.load(kept.path, "model").title for _ in range(3)] == ["Two"] * 3
    assert len(read) == 1
