"""Sorting texts under labels: by likelihood of label words, or by a head."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from llmstudio.base.errors import UserError
from llmstudio.config.complete import CompleteConfig
from llmstudio.engine import device
from llmstudio.engine.device import Place
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import sorting
from llmstudio.tasks.loading import Loaded, load_model
from tests.tasks import small

HERE = Place("cpu", "fp32", 1)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    ws = small.workspace(tmp_path_factory.mktemp("sorted") / "ws")
    small.train(ws, small.new_run(ws, max_steps=40, eval_every=40, sample_tokens=0, block_size=64, tokenizer="bytes"))
    yield ws
    ws.close()


@pytest.fixture
def loaded(ws: Workspace) -> Loaded:
    return load_model(ws, "tiny", device.choose("cpu", "fp32", 1))


def with_head(loaded: Loaded, kind: str, labels: list[str]) -> Loaded:
    head = nn.Linear(loaded.model.config.n_embd, len(labels) or 1)
    kept = replace(loaded.kept, manifest={**loaded.kept.manifest, "task": {"kind": kind, "labels": labels}})
    return replace(loaded, head=head, kept=kept)


def test_label_words_get_the_likelihood_of_their_tokens(loaded: Loaded) -> None:
    prompt = loaded.tokenizer.encode("Ada walked to the ")
    said = sorting.by_words(loaded, prompt, ["mill", "zzzz"], lambda: None, spaced=False)
    shares = dict(said["labels"])
    assert sum(shares.values()) == pytest.approx(1)
    expected = {}
    for word in ("mill", "zzzz"):
        ids = loaded.tokenizer.encode(word)
        with torch.inference_mode():
            logits = loaded.model(torch.tensor([[*prompt, *ids]]))[0].log_softmax(-1).double()
        expected[word] = float(sum(logits[len(prompt) - 1 + at, token] for at, token in enumerate(ids)))
    odds = torch.tensor(list(expected.values())).softmax(0)
    assert shares["mill"] == pytest.approx(float(odds[0]), abs=1e-5)
    assert said["labels"][0][1] >= said["labels"][1][1]


def test_a_head_tells_its_labels_or_a_value(loaded: Loaded) -> None:
    judged = sorting.by_head(with_head(loaded, "classify", ["spam", "ham"]), "Ada", HERE, lambda: None)
    assert {label for label, _ in judged["labels"]} == {"spam", "ham"}
    assert sum(share for _, share in judged["labels"]) == pytest.approx(1)
    valued = sorting.by_head(with_head(loaded, "regress", []), "Ada", HERE, lambda: None)
    assert isinstance(valued["value"], float)
    with pytest.raises(UserError, match="no labels of its own"):
        sorting.by_head(loaded, "Ada", HERE, lambda: None)


@pytest.mark.parametrize("wrong", ["a,b", [1, 2], ["one"], ["one", " one "], [str(n) for n in range(101)]])
def test_labels_that_cannot_be_are_refused(wrong: Any) -> None:
    with pytest.raises(UserError):
        sorting.labels_of(wrong)
    assert sorting.labels_of([" a ", "b", "a", ""]) == ["a", "b"]


def test_through_the_session(ws: Workspace) -> None:
    requests: list[dict[str, Any]] = [
        {"op": "classify", "id": 1, "prompt": "Ada is", "labels": ["good", "bad", "odd"]},
        {"op": "classify", "id": 2, "messages": [{"role": "user", "content": "Ada?"}], "labels": ["good", "bad"]},
        {"op": "classify", "id": 3, "text": "Ada"},
        {"op": "classify", "id": 4, "text": " "},
        {"op": "classify", "id": 5, "prompt": "x" * 70, "labels": ["good", "bad"]},
    ]
    folder = create_run(ws, "complete", CompleteConfig(model="tiny", threads=1), title="sort")
    told: list[dict[str, Any]] = []
    InlineRunner(ws).run(folder, on_message=told.append, inbox=requests)
    sorted_ = {message["id"]: message for message in told if message["op"] == "classified"}
    assert len(sorted_[1]["labels"]) == 3
    assert len(sorted_[2]["labels"]) == 2
    errors = {message["id"]: message["message"] for message in told if message["op"] == "error"}
    assert set(errors) == {3, 4, 5}
    assert "no labels of its own" in errors[3]
    assert "too long" in errors[5]
