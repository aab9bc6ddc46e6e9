"""The preview shows what an import would do, and guesses where the import would ask."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.data.readers import preview as looking
from llmstudio.data.readers.preview import preview


def test_a_table_shows_its_columns_choice_and_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("label;text\n" + "".join(f"{'ab'[i % 2]};Text {i}\n" for i in range(40)))
    seen = preview((str(path),), ImportConfig(lowercase=True))
    (view,) = seen.files
    assert (view.encoding, view.confidence, view.header, view.delimiter) == ("utf-8", "sure", True, ";")
    assert (view.columns, view.text_column, view.label_column) == (("label", "text"), "text", "label")
    assert [(d.text, d.cleaned, d.label) for d in seen.documents[:2]] == [
        ("Text 0", "text 0", "a"),
        ("Text 1", "text 1", "b"),
    ]
    assert len(seen.documents) == 10
    assert [(report.step, report.touched) for report in seen.cleaning] == [("lowercase", 10)]


def test_a_guessed_encoding_is_shown_with_the_sentence_and_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes("Zażółć gęślą jaźń".encode("cp1250"))
    seen = preview((str(path),), ImportConfig())
    assert (seen.files[0].encoding, seen.files[0].confidence) == ("windows-1250", "guess")
    assert seen.warnings == ["notes.txt is not UTF-8. It reads well as Windows-1250. Check the preview, then import."]
    assert seen.documents[0].text == "Zażółć gęślą jaźń"
    chosen = preview((str(path),), ImportConfig(encoding="iso-8859-2"))
    assert chosen.files[0].confidence == "chosen"


def test_faulty_rows_are_listed_and_do_not_stop_the_preview(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,n\nfine,1\nbad\nfine,2\n")
    seen = preview((str(path),), ImportConfig())
    assert [fault.row for fault in seen.faults] == [3]
    assert len(seen.documents) == 2


def test_one_unreadable_file_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\0\1\2\3" * 50)
    (tmp_path / "b.txt").write_text("fine")
    seen = preview((str(tmp_path),), ImportConfig())
    assert seen.files[0].problem is not None
    assert seen.files[0].confidence == "unknown"
    assert [document.text for document in seen.documents] == ["fine"]
    assert seen.file_count == 2


def test_a_large_file_is_judged_by_its_head_even_cut_inside_a_character(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "HEAD", 10)
    for name, content in (("a.txt", "é" * 3_000_000), ("b.txt.gz", "x")):
        packed = gzip.compress(content.encode()) if name.endswith("gz") else content.encode()
        (tmp_path / name).write_bytes(packed)
    seen = preview((str(tmp_path),), ImportConfig())
    assert [view.confidence for view in seen.files] == ["sure", "sure"]
    assert not seen.warnings


def test_pasted_text_and_proposals() -> None:
    seen = preview((), ImportConfig(text="one<|endoftext|>two"))
    assert seen.proposals["documents"][0] == "separator"
    seen = preview((), ImportConfig(text="<p>one</p>", format="html"))
    assert seen.proposals["markup"][0] == "yes"


def test_nothing_to_look_at_is_an_error() -> None:
    with pytest.raises(UserError):
        preview(("/nowhere.txt",), ImportConfig())


def test_real_files_look_right(shared_file: Callable[[str], Path]) -> None:
    seen = preview((str(shared_file("data/sms_spam_collection.tsv")),), ImportConfig())
    view = seen.files[0]
    assert (view.header, view.columns, view.label_column) == (False, ("column 1", "column 2"), "column 1")
