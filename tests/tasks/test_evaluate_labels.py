"""Labels told by the likeliest word, against plain log-probabilities."""

import numpy as np
import pytest
import torch

from llmstudio.jobs.job import Status
from llmstudio.store import evaluations
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import evaluate_labels
from llmstudio.tasks.loading import load_model
from tests.tasks import measured, small
from tests.tasks.test_evaluate_text import HERE


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return measured.workspace(tmp_path_factory.mktemp("labels"))


def test_the_likeliest_word_is_told(ws: Workspace) -> None:
    values = {"dataset": "moods", "shots": 0, "question": "Q", "baseline": False}
    status, seen, report, folder = measured.evaluate(ws, "tiny", **values)
    assert status == Status.FINISHED, small.error(seen)
    (entry,) = report["models"]
    assert entry["kind"] == "few-shot"
    loaded = load_model(ws, "tiny", HERE)
    for record in evaluations.predictions(folder, entry)[:5]:
        prompt = loaded.tokenizer.encode(f"Q\n\nText: {record['text']}\nLabel:")
        likely = []
        for word in (" bad", " good"):
            choice = loaded.tokenizer.encode(word)
            with torch.inference_mode():
                found = loaded.model(torch.tensor([prompt + choice]))[0].log_softmax(-1)
            likely.append(sum(float(found[len(prompt) + i - 1, token]) for i, token in enumerate(choice)))
        shares = evaluate_labels.softmax(np.array([likely]))[0]
        assert record["scores"]["bad"] == pytest.approx(shares[0], abs=1e-4)
        assert record["predicted"] == ("bad", "good")[int(shares.argmax())]
        assert record["certainty"] == pytest.approx(shares.max(), abs=1e-4)
    assert "0 examples" in entry["rules"]["accuracy"]
    assert "per byte of the word" in entry["rules"]["accuracy_normalised"]


def test_examples_that_do_not_fit_are_named(ws: Workspace) -> None:
    _, _, report, _ = measured.evaluate(ws, "tiny", dataset="moods", shots=6, question="Q", baseline=False)
    (entry,) = report["models"]
    assert "of 6 examples fit into its context" in entry["note"]


def test_too_many_labels_are_told(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate_labels, "FEW_LABELS", 1)
    status, seen, _, _ = measured.evaluate(ws, "tiny", dataset="moods", baseline=False)
    assert status == Status.FAILED
    assert "too many to ask for" in small.error(seen).message


def test_shares_add_up_to_one() -> None:
    shares = evaluate_labels.softmax(np.array([[-1000.0, -1001.0], [0.0, 0.0]]))
    assert shares.sum(axis=1) == pytest.approx([1, 1])
    assert shares[1].tolist() == [0.5, 0.5]
