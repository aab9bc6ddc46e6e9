"""The job that looks for repeated documents."""

from pathlib import Path

from llmstudio.config.dataset import FindRepeatsConfig
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store.run import load
from llmstudio.store.workspace import Workspace
from tests.data.corpus import make_dataset
from tests.data.test_repeats import tales


def test_what_would_go_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "ws")
    stories = tales(4)
    make_dataset(ws.datasets / "tales", [*stories, stories[0], f"{stories[1]} end"])
    folder = create_run(ws, "find_repeats", FindRepeatsConfig(dataset="tales"), title="look")
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    result = load(folder).result
    assert (result["duplicates"], result["near_duplicates"], result["similarity"]) == (1, 1, 0.8)
    assert [path for path in folder.iterdir() if path.is_dir() and any(path.iterdir())] == []
