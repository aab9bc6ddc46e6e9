"""The page as a file."""

import json

from llmstudio.gui.tabs.playground import knobs, saving, versions
from llmstudio.gui.tabs.playground.versions import Token


def page() -> versions.Version:
    return versions.appended(versions.typed("Once,"), [Token(5, " said “no”", 0.5, 0.25), Token(6, ".", 1.0, 1.0)])


def test_plain_text_is_the_page() -> None:
    assert saving.as_text(".txt", [page()], page(), "M", knobs.proposal()) == "Once, said “no”.\n"
    assert saving.as_text("", [page()], page(), "M", knobs.proposal()) == "Once, said “no”.\n"


def test_markdown_sets_the_prompt_off_and_names_the_model() -> None:
    text = saving.as_text(".md", [page()], page(), "My model", knobs.proposal())
    assert text.startswith("**Once,** said “no”.\n")
    assert "- Model: My model" in text
    assert "- temperature: 0.8" in text


def test_json_lines_hold_every_version_and_token() -> None:
    text = saving.as_text(".jsonl", [page(), versions.typed("Other")], page(), "M", knobs.proposal())
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["text"] for row in rows] == ["Once, said “no”.", "Other"]
    assert rows[0]["prompt"] == "Once,"
    first = rows[0]["tokens"][0]
    assert rows[0]["text"][first["start"] : first["end"]] == " said “no”"
    assert first["p_raw"] == 0.25
