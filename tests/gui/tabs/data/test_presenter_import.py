"""What an import understood, what it waits for, and how it names things."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data import presenter_import
from llmstudio.gui.tabs.data.presenter_import import ImportPresenter, ImportState
from tests.gui.tabs.data_fixtures import keep_dataset, settle

CSV = "kind,text\n" + "\n".join(f"{'spam' if n % 3 else 'ham'},message number {n}" for n in range(40))


def defaults() -> dict[str, object]:
    return {info.name: info.default for info in presenter_import.infos()}


@pytest.fixture
def importing(session: Session) -> ImportPresenter:
    made = ImportPresenter(session)
    made.begin()
    made.set_values(defaults())
    return made


def look(importing: ImportPresenter, qtbot: QtBot) -> ImportState:
    qtbot.waitUntil(lambda: not importing.state.busy)
    settle(qtbot, importing.session)
    return importing.state


def states(importing: ImportPresenter) -> dict[str, str]:
    return {check.text: check.state for check in presenter_import.checks(importing.state)}


def test_a_table_is_understood_and_ready(importing: ImportPresenter, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "sms_spam.csv").write_text(CSV, encoding="utf-8")
    importing.set_path(str(tmp_path / "sms_spam.csv"))
    state = look(importing, qtbot)
    assert state.columns == ("kind", "text")
    assert presenter_import.helps(state)["text_column"] == "Text: text"
    assert presenter_import.helps(state)["label_column"] == "Label: kind"
    assert [document.text for document in state.seen.documents][:2] == ["message number 0", "message number 1"]  # type: ignore[union-attr]
    assert "documents" in presenter_import.hidden_rows(state)
    assert importing.ready
    config = importing.config()
    assert config is not None
    assert (config.name, config.paths) == ("sms spam", (str(tmp_path / "sms_spam.csv"),))


def test_plain_text_hides_what_belongs_to_tables(importing: ImportPresenter, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "my_texts"
    folder.mkdir()
    (folder / "a.txt").write_text("Once upon a time.", encoding="utf-8")
    importing.set_path(str(folder))
    state = look(importing, qtbot)
    hidden = presenter_import.hidden_rows(state)
    assert {"text_column", "label_column", "header", "delimiter", "on_fault", "separator"} <= hidden
    assert state.name == "my texts"


def test_an_unsure_encoding_is_a_guess_that_is_taken_after_a_look(
    importing: ImportPresenter, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_bytes("Привет мир".encode("cp1251"))
    importing.set_path(str(tmp_path / "notes.txt"))
    state = look(importing, qtbot)
    assert state.guess is not None
    offered = presenter_import.candidates(state)
    assert offered
    assert state.guess.encoding not in dict(offered)
    assert any("notes.txt is not UTF-8. It reads well as" in text for text in states(importing))
    assert importing.ready
    config = importing.config()
    assert config is not None
    assert config.encoding == state.guess.encoding
    importing.set_values({**defaults(), "encoding": offered[-1][0]})
    state = look(importing, qtbot)
    assert state.files[0].confidence == "chosen"


def test_a_faulty_row_waits_for_an_answer(importing: ImportPresenter, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(CSV.replace("message number 3\n", "message, number, 3\n"), encoding="utf-8")
    importing.set_path(str(tmp_path / "bad.csv"))
    look(importing, qtbot)
    assert not importing.ready
    assert any(check.row == "leave-out" for check in presenter_import.checks(importing.state))
    importing.set_values({**defaults(), "on_fault": "skip"})
    look(importing, qtbot)
    assert importing.ready


def test_what_cannot_be_read_is_a_sentence_with_a_cross(
    importing: ImportPresenter, qtbot: QtBot, tmp_path: Path
) -> None:
    importing.set_path(str(tmp_path / "missing.txt"))
    look(importing, qtbot)
    assert "wrong" in states(importing).values()
    assert any("missing.txt" in text for text in states(importing))
    assert not importing.ready
    importing.set_path("")
    assert states(importing) == {"Choose files or a folder, or paste text": "wrong"}


def test_names_are_proposed_and_never_taken_twice(
    importing: ImportPresenter, qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    keep_dataset(session.workspace, tmp_path, "stories")
    session.changed("dataset")
    importing.set_path(str(tmp_path / "stories.txt"))
    state = look(importing, qtbot)
    assert state.name == "stories 2"
    importing.set_values({**defaults(), "name": "Stories"})
    state = look(importing, qtbot)
    assert "already exists" in state.faults["name"].message
    assert not importing.ready
    importing.set_values({**defaults(), "name": "../stories"})
    assert "name" in importing.state.faults


def test_pasted_text_is_a_document_named_by_its_first_words(importing: ImportPresenter, qtbot: QtBot) -> None:
    importing.paste("The lantern keeper of Pell\nlived alone.")
    state = look(importing, qtbot)
    assert state.name == "The lantern keeper of"
    assert importing.ready
    config = importing.config()
    assert config is not None
    assert config.paths == ()
    assert config.text.startswith("The lantern")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a/tiny_shakespeare.txt", "tiny shakespeare"),
        ("/a/stories.jsonl.gz", "stories"),
        ("/a/texts/*.txt", "Text"),
        ("/a/My notes/", "My notes"),
        ("/a/v1.2 draft.md", "v1.2 draft"),
    ],
)
def test_names_come_from_files_without_their_endings(path: str, name: str) -> None:
    assert presenter_import.propose_name(path, "") == name


def test_several_paths_stand_in_one_field(tmp_path: Path) -> None:
    odd = tmp_path / "a; b.txt"
    odd.write_text("x", encoding="utf-8")
    assert presenter_import.split_paths(str(odd)) == (str(odd),)
    assert presenter_import.split_paths(presenter_import.join_paths(["/a/b.txt", "/c d/e.txt"])) == (
        "/a/b.txt",
        "/c d/e.txt",
    )
    assert presenter_import.split_paths("  ") == ()


def test_encodings_begin_with_the_candidates(importing: ImportPresenter) -> None:
    names = [name for name, _ in presenter_import.encodings(importing.state)]
    assert names[0] == "auto"
    assert len(names) == len(set(names))
