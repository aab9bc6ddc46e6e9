"""Encoding equals encoding the whole text at once, ends documents, is reused, and leaves nothing when stopped."""

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import Interrupt
from llmstudio.data import encode
from llmstudio.data.encode import cut_safely, encode_dataset, tokens_folder
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.data.tokenizers.byte import ByteTokenizer
from tests.data.corpus import gpt2_tokenizer, make_dataset, small_text, trained

TRICKY = st.text(st.sampled_from("aZé漢 \n\t'’.,-1😀sl"), max_size=120)


def documents_of(ids: np.ndarray, end: int) -> list[list[int]]:
    """The ids between the ends of documents."""
    cuts = np.flatnonzero(ids == end)
    return [part.tolist() for part in np.split(ids, cuts + 1)[:-1]]


@pytest.mark.parametrize("kind", ["gpt2", "byte", "bpe", "unigram", "wordpiece", "char", "word"])
def test_every_document_is_whole_and_ends(kind: str, tmp_path: Path) -> None:
    texts = [f"{line} <|endoftext|>\r\n" for line in small_text().split("\n")[:60]] + ["x", " ", "漢字 🎉"]
    tokenizer = gpt2_tokenizer() if kind == "gpt2" else trained(kind)
    encoded = encode_dataset(make_dataset(tmp_path / "d", texts), tokenizer, threads=2)
    found = [
        ids[:-1]
        for split in (encoded.train, encoded.val, encoded.test)
        for ids in documents_of(split.ids, tokenizer.end_id)
    ]
    assert sorted(found) == sorted(tokenizer.encode(text) for text in texts)
    assert sum(split.documents for split in (encoded.train, encoded.val, encoded.test)) == len(texts)


def test_the_index_counts_tokens_bytes_characters_and_ids(tmp_path: Path) -> None:
    texts = ["naïve 漢字 " * 40] * 3 + ["plain"]
    folder = make_dataset(tmp_path / "d", texts, shares=(1, 0, 0))
    encoded = encode_dataset(folder, gpt2_tokenizer())
    assert encoded.train.characters == sum(map(len, texts))
    assert encoded.train.bytes == sum(len(text.encode("utf-8")) for text in texts)
    assert encoded.train.tokens == len(encoded.train.ids)
    assert (encoded.counts == np.bincount(encoded.train.ids, minlength=50_257)).all()
    assert encoded.val.tokens == encoded.test.tokens == 0
    index = json.loads((encoded.folder / "tokens.json").read_text("utf-8"))
    assert index["used_ids"] == np.count_nonzero(encoded.counts)
    assert encoded.folder == folder / "tokens" / f"gpt2-{gpt2_tokenizer().sha256[:8]}"


def test_a_text_cut_by_position_has_no_end_at_the_cut(tmp_path: Path) -> None:
    text = small_text()
    folder = make_dataset(tmp_path / "d", [text], by="position", shares=(0.9, 0.1, 0.0))
    encoded = encode_dataset(folder, gpt2_tokenizer())
    place = encoded.train.characters
    assert encoded.train.ids.tolist() == gpt2_tokenizer().encode(text[:place])
    assert encoded.val.ids.tolist() == [*gpt2_tokenizer().encode(text[place:]), 50_256]


@pytest.mark.parametrize("kind", ["gpt2", "bpe", "unigram", "wordpiece", "char", "word"])
def test_a_long_document_has_the_ids_of_the_whole(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "SECTION", 1000)
    tokenizer = gpt2_tokenizer() if kind == "gpt2" else trained(kind)
    text = small_text() + "x" * 5000 + "\n" * 3000 + small_text()[:20_000]
    folder = make_dataset(tmp_path / "d", [text], shares=(1, 0, 0))
    assert encode_dataset(folder, tokenizer, threads=2).train.ids.tolist() == [
        *tokenizer.encode(text),
        tokenizer.end_id,
    ]


@settings(max_examples=200)
@given(st.lists(TRICKY, max_size=5), st.integers(2, 30))
def test_sections_join_to_the_ids_of_the_whole(parts: list[str], size: int) -> None:
    tokenizer = gpt2_tokenizer()
    sections = list(cut_safely(parts, tokenizer.cut, size))
    assert "".join(sections) == "".join(parts)
    assert [token for section in sections for token in tokenizer.encode(section)] == tokenizer.encode("".join(parts))


def test_a_text_without_a_place_to_cut_is_cut_in_the_end() -> None:
    sections = list(cut_safely(["a" * 100] * 10, gpt2_tokenizer().cut, size=50, longest=300))
    assert "".join(sections) == "a" * 1000
    assert max(map(len, sections)) <= 400


class Counting(ByteTokenizer):
    """Counts how many texts it has encoded."""

    calls = 0

    def encode_many(self, texts: object, threads: int = 1) -> list[np.ndarray]:
        Counting.calls += 1
        return super().encode_many(texts, threads)  # type: ignore[arg-type]


