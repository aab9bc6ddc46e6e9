"""The job of importing: real files as promised, nothing half-written, everything recorded."""

import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.data import statistics
from llmstudio.data.documents import Documents
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, run
from llmstudio.store.workspace import Workspace
from tests.data.fake_context import import_into


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "workspace")


def texts(ws: Workspace, name: str = "set", split: str | None = None) -> list[str]:
    with contextlib.closing(Documents(ws.datasets / name)) as documents:
        return ["".join(parts) for parts in documents.iterate(split)]


def test_messages_without_a_header(ws: Workspace, shared_file: Callable[[str], Path]) -> None:
    done = import_into(ws, shared_file("data/sms_spam_collection.tsv")).results
    assert done["documents"] == 5574
    assert done["labels"] == {"ham": 4827, "spam": 747}
    assert done["faults"] == []
    assert sum(part["documents"] for part in done["splits"].values()) == 5574


def test_shakespeare_is_split_as_nanogpt_splits_it(ws: Workspace, shared_file: Callable[[str], Path]) -> None:
    path = shared_file("data/tinyshakespeare.txt")
    import_into(ws, path, split="90,10,0", split_by="position")
    text = path.read_text("utf-8")
    assert texts(ws, split="train") == [text[: int(0.9 * len(text))]]
    assert texts(ws, split="val") == [text[int(0.9 * len(text)) :]]
    assert texts(ws, split="test") == []
    assert texts(ws) == [text]


@pytest.mark.parametrize(
    ("name", "documents"),
    [
        ("genesis_en_fr_de.tsv", 1533),
        ("instruction-data.json", 1100),
        ("rt_sentence_polarity.csv", 10_662),
        ("us_inaugural.jsonl", 59),
        ("the-verdict.txt", 1),
    ],
)
def test_real_files_have_all_their_rows(
    ws: Workspace, shared_file: Callable[[str], Path], name: str, documents: int
) -> None:
    assert import_into(ws, shared_file(f"data/{name}")).results["documents"] == documents


def test_everything_is_recorded_in_the_manifest(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text,label\nGrüße,a\nzwei,b\nzwei,b\n,a\nbad\n".encode("cp1252"))
    context = import_into(ws, path, on_fault="skip", duplicates=True, lowercase=True, split="50,50,0", seed=3)
    manifest = catalog.find(ws, "dataset", "set").manifest
    for facts in (manifest, context.results):
        assert (facts["documents"], facts["characters"], facts["bytes"]) == (2, 9, 11)
        assert facts["removed"] == {"empty": 1, "duplicate": 1, "short": 0, "long": 0}
        assert facts["faults"] == [{"source": "a.csv", "row": 6, "reason": "has 1 column, the header has 2"}]
        assert facts["encoding"] == "windows-1252"
    assert manifest["split"]["seed"] == 3
    assert manifest["split"]["shares"] == {"train": 0.5, "val": 0.5, "test": 0}
    assert manifest["sources"][0]["name"] == "a.csv"
    assert manifest["cleaning"] == [{"step": "lowercase", "touched": 1, "before": "Grüße", "after": "grüße"}]
    assert (manifest["columns"], manifest["text_column"], manifest["label_column"]) == (
        ["text", "label"],
        "text",
        "label",
    )
    assert set(manifest["files"]) == {"documents.parquet", "index.parquet", "statistics.json"}
    assert statistics.load(ws.datasets / "set")["documents"] == 2
    assert any("empty" in note for note in context.notes)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_without_cleaning_nothing_changes_but_the_encoding(ws: Workspace, tmp_path: Path, newline: str) -> None:
    text = newline.join([" \ttwo  spaces ", "", "", "ﬁ “quotes” \u200b\x07 \ufeff end"]) + newline
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode("utf-16"))
    import_into(ws, path)
    assert texts(ws) == [text]


def test_the_source_may_go_away(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("kept in the dataset")
    import_into(ws, path)
    path.unlink()
    assert texts(ws) == ["kept in the dataset"]


def test_the_same_import_gives_the_same_bytes(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": f"document {i}"}) + "\n" for i in range(500)))
    for name in ("one", "two"):
        import_into(ws, path, name=name)
    hashes = [catalog.find(ws, "dataset", name).manifest["documents_sha256"] for name in ("one", "two")]
    assert hashes[0] == hashes[1]
    import_into(ws, path, name="other", seed=1)
    assert texts(ws, "other", "val") != texts(ws, "one", "val")
    assert Counter(texts(ws, "other")) == Counter(texts(ws, "one"))


@pytest.mark.parametrize("at", [1, 3, 6, 9, 12])
def test_a_cancelled_import_leaves_nothing(ws: Workspace, tmp_path: Path, at: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": f"document {i}"}) + "\n" for i in range(5)))
    with pytest.raises(Interrupt):
        import_into(ws, path, stop_after=at)
    assert list(ws.datasets.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (b"", {}, "is empty"),
        (b" \n\t\n", {}, "only white space"),
        (b"short", {"min_length": 50}, "Nothing is left after cleaning: 1 short"),
        (b"text", {"encoding": "no-such"}, "no encoding called"),
        (b"\xff\xfe\xff", {}, ""),
    ],
)
def test_what_cannot_become_a_dataset_says_why(
    ws: Workspace, tmp_path: Path, content: bytes, options: dict, words: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(UserError) as told:
        import_into(ws, path, **options)
    assert words in told.value.message
    assert told.value.hint
    assert list(ws.datasets.iterdir()) == []


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "..", "a\0b"])
def test_names_with_path_tricks_are_refused_before_anything_is_read(ws: Workspace, name: str) -> None:
    with pytest.raises(UserError) as told:
        import_into(ws, "/nowhere.txt", name=name)
    assert told.value.field == "name"


def test_names_with_emoji_and_spaces_are_kept_as_titles(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    done = import_into(ws, path, name="Mein Text 🎉 é").results
    assert done["title"] == "Mein Text 🎉 é"
    assert done["id"].isascii()


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
def test_a_full_disk_is_told_and_leaves_nothing(ws: Workspace, tmp_path: Path) -> None:
    import resource

    path = tmp_path / "a.txt"
    path.write_bytes(os.urandom(1 << 20).hex().encode())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(UserError) as told:
            import_into(ws, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert told.value.hint
    assert list(ws.datasets.iterdir()) == []


def test_through_the_job_runner(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("some words\n" * 100)
    folder = create_run(ws, "import_dataset", ImportConfig(paths=(str(path),), name="set"), title="set")
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    result = run.load(folder).result
    assert {"id", "documents", "characters", "bytes", "encoding", "splits", "removed", "faults"} <= set(result)
    assert texts(ws) == ["some words\n" * 100]


def test_progress_never_exceeds_its_total(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("words and more\n" * 200_000)
    context = import_into(ws, path)
    assert context.stages == ["Recognising encodings", "Reading", "Writing", "Counting"]
    assert all(0 <= done <= total for done, total, _ in context.steps)
    assert {unit for _, _, unit in context.steps} >= {"bytes", "characters"}
