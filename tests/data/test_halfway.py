"""An encoding that was killed goes on where it surely was, to the same result; one that is stopped leaves nothing."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from llmstudio.base.disk import DISK
from llmstudio.base.errors import Interrupt, InterruptKind
from llmstudio.base.locks import FileLock
from llmstudio.data import encode, halfway
from llmstudio.data.encode import Encoded, encode_dataset, tokens_folder
from llmstudio.data.tokenizers.base import Ids
from llmstudio.data.tokenizers.byte import ByteTokenizer
from tests.data.corpus import make_dataset, small_text


class Power(BaseException):
    """The machine goes off: nothing is tidied up."""


class Failing(ByteTokenizer):
    """Encodes some batches, then the machine goes off; counts the texts it has encoded."""

    left = 1_000_000
    texts = 0

    def encode_many(self, texts: Sequence[str], threads: int = 1) -> list[Ids]:
        Failing.left -= 1
        if Failing.left < 0:
            raise Power
        Failing.texts += len(texts)
        return super().encode_many(texts, threads)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(encode, "SECTION", 2000)
    monkeypatch.setattr(halfway, "EVERY", 5000)
    Failing.left = 1_000_000
    return make_dataset(tmp_path / "d", [line * 5 for line in small_text().split("\n")[:300]])


def killed(folder: Path, batches: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encode so many batches, then leave everything as a killed process does."""
    with monkeypatch.context() as patch:
        patch.setattr(DISK, "remove_folder", lambda path: None)
        Failing.left = batches
        with pytest.raises(Power):
            encode_dataset(folder, Failing())
    Failing.left, Failing.texts = 1_000_000, 0


def same(one: Encoded, other: Encoded) -> None:
    for a, b in zip((one.train, one.val, one.test), (other.train, other.val, other.test), strict=True):
        assert (a.sha256, a.tokens, a.documents, a.characters, a.bytes) == (
            b.sha256,
            b.tokens,
            b.documents,
            b.characters,
            b.bytes,
        )
    assert (one.counts == other.counts).all()


@pytest.mark.parametrize("batches", [1, 9, 25])
def test_what_was_done_before_a_kill_is_not_done_again(
    batches: int, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "copy").mkdir()
    for path in folder.iterdir():
        if path.is_file():
            (tmp_path / "copy" / path.name).write_bytes(path.read_bytes())
    Failing.texts = 0
    whole = encode_dataset(tmp_path / "copy", Failing())
    every = Failing.texts
    killed(folder, batches, monkeypatch)
    seen: list[int] = []
    again = encode_dataset(folder, Failing(), progress=lambda done, total: seen.append(done))
    same(again, whole)
    assert (Failing.texts < every) == (batches > 5)
    assert seen[-1] == sum(
        part["characters"] for part in json.loads((folder / "dataset.json").read_text())["splits"].values()
    )
    assert [path.name for path in (folder / "tokens").iterdir() if not path.name.startswith(".staging")] == [
        again.folder.name
    ]


@pytest.mark.parametrize("damage", ["note", "counts", "ids"])
def test_what_is_damaged_is_begun_anew(damage: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(folder, 20, monkeypatch)
    half = next((folder / "tokens").glob(".half-*"))
    name = {"note": halfway.NOTE, "counts": "halfway-counts-*", "ids": "train.bin"}[damage]
    path = next(half.glob(name))
    path.write_bytes(path.read_bytes()[:40])
    again = encode_dataset(folder, Failing())
    assert again.train.sha256 == encode_dataset(folder, ByteTokenizer()).train.sha256


def test_another_dataset_is_not_mixed_with_the_half_done_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(folder, 20, monkeypatch)
    manifest = json.loads((folder / "dataset.json").read_text("utf-8"))
    (folder / "dataset.json").write_text(json.dumps({**manifest, "documents_sha256": "other"}), "utf-8")
    again = encode_dataset(folder, Failing())
    assert again.train.documents + again.val.documents + again.test.documents == manifest["documents"]


def test_while_another_process_works_on_it_one_begins_anew(folder: Path) -> None:
    target = tokens_folder(folder, ByteTokenizer())
    target.parent.mkdir()
    lock = FileLock(target.with_name(f".half-{target.name}.lock"))
    assert lock.acquire()
    try:
        made = encode_dataset(folder, ByteTokenizer())
    finally:
        lock.release()
    assert made.train.tokens > 0
    assert sorted(path.name for path in made.folder.iterdir()) == [
        "counts.bin",
        "test.bin",
        "tokens.json",
        "train.bin",
        "val.bin",
    ]


@pytest.mark.parametrize("kind", ["cancel", "pause"])
def test_whoever_cancels_leaves_nothing_and_whoever_pauses_goes_on(kind: InterruptKind, folder: Path) -> None:
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls > 60:
            raise Interrupt(kind)

    with pytest.raises(Interrupt):
        encode_dataset(folder, ByteTokenizer(), check=stop)
    left = [path.name.split("-")[0] for path in (folder / "tokens").iterdir()]
    assert left == ([".half"] if kind == "pause" else [])
    seen: list[int] = []
    encode_dataset(folder, ByteTokenizer(), progress=lambda done, total: seen.append(done))
    assert (seen[0] > 5_000) == (kind == "pause")
