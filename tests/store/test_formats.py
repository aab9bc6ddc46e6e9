"""Every format that was ever given out opens: nothing is missing, models write as they did, paused runs go on.

The archives in `formats/` were written by the versions of their days (see `formats/make.py`) and are never made anew.
"""

from pathlib import Path

import pytest

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.config.generate import GenerateConfig
from llmstudio.data.documents import Documents
from llmstudio.data.tokenizers.load import load_folder
from llmstudio.engine import checkpoint
from llmstudio.jobs import control
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, run, upgrade
from llmstudio.store.workspace import VERSION, Workspace
from tests.store.formats.kept import archives, unpack

FORMATS = archives()
pytestmark = pytest.mark.faults


@pytest.fixture(params=FORMATS, ids=lambda path: path.stem)
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A workspace as an earlier version left it."""
    return unpack(request.param, tmp_path)


def held(root: Path) -> dict[str, bytes]:
    """Everything that no upgrade may touch."""
    found = {}
    for path in root.rglob("*"):
        if path.is_file() and path.suffix not in (".json", ".lock", ".zip") and not path.name.startswith("."):
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def test_formats_are_kept() -> None:
    assert len(FORMATS) >= 5
    assert sum(path.stat().st_size for path in FORMATS) < 1_500_000


def test_all_kept_things_are_there_after_the_upgrade_and_its_backup(root: Path) -> None:
    before, version = held(root), upgrade.stamp_of(root)["version"]
    ws = Workspace.open(root, window=True)
    assert held(root) == before
    assert (ws.backup is not None) == (version < VERSION)
    assert upgrade.stamp_of(root)["version"] == VERSION
    for kind in ("dataset", "tokenizer", "model"):
        folder = catalog.folder_of(ws, kind)  # type: ignore[arg-type]
        there = {path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")}
        assert {one.id for one in catalog.list_kept(ws, kind)} == there != set()  # type: ignore[arg-type]
    assert {state.id for state in run.list_runs(ws)} == {folder.name for folder in run.folders(ws)}
    assert {state.status for state in run.list_runs(ws)} == {"finished", "paused"}
    assert {one.title for one in catalog.list_kept(ws, "dataset")} == {"tales", "Stimmungen ü"}
    ws.close()


def test_texts_and_tokens_are_the_same(root: Path) -> None:
    ws = Workspace.open(root)
    tales = catalog.find(ws, "dataset", "tales")
    documents = Documents(tales.path)
    text = "".join(part for parts in documents.iterate() for part in parts)
    documents.close()
    assert text.startswith("The miller in the barn sang of bread.")
    assert len(text) == tales.manifest["characters"]
    tokenizer = load_folder(ws.tokenizers / "letters")
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_models_write_as_they_did(root: Path) -> None:
    ws = Workspace.open(root)
    config = GenerateConfig(model="Sänger", prompt="The ", max_tokens=12, temperature=0.0)
    folder = create_run(ws, "generate", config, title="Again")
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    assert run.load(folder).result["text"] == (root / "wrote.txt").read_text("utf-8")


def test_a_training_paused_by_that_version_goes_on(root: Path) -> None:
    ws = Workspace.open(root)
    folder = run.find(ws, "Unfinished")
    assert checkpoint.listed(folder / "checkpoints", "step")[0][0] == 9
    control.resume(folder)
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    state = run.load(folder)
    assert state.result["steps"] == 16
    assert [note.text for note in state.notes].count("Going on from step 9.") == 1
    assert not [alarm for alarm in state.alarms if alarm.cause == "damaged_checkpoint"]


def test_the_backup_brings_the_workspace_back_as_it_was(root: Path) -> None:
    before, needed = {path: path.read_bytes() for path in upgrade.changeable(root)}, upgrade.needed(root)
    backup = Workspace.open(root).backup
    if backup is None:
        assert not needed
        return
    files.write_json(root / "runs" / "new.json", {})
    upgrade.restore(root, backup)
    assert {path: path.read_bytes() for path in upgrade.changeable(root)} == before


def test_a_format_of_tomorrow_is_refused_and_left_alone(root: Path) -> None:
    stamp = {**upgrade.stamp_of(root), "version": VERSION + 1}
    files.write_json(root / "workspace.json", stamp)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    for window in (True, False):
        with pytest.raises(UserError, match="made by a later version"):
            Workspace.open(root, window=window)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
