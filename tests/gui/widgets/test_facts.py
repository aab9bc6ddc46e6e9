"""Names and values are shown, replaced, and spoken together."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.facts import Facts
from llmstudio.gui.widgets.text import ElidedLabel


def values(facts: Facts) -> list[str]:
    return [label.accessibleName() for label in facts.findChildren(ElidedLabel) if label.isVisibleTo(facts)]


def test_groups_are_shown_and_replaced(theme: Theme, qtbot: QtBot) -> None:
    facts = Facts()
    qtbot.addWidget(facts)
    facts.show_groups([("Model", [("Layers", "6"), ("Heads", "8")]), ("", [("Steps", "4,000")])])
    assert values(facts) == ["Layers: 6", "Heads: 8", "Steps: 4,000"]
    facts.show_groups([("Model", [("Layers", "7")])])
    assert values(facts) == ["Layers: 7"]


def test_the_same_again_builds_nothing(theme: Theme, qtbot: QtBot) -> None:
    facts = Facts()
    qtbot.addWidget(facts)
    facts.show_groups([("", [("Steps", "1")])])
    before = facts.findChildren(ElidedLabel)
    facts.show_groups([("", [("Steps", "1")])])
    assert facts.findChildren(ElidedLabel) == before
