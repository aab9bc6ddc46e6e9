"""Names from outside through every builder of a path: none leads out of its folder, whatever it is made of."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.config.selftest import DoctorConfig
from llmstudio.jobs import create
from llmstudio.store import catalog, conversation, evaluations, trashcan
from llmstudio.store.chats import Shelf
from llmstudio.store.workspace import Workspace

PARTS = (
    *("..", "../", "..\\", "/", "\\", "//", "C:", "c:/", "\\\\host\\share", "~", "~root"),
    *("%2e%2e%2f", "..%c0%af", "file://", "\0", "\n", "\x1b[2J", "\ud800", "\u202e", "\u2025"),
    *("\uff0e\uff0e\uff0f", "\u2215", "\u29f5", "e\u0301", "\u00e9", "con", "NUL", "aux.txt"),
    *("com1", "lpt9.json", "prn ", ".", " ", "...", "a.", "b ", "-rf", "*", "?", '"', "|", "<", ":"),
    *("etc", "passwd", "a", "story", "model.json", ".lock", "x" * 300, "\U0001f600", "漢", "$HOME", "{0}"),
)


def names(count: int, seed: int) -> list[str]:
    """Every part alone, then mixtures of up to five."""
    luck = random.Random(seed)
    mixed = ["".join(luck.choices(PARTS, k=luck.randint(1, 5))) for _ in range(count - len(PARTS))]
    return [*PARTS, *mixed]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "secret.json").write_text("{}")
    (tmp_path / "datasets").mkdir()
    return Workspace.open(tmp_path / "ws")


def outside(ws: Workspace) -> set[tuple[str, int]]:
    """All there is around the workspace, with when it was changed."""
    around = [path for path in ws.root.parent.rglob("*") if not path.is_relative_to(ws.root)]
    return {(str(path), path.stat().st_mtime_ns) for path in around}


def test_ten_thousand_names_stay_below_their_root(tmp_path: Path) -> None:
    root, kept = tmp_path / "root", 0
    root.mkdir()
    for name in names(10_000, 1):
        try:
            path = files.safe_join(root, name)
        except UserError:
            continue
        kept += 1
        assert path.resolve().is_relative_to(root.resolve()), ascii(name)
        assert path != root, ascii(name)
    assert 100 < kept < 9_000  # plain names are let through, or nothing would be tested


def test_ten_thousand_titles_make_plain_folder_names() -> None:
    for title in names(10_000, 2):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", files.slug(title)), ascii(title)
        assert files.slug(title) not in ("con", "nul", "aux", "prn")


def keep_one(ws: Workspace, name: str) -> Path:
    with catalog.keep(ws, "dataset", name, existing="number") as keeping:
        (keeping.folder / "documents.parquet").write_bytes(b"x")
    return ws.datasets / keeping.id


def queue_one(ws: Workspace, name: str) -> Path:
    return create.create_run(ws, "doctor", DoctorConfig(), title=name)


def talk_once(ws: Workspace, name: str) -> Path:
    Shelf(ws).save(replace(conversation.begun(model="model"), id=name))
    return ws.chats / name


def take_back(ws: Workspace, name: str) -> Path:
    return trashcan.take_back(ws, name)


def take_back_to(ws: Workspace, name: str) -> Path:
    """A note in the trash that somebody wrote."""
    (ws.trash / "thing").mkdir(exist_ok=True)
    files.write_json(ws.trash / "thing.json", {"kind": "dataset", "title": "x", "place": f"datasets/{name}"})
    return trashcan.take_back(ws, "thing")


def find_one(ws: Workspace, name: str) -> Path:
    return catalog.find(ws, "dataset", name).path


def find_report(ws: Workspace, name: str) -> Path:
    return evaluations.find(ws, name)


def read_rows(ws: Workspace, name: str) -> Path:
    evaluations.predictions(ws.runs, {"predictions": name})
    return ws.runs / "rows"


BUILDERS: tuple[Callable[[Workspace, str], Path], ...] = (
    keep_one, queue_one, talk_once, take_back, take_back_to, find_one, find_report, read_rows
)  # fmt: skip


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.__name__)
def test_no_builder_reaches_out_of_the_workspace(
    builder: Callable[[Workspace, str], Path], workspace: Workspace
) -> None:
    before = outside(workspace)
    for name in names(160, 3):
        try:
            path = builder(workspace, name)
        except (UserError, LookupError, FileNotFoundError):
            continue
        assert path.resolve().is_relative_to(workspace.root.resolve()), ascii(name)
    assert outside(workspace) == before
