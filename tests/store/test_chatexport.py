"""Conversations as files for others."""

import json

from llmstudio.data import messages
from llmstudio.store import chatexport, conversation


def test_markdown_shows_the_branch_looked_at_and_what_wrote_it() -> None:
    talk = conversation.begun(system="Be brief.")
    talk = conversation.said(talk, "user", "Why has the *bell* been silent?")
    talk = conversation.said(talk, "assistant", "No rope.", facts={"model": "Pell chat", "tokens": 3, "seed": 7})
    assert chatexport.markdown(talk) == (
        "# Why has the *bell* been silent?\n\n**System**\n\nBe brief.\n\n**You**\n\nWhy has the *bell* been silent?"
        "\n\n**Pell chat**\n\nNo rope.\n\n*3 tokens, seed 7*\n"
    )
    other = conversation.beside(talk, talk.leaf, "The rope went.", facts={"edited": True})
    assert "No rope." not in chatexport.markdown(other)
    assert "edited by hand" in chatexport.markdown(other)


def test_json_lines_hold_every_branch_as_messages() -> None:
    talk = conversation.said(conversation.begun(system="Be brief."), "user", "Why?")
    talk = conversation.said(talk, "assistant", "Because.", facts={"model": "One"})
    talk = conversation.beside(talk, talk.leaf, "So it is.", facts={"model": "Two"})
    talk = conversation.beside(talk, talk.path()[0].id, "What was never answered?")
    lines = [json.loads(line) for line in chatexport.jsonl(talk).splitlines()]
    assert [line["messages"][-1]["content"] for line in lines] == ["Because.", "So it is."]
    assert [line["models"] for line in lines] == [["One"], ["Two"]]
    assert lines[0]["messages"][:2] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Why?"},
    ]


def test_what_is_exported_can_be_trained_on() -> None:
    talk = conversation.said(conversation.begun(system="Be brief."), "user", "Why?")
    talk = conversation.said(talk, "assistant", "Because.")
    (line,) = chatexport.jsonl(talk).splitlines()
    turns = messages.parse(json.loads(line)["messages"])
    assert [(turn.role, turn.content) for turn in turns] == [
        ("system", "Be brief."),
        ("user", "Why?"),
        ("assistant", "Because."),
    ]
