"""The palette finds what was meant, and puts what cannot run behind what can."""

import pytest

from llmstudio.gui.actions import Action, find, fuzzy, of_command
from llmstudio.gui.widgets.page import Command


def action(title: str, where: str = "", reason: str = "", **rest: object) -> Action:
    return Action(title.casefold(), title, lambda: None, where=where, enabled=lambda: reason, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "best", "worse"),
    [
        ("impf", "Import files", "Simple offers"),
        ("train", "Train a tokenizer", "Restrain it"),
        ("gd", "Go to Data", "Ranged"),
        ("pause", "Pause Pell stories", "Put a used one"),
    ],
)
def test_word_starts_and_runs_win(typed: str, best: str, worse: str) -> None:
    high, low = fuzzy(typed, best), fuzzy(typed, worse)
    assert high is not None
    assert low is None or high > low


def test_letters_must_occur_in_order() -> None:
    assert fuzzy("zx", "Export") is None
    assert fuzzy("", "Export") == 0


def test_what_was_used_comes_first_when_nothing_is_typed() -> None:
    listed = [action("Import files"), action("Export"), action("Go to Data")]
    assert [a.title for a in find("", listed, ["export"])] == ["Export", "Import files", "Go to Data"]


def test_what_cannot_run_comes_later() -> None:
    listed = [action("Start training", reason="There is no dataset"), action("Start testing")]
    assert [a.title for a in find("start", listed, [])] == ["Start testing", "Start training"]


def test_hidden_actions_are_not_listed_and_there_is_a_limit() -> None:
    assert find("", [action("Secret", listed=False)], []) == []
    assert len(find("", [action(str(at)) for at in range(20)], [])) == 8


def test_words_beside_the_title_are_searched_too() -> None:
    assert find("models", [action("Pell", where="Models")], [])


def test_a_tab_command_becomes_an_action() -> None:
    made = of_command(Command("x", "Export", "Ctrl+E", lambda: 1, lambda: "not now", "export"), "Models")
    assert (made.keys, made.where, made.enabled(), made.icon) == (("Ctrl+E",), "Models", "not now", "export")
