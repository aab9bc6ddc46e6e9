"""The sheet for a new evaluation: what is missing, what is hidden, what is started."""

from pathlib import Path
from typing import Any

from llmstudio.config import option
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.gui.tabs.evaluate import presenter_new as new
from llmstudio.store.catalog import Kept
from tests.gui.tabs.desk import make_session


def kept(kind: Any, name: str, **manifest: Any) -> Kept:
    return Kept(kind, name, name.capitalize(), Path(name), "", manifest)


MODELS = [kept("model", "plain"), kept("model", "tuned", task={"kind": "classify"})]
MOODS = kept("dataset", "moods", label_column="mood", documents=500, splits={"test": {"documents": 50}})
TALES = kept("dataset", "tales", documents=40, splits={"test": {"documents": 0}})
ASKS = kept("dataset", "asks", columns=["instruction", "input", "output"], documents=9)
DATA = [MOODS, TALES, ASKS]


def values(**changes: Any) -> dict[str, Any]:
    infos = [info for info in option.describe(EvaluateConfig) if info.name != "models"]
    return {info.name: info.default for info in infos} | {"dataset": "moods"} | changes


def test_models_and_data_make_it_ready() -> None:
    state = new.judge(values(), ["tuned"], MODELS, DATA)
    assert state.ready
    assert state.task == "classify"
    assert state.config is not None
    assert state.config.models == ("tuned",)
    assert [line.text for line in state.lines] == [
        "1 model and the baselines",
        "500 documents in the dataset",
        "Measured: Accuracy, precision, recall, F1, confusion, calibration",
    ]


def test_what_is_missing_is_told() -> None:
    state = new.judge(values(dataset=""), [], MODELS, DATA)
    assert not state.ready
    assert [line.text for line in state.lines if line.state == "wrong"][:2] == [
        "Tick the models to measure",
        "Choose the data to measure on",
    ]
    alone = new.judge(values(task="classify"), [], MODELS, DATA)
    assert alone.ready
    assert alone.lines[0].text == "No model is ticked: only the baselines are measured"
    empty = new.judge(values(dataset="tales", split="test"), ["plain"], MODELS, DATA)
    assert ("warning", "split") in {(line.state, line.row) for line in empty.lines}
    part = new.judge(values(split="test"), ["plain"], MODELS, DATA)
    assert part.lines[1].text == "50 documents in this part of the dataset"


def test_faults_stand_at_their_rows() -> None:
    state = new.judge(values(stride=512, block_size=256), ["plain"], MODELS, DATA)
    assert set(state.faults) == {"stride"}
    assert not state.ready


def test_rows_follow_the_task() -> None:
    assert new.guess("auto", [MODELS[1]], TALES) == "classify"
    assert new.guess("auto", [], ASKS) == "instruct"
    assert new.guess("auto", [], TALES) == "continue"
    assert new.guess("auto", [], MOODS) == "auto"
    assert new.guess("auto", [], None) == "auto"
    assert "shots" in new.hidden_rows("continue")
    assert "stride" not in new.hidden_rows("continue")
    assert {"stride", "max_tokens"} <= new.hidden_rows("classify")
    assert "max_tokens" not in new.hidden_rows("instruct")
    assert new.hidden_rows("auto") == frozenset()


def test_starting_submits_the_job(qapp: object, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    config = EvaluateConfig(models=("plain",), dataset="moods")
    run = new.start(session, config, new.title_of(["Plain"], "Moods"))
    assert run == "run-1"
    assert session.jobs.submitted == [("evaluate", config, "Plain on Moods")]  # type: ignore[attr-defined]
    assert new.title_of([], "Moods") == "Baselines on Moods"
    assert new.title_of(["A", "B"], "Moods") == "2 models on Moods"
