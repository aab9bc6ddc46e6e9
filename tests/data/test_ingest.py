"""Documents are cleaned, measured and compared on their way in."""

import random
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from llmstudio.config.dataset import NEAR, ImportConfig
from llmstudio.data.documents import Documents
from llmstudio.data.ingest import Removed, ingest, sift
from llmstudio.data.readers.document import Document
from llmstudio.data.split import decide
from llmstudio.data.spool import Spool


def taken(folder: Path, documents: list[Document], processes: int = 0, **options: object) -> tuple[list[str], Removed]:
    spool = Spool(folder / "spool", 0)
    _, removed = ingest(documents, ImportConfig(**options), spool, lambda: None, processes=processes)
    sift(spool, removed, lambda: None)
    fractions, characters = np.frombuffer(spool.fractions), np.frombuffer(spool.characters, dtype=np.int64)
    spool.write(folder, decide("document", (1, 0, 0), fractions, characters, tables=False))
    spool.close()
    with closing(Documents(folder)) as found:
        return ["".join(parts) for parts in found.iterate()], removed


def long(*blocks: str) -> Document:
    return Document("long.txt", blocks=iter(blocks))


def test_blank_documents_are_left_out_and_counted(tmp_path: Path) -> None:
    texts, removed = taken(tmp_path, [Document("a", "one"), Document("a", " \n"), Document("a", ""), long(" ", "\n")])
    assert texts == ["one"]
    assert removed.counts == {"empty": 3, "duplicate": 0, "short": 0, "long": 0}


def test_the_first_of_equal_documents_stays_whether_short_or_long(tmp_path: Path) -> None:
    documents = [Document("a", "same"), long("sa", "me"), Document("a", "other"), Document("a", "same")]
    texts, removed = taken(tmp_path, documents, duplicates=True)
    assert texts == ["same", "other"]
    assert removed.counts["duplicate"] == 2
    assert removed.examples["duplicate"].startswith("sa")


def test_without_the_option_equal_documents_stay(tmp_path: Path) -> None:
    assert taken(tmp_path, [Document("a", "same"), Document("a", "same")])[0] == ["same", "same"]


def test_lengths_are_measured_after_cleaning(tmp_path: Path) -> None:
    documents = [Document("a", "  ab  "), Document("a", "abcd"), Document("a", "abcdefgh"), long("abc", "defghi")]
    texts, removed = taken(tmp_path, documents, whitespace=True, min_length=3, max_length=5)
    assert texts == ["abcd"]
    assert (removed.counts["short"], removed.counts["long"]) == (1, 2)


def test_without_cleaning_a_long_document_is_kept_to_the_letter(tmp_path: Path) -> None:
    blocks = (" \r\n lead ", "x" * 20_000, "\ttail \n\n")
    assert taken(tmp_path, [long(*blocks)])[0] == ["".join(blocks)]


def tales(number: int) -> list[str]:
    """Texts of 60 words that have nothing in common."""
    luck = random.Random(5)
    return [" ".join(f"w{luck.randrange(10_000)}" for _ in range(60)) for _ in range(number)]


def test_near_duplicates_go_and_are_told_of_with_examples(tmp_path: Path) -> None:
    stories = tales(5)
    changed = stories[1].replace(stories[1].split()[30], "other")
    documents = [Document("a", text) for text in (*stories, changed, "...", "!!!", stories[3].upper())]
    texts, removed = taken(tmp_path, documents, near_duplicates=0.7)
    assert texts == [*stories, "...", "!!!"]
    assert removed.counts[NEAR] == 2
    assert (removed.clusters["clusters"], removed.clusters["documents"]) == (2, 2)
    first = removed.clusters["examples"][0]
    assert (first["stays"], first["goes"]) == (stories[1][:240], changed[:240])
    assert 0.7 <= first["similarity"] < 1


def test_a_long_document_and_its_twin_in_one_piece_are_near_duplicates(tmp_path: Path) -> None:
    text = " ".join(tales(40))
    blocks = [text[at : at + 997] for at in range(0, len(text), 997)]
    assert taken(tmp_path, [long(*blocks), Document("a", text + " End.")], near_duplicates=0.9)[0] == [text]


def test_without_repeats_nothing_is_said_to_have_been_removed(tmp_path: Path) -> None:
    texts, removed = taken(tmp_path, [Document("a", text) for text in tales(3)], near_duplicates=0.8, duplicates=True)
    assert texts == tales(3)
    assert removed.counts == {"empty": 0, "duplicate": 0, "short": 0, "long": 0, NEAR: 0}
    assert removed.clusters["examples"] == []


def test_with_helpers_all_is_as_without(tmp_path: Path) -> None:
    stories = tales(8)
    documents = [Document("a", f" {text}  x") for text in (*stories, *stories[:3])]
    options: dict[str, Any] = {"whitespace": True, "duplicates": True, "near_duplicates": 0.8}
    whole = [documents[0], documents[1], long("a  long", " one"), *documents[2:]]
    again = [documents[0], documents[1], long("a  long", " one"), *documents[2:]]
    alone = taken(tmp_path / "a", whole, **options)
    helped = taken(tmp_path / "b", again, processes=1, **options)
    assert alone == helped
    assert alone[0].index("a long one") == 2