def test_ready_files_are_reused_until_the_dataset_changes(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "d", ["one", "two"], shares=(1, 0, 0))
    first = encode_dataset(folder, Counting())
    calls = Counting.calls
    assert encode_dataset(folder, Counting()).train.sha256 == first.train.sha256
    assert Counting.calls == calls
    manifest = json.loads((folder / "dataset.json").read_text("utf-8"))
    (folder / "dataset.json").write_text(json.dumps({**manifest, "documents_sha256": "other"}), "utf-8")
    encode_dataset(folder, Counting())
    assert Counting.calls > calls


@pytest.mark.parametrize("damage", ["tokens.json", "train.bin", "counts.bin"])
def test_damaged_files_are_made_again(damage: str, tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "d", ["one", "two"], shares=(1, 0, 0))
    good = encode_dataset(folder, ByteTokenizer())
    sha = good.train.sha256
    del good
    path = tokens_folder(folder, ByteTokenizer()) / damage
    path.write_bytes(path.read_bytes()[:-1])
    again = encode_dataset(folder, ByteTokenizer())
    assert again.train.sha256 == sha
    assert again.train.ids.tolist() == [*b"one", 256, *b"two", 256]


@pytest.mark.parametrize("damage", ["train.bin", "val.bin", "counts.bin"])
def test_files_that_a_failing_disk_changed_are_made_again(damage: str, tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "d", ["one", "two"] * 20)
    shas = [encode_dataset(folder, ByteTokenizer()).train.sha256]
    path = tokens_folder(folder, ByteTokenizer()) / damage
    good = path.read_bytes()
    path.write_bytes(good[:4] + b"\xff\xff" + good[6:])  # an id that no vocabulary has
    shas.append(encode_dataset(folder, ByteTokenizer()).train.sha256)
    assert path.read_bytes() == good
    assert shas[0] == shas[1]


def test_an_index_that_says_something_else_is_made_again(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "d", ["one", "two"], shares=(1, 0, 0))
    encode_dataset(folder, ByteTokenizer())
    path = tokens_folder(folder, ByteTokenizer()) / "tokens.json"
    good = path.read_text("utf-8")
    assert '"documents": 2' in good
    path.write_text(good.replace('"documents": 2', '"documents": 3'), "utf-8")
    encode_dataset(folder, ByteTokenizer())
    assert path.read_text("utf-8") == good


def test_files_of_an_earlier_version_are_still_used(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "d", ["one", "two"], shares=(1, 0, 0))
    encode_dataset(folder, Counting())
    path = tokens_folder(folder, Counting()) / "tokens.json"
    index = json.loads(path.read_text("utf-8"))
    index = {key: value for key, value in index.items() if key not in ("digest", "counts_sha256")}
    path.write_text(json.dumps({**index, "schema": 1}), "utf-8")
    calls = Counting.calls
    encode_dataset(folder, Counting())
    assert Counting.calls == calls


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "d", ["one", "two"], shares=(1, 0, 0))
    dead = folder / "tokens" / ".staging-byte-0-abcd"
    dead.mkdir(parents=True)
    encode_dataset(folder, ByteTokenizer())
    assert not dead.exists()


def test_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "d", [small_text()] * 3)

    def stop() -> None:
        raise Interrupt("cancel")

    with pytest.raises(Interrupt):
        encode_dataset(folder, gpt2_tokenizer(), check=stop)
    assert list((folder / "tokens").iterdir()) == []


def test_progress_rises_to_all_characters_and_check_is_called_often(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "d", [small_text()] * 5)
    seen: list[tuple[int, int]] = []
    checks: list[int] = []
    encode_dataset(
        folder, ByteTokenizer(), progress=lambda done, total: seen.append((done, total)), check=lambda: checks.append(1)
    )
    done = [number for number, _ in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1] == 5 * len(small_text())
    assert len(checks) >= len(seen)


class Endless:
    """Stands for the documents of a large dataset: one document of `size` characters."""

    def __init__(self, size: int) -> None:
        self.size = size

    def iterate(self, split: str) -> Iterator["Endless"]:
        if split == "train":
            yield self

    closed = True

    def __iter__(self) -> Iterator[str]:
        words = "some words that go on and on, " * 500
        for _ in range(self.size // len(words)):
            yield words


def test_memory_stays_flat_over_a_long_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "Documents", lambda folder: Endless(30_000_000))
    (tmp_path / "dataset.json").write_text(
        json.dumps({"documents_sha256": "x", "splits": {"train": {"characters": 1}}})
    )
    tracemalloc.start()
    encoded = encode_dataset(tmp_path, ByteTokenizer(), threads=2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert encoded.train.characters > 29_000_000
    assert peak < 16_000_000


def test_the_cut_of_a_tokenizer_without_safe_places_is_none() -> None:
    def never(text: str) -> int:
        return 0

    assert list(cut_safely(["ab ", "cd"], never, size=2)) == ["ab cd"]


def test_a_tokenizer_of_another_content_gets_its_own_folder(tmp_path: Path) -> None:
    one: Tokenizer = trained("char")
    other: Tokenizer = trained("word")
    assert tokens_folder(tmp_path, one) != tokens_folder(tmp_path, other)
