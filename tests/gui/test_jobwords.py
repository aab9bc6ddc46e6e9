"""Jobs are told in a few plain words."""

import pytest

from llmstudio.gui import jobwords
from llmstudio.gui.tabs import registry
from llmstudio.jobs.registry import KINDS
from llmstudio.store.events import Error
from llmstudio.store.run import RunState


def state(**values: object) -> RunState:
    return RunState(**{"id": "r1", "kind": "pretrain", "title": "Pell stories, small", **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": "queued"}, "Waiting for its turn"),
        ({"status": "starting"}, "Starting"),
        ({"status": "running"}, "Under way"),
        ({"status": "running", "stage": "Loading"}, "Loading"),
        (
            {"status": "running", "stage": "Training", "done": 2410, "total": 4000, "unit": "steps"},
            "Training, step 2,410 of 4,000",
        ),
        (
            {"status": "running", "stage": "Reading", "done": 1.5e6, "total": 3e6, "unit": "bytes"},
            "Reading, 1.5 MB of 3 MB",
        ),
        (
            {"status": "running", "stage": "Encoding", "done": 3, "total": 12, "unit": "documents"},
            "Encoding, 3 of 12 documents",
        ),
    ],
)
def test_phases(values: dict[str, object], words: str) -> None:
    assert jobwords.phase(state(**values)) == words


def test_shares_stay_between_nothing_and_all() -> None:
    assert jobwords.share(state()) is None
    assert jobwords.percent(state()) == ""
    assert jobwords.share(state(done=5, total=4)) == 1
    assert jobwords.percent(state(done=999, total=1000)) == "99 %"


def test_time_left() -> None:
    assert jobwords.time_left(None) == ""
    assert jobwords.time_left(175) == "2 min 55 s left"


@pytest.mark.parametrize("status", ["finished", "paused", "cancelled", "failed", "lost"])
def test_every_end_has_words(status: str) -> None:
    tone, words = jobwords.ended(state(status=status))
    assert tone in ("good", "info", "danger")
    assert "Pell stories, small" in words


def test_a_failure_says_why_and_leads_there() -> None:
    failed = state(status="failed", error=Error(message="Memory ran out.", hint="Halve the batch."))
    assert jobwords.ended(failed)[1] == "Pell stories, small stopped: Memory ran out"
    assert jobwords.outcome(failed) == "Halve the batch."
    step = jobwords.next_step(failed)
    assert step is not None
    assert (step.tab, step.args) == ("train", {"run": "r1"})


def test_a_training_that_is_done_leads_to_writing() -> None:
    done = state(status="finished", validations=[(100, 2.0), (200, 1.42)], result={"model": "m1"})
    assert jobwords.outcome(done) == "Best validation loss 1.42 at step 200"
    step = jobwords.next_step(done)
    assert step is not None
    assert (step.tab, step.args) == ("playground", {"model": "m1"})


def test_every_kind_of_job_belongs_to_a_tab() -> None:
    assert {jobwords.tab_of(kind) for kind in KINDS} <= {tab.key for tab in registry.TABS}


def test_a_fine_tuning_that_is_done_leads_to_trying_it() -> None:
    done = state(kind="finetune", status="finished", latest={"accuracy": 0.9141}, result={"model": "moods"})
    assert jobwords.outcome(done) == "Accuracy 91.4 % on the validation rows"
    step = jobwords.next_step(done)
    assert step is not None
    assert (step.words, step.tab, step.args) == ("Try it", "playground", {"model": "moods"})
    answers = state(kind="finetune", status="finished", validations=[(100, 2.0), (200, 1.42)], result={"model": "m"})
    assert jobwords.outcome(answers) == "Best validation loss 1.42 at step 200"


def test_models_that_came_or_went_lead_on() -> None:
    came = RunState("r", "import_model", "Import x", status="finished", result={"id": "x", "parameters": 134_515_008})
    assert jobwords.outcome(came) == "135 million parameters"
    step = jobwords.next_step(came)
    assert step is not None
    assert (step.words, step.tab, step.args) == ("Write with it", "playground", {"model": "x"})
    went = RunState("r", "export_model", "Export x", status="finished", result={"bytes": 5e8, "path": "/out/x.gguf"})
    assert jobwords.outcome(went) == "500 MB in /out/x.gguf"
    step = jobwords.next_step(went)
    assert step is not None
    assert (step.tab, step.args) == ("models", {"folder": "/out/x.gguf"})
