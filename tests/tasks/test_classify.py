"""Judging texts: labels with probabilities, sets of labels, numbers; and models that cannot."""

from pathlib import Path
from typing import Any

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.classify import ClassifyConfig
from llmstudio.jobs.create import create_run
from llmstudio.store.workspace import Workspace
from tests.tasks import small, tuned


def judged(ws: Workspace, model: str, *texts: str) -> dict[str, Any]:
    config = ClassifyConfig(model=model, texts=texts, threads=1)
    folder = create_run(ws, "classify", config, title="Classify")
    status, seen = small.train(ws, folder)
    if status != "finished":
        error = small.error(seen)
        raise UserError(error.message, error.hint, field=error.field)
    return small.state(folder).result


def test_labels_come_with_probabilities(tmp_path: Path) -> None:
    ws = tuned.workspace(tmp_path / "ws")
    tuned.tune(ws)
    found = judged(ws, "tuned", "3 Ada rose", "4 Ada fell")
    assert found["label"] == "up"
    assert [one["label"] for one in found["results"]] == ["up", "down"]
    assert sum(found["probabilities"].values()) == pytest.approx(1.0)
    assert next(iter(found["probabilities"])) == "up"  # the likeliest first


@pytest.mark.parametrize(("task", "dataset"), [("multilabel", "topics"), ("regress", "sizes")])
def test_sets_and_numbers(tmp_path: Path, task: str, dataset: str) -> None:
    ws = tuned.workspace(tmp_path / "ws")
    tuned.tune(ws, task=task, dataset=dataset, epochs=1)
    found = judged(ws, "tuned", "3 Ada rose")
    if task == "regress":
        assert isinstance(found["value"], float)
    else:
        assert set(found["labels"]) <= set(found["probabilities"]) == {"up", "down", "even", "odd"}


def test_a_model_that_only_writes_says_so(tmp_path: Path) -> None:
    ws = tuned.workspace(tmp_path / "ws")
    with pytest.raises(UserError, match="has not learned to judge"):
        judged(ws, "tiny", "a")
