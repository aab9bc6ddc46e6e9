"""The job of training a tokenizer: kept with its facts, or nothing kept and a clear sentence."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base import files
from llmstudio.config.tokenizer import TokenizerConfig
from llmstudio.data.documents import Documents
from llmstudio.data.tokenizers import load
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Job, Status
from llmstudio.store import catalog
from llmstudio.store.run import RunState
from llmstudio.store.run import load as load_run
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import train_tokenizer
from llmstudio.tasks.train_tokenizer import bytes_per_token, tokenizer_for
from tests.data.corpus import gpt2_tokenizer, make_dataset, small_text


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with the dataset "tales"."""
    ws = Workspace.open(tmp_path / "ws")
    make_dataset(ws.datasets / "tales", small_text().split("\n"))
    return ws


def train(ws: Workspace, **options: Any) -> tuple[Path, Status]:
    config = TokenizerConfig(**{"dataset": "tales", "name": "mine", **options})
    folder = create_run(ws, "train_tokenizer", config, title="mine")
    return folder, InlineRunner(ws).run(folder)


@pytest.mark.parametrize(
    ("kind", "size"),
    [("bpe", 500), ("unigram", 500), ("wordpiece", 600), ("word", 300), ("char", None), ("byte", None)],
)
def test_every_kind_is_trained_and_kept(kind: str, size: int | None, workspace: Workspace) -> None:
    folder, status = train(workspace, kind=kind, vocab_size=size)
    state: RunState = load_run(folder)
    assert status == Status.FINISHED, state.error
    tokenizer = load.load(workspace.tokenizers, "mine")
    assert tokenizer.vocab_size == state.result["vocab_size"]
    assert size in (None, tokenizer.vocab_size)
    assert (state.result["id"], tokenizer.name, tokenizer.kind) == ("mine", "mine", kind)
    whole = "".join("".join(parts) for parts in Documents(workspace.datasets / "tales").iterate())
    texts = ["".join(parts) for parts in Documents(workspace.datasets / "tales").iterate()]
    tokens = sum(len(tokenizer.encode(text)) for text in texts)
    assert state.result["bytes_per_token"] == pytest.approx(len(whole.encode("utf-8")) / tokens)


def test_the_manifest_says_where_it_came_from(workspace: Workspace) -> None:
    train(workspace, kind="bpe", vocab_size=400)
    manifest = catalog.find(workspace, "tokenizer", "mine").manifest
    sha = hashlib.sha256((workspace.datasets / "tales" / "documents.parquet").read_bytes()).hexdigest()
    assert manifest["lineage"] == {"dataset": {"id": "tales", "sha256": sha}}
    assert manifest["tokenizer_kind"] == "bpe"
    assert manifest["vocab_size"] == 400
    assert manifest["sha256"] == load.load(workspace.tokenizers, "mine").sha256


def test_a_size_left_open_is_proposed_fitted_and_written_into_the_job(workspace: Workspace) -> None:
    folder, status = train(workspace, kind="word")
    state = load_run(folder)
    assert status == Status.FINISHED, state.error
    assert state.result["vocab_size"] < 1024
    assert Job.load(folder).config["vocab_size"] == 1024
    assert any("that is the size now" in str(note) for note in state.notes)


def test_a_text_too_small_is_said_at_the_option_and_nothing_is_kept(workspace: Workspace) -> None:
    folder, status = train(workspace, kind="bpe", vocab_size=200_000)
    state = load_run(folder)
    assert status == Status.FAILED
    assert "the largest size that fits" in str(state.error)
    assert catalog.list_kept(workspace, "tokenizer") == []
    assert list(workspace.tokenizers.iterdir()) == []


def test_a_name_in_use_is_refused_before_anything_is_read(workspace: Workspace) -> None:
    train(workspace, kind="byte")
    folder, status = train(workspace, kind="byte")
    assert status == Status.FAILED
    assert "already exists" in str(load_run(folder).error)


@pytest.mark.parametrize("name", ["gpt2", "GPT2", "bytes", "Characters"])
def test_the_names_of_built_in_ones_are_refused(name: str, workspace: Workspace) -> None:
    folder, status = train(workspace, kind="byte", name=name)
    assert status == Status.FAILED
    assert "always there" in str(load_run(folder).error)


def test_an_unknown_dataset_is_named(workspace: Workspace) -> None:
    folder, status = train(workspace, dataset="talse", kind="byte")
    assert status == Status.FAILED
    assert "talse" in str(load_run(folder).error)


@pytest.mark.parametrize("kind", ["bpe", "unigram", "wordpiece", "char", "word"])
def test_cancelling_keeps_nothing(kind: str, workspace: Workspace) -> None:
    config = TokenizerConfig(dataset="tales", name="mine", kind=kind)  # type: ignore[arg-type]
    folder = create_run(workspace, "train_tokenizer", config, title="mine")
    runner = InlineRunner(workspace)
    status = runner.run(folder, on_event=lambda event: runner.request("cancel") if event.kind == "stage" else None)
    assert status == Status.CANCELLED
    assert list(workspace.tokenizers.iterdir()) == []


def test_progress_reaches_all_characters(workspace: Workspace) -> None:
    folder, _ = train(workspace, kind="bpe", vocab_size=400)
    state = load_run(folder)
    characters = files.read_json(workspace.datasets / "tales" / "dataset.json")["splits"]["train"]["characters"]
    assert characters > 0
    assert state.total in (characters, 0)


def test_the_name_characters_means_those_of_the_dataset_and_is_kept_once(workspace: Workspace) -> None:
    dataset = catalog.find(workspace, "dataset", "tales")
    first = tokenizer_for(workspace, "characters", dataset, lambda: None)
    again = tokenizer_for(workspace, "characters", dataset, lambda: None)
    kept = catalog.list_kept(workspace, "tokenizer")
    assert [one.title for one in kept] == ["tales characters"]
    assert first.sha256 == again.sha256
    assert (first.kind, first.name) == ("char", kept[0].id)
    text = small_text().replace("\n", "")
    assert first.decode(first.encode(text)) == text
    assert tokenizer_for(workspace, "gpt2", dataset, lambda: None).name == "gpt2"


def test_bytes_per_token_of_no_text_is_none(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "d", ["naïve"], shares=(1, 0, 0))
    tokens = len(gpt2_tokenizer().encode("naïve"))
    assert bytes_per_token(Documents(folder), gpt2_tokenizer(), lambda: None) == 6 / tokens


def test_of_very_much_text_an_even_part_is_learned_from(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_tokenizer, "MOST_LEARNED", 30_000)
    monkeypatch.setattr(train_tokenizer, "STRETCH", 2_000)
    taken: list[str] = []
    real = train_tokenizer.train.train

    def watched(*args: Any, **options: Any) -> Any:
        texts = list(args[3])
        taken.extend(texts)
        return real(*args[:3], texts, **options)

    monkeypatch.setattr(train_tokenizer.train, "train", watched)
    _, status = train(workspace, kind="bpe", vocab_size=400)
    assert status == Status.FINISHED
    assert 20_000 < sum(map(len, taken)) < 34_000
    whole = "".join("".join(parts) for parts in Documents(workspace.datasets / "tales").iterate("train"))
    places = [whole.find(text) / len(whole) for text in taken if len(text) > 60]
    assert min(places) < 0.05
    assert max(places) > 0.9
