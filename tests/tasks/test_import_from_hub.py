"""A model imported from a hub on loopback: whole, pinned, resumed by a later job, refused without leaving a trace."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmstudio.config.importing import ImportModelConfig
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, run
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import download
from llmstudio.tasks.transfer import Patience
from tests import hubserver
from tests.engine.convert import foreign
from tests.engine.convert.test_foldertokenizer import folder_with
from tests.hubserver import COMMIT, REPO, Hub


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A tiny Llama as it would lie on the hub."""
    folder = tmp_path_factory.mktemp("llama")
    foreign.model("llama3", vocab_size=320).save_pretrained(folder)
    folder_with(folder, ["<|endoftext|>", "<|im_end|>"], eos_token="<|im_end|>")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def hub(files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with hubserver.serving(Hub(dict(files))) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        monkeypatch.setenv("LLMSTUDIO_CONFIG", str(tmp_path / "config"))
        monkeypatch.setattr(download, "Patience", lambda: Patience(waits=(0.0,), silence=5.0))
        yield served


def import_it(ws: Workspace, name: str, model: str = REPO) -> run.RunState:
    folder = create_run(ws, "import_model", ImportModelConfig(path=model, name=name), title=name)
    InlineRunner(ws).run(folder)
    return run.load(folder)


def test_it_comes_with_its_lineage_and_leaves_nothing_else(hub: Hub, tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "ws")
    state = import_it(ws, "Small")
    assert state.status == Status.FINISHED, state.error
    facts = catalog.find(ws, "model", "Small").manifest
    assert (facts["origin"]["kind"], facts["origin"]["name"], facts["origin"]["revision"]) == ("hub", REPO, COMMIT)
    assert facts["licence"] == "apache-2.0"
    assert list((ws.root / "downloads").iterdir()) == []


def test_a_later_job_goes_on_where_a_broken_one_stopped(hub: Hub, files: dict[str, bytes], tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "ws")
    half = len(files["model.safetensors"]) // 2
    hub.faults["/store/model"] = [hubserver.cut(half), *[hubserver.cut(0)] * 4]
    broken = import_it(ws, "Small")
    assert broken.status == Status.FAILED
    assert broken.error is not None
    assert "What came is kept" in broken.error.hint
    assert catalog.list_kept(ws, "model") == []
    hub.faults.clear()
    assert import_it(ws, "Small").status == Status.FINISHED
    asked = [head.get("Range") for path, head in hub.asked if "/store/model" in path]
    assert asked[-1] == f"bytes={half}-"


def test_what_cannot_be_imported_is_not_kept_either(hub: Hub, tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "ws")
    hub.files["config.json"] = b'{"model_type": "mamba"}'
    state = import_it(ws, "Small")
    assert state.status == Status.FAILED
    assert catalog.list_kept(ws, "model") == []
    assert list((ws.root / "downloads").iterdir()) == []
