"""The page of one model by itself."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.models.detailcard import DetailCard, excerpt
from llmstudio.gui.tabs.models.facts import Detail, Figure, Step
from llmstudio.gui.tabs.models.presenter import Soundness, State
from llmstudio.gui.theme import Theme

DETAIL = Detail(
    "a",
    "Alpha",
    (("Made here", "accent"),),
    (Step("text", "a.txt", "2 MB", "data"), Step("train", "Run", "no longer here")),
    (Figure("Validation loss", "1.306"), Figure("Context", "256", "tokens")),
    (("Family", "studio-small"),),
    (("model.safetensors", 10_000_000),),
    "Once",
    " upon a time.",
)


def test_everything_is_shown_and_showing_twice_changes_nothing(qtbot: QtBot) -> None:
    card = DetailCard(Theme())
    qtbot.addWidget(card)
    card.resize(700, 600)
    card.show()
    state = State(detail=DETAIL, chosen="a", loaded=True, soundness=Soundness("checking"))
    card.render_state(state)
    card.render_state(state)
    assert card.name.full_text == "Alpha"
    assert card.sample.text() == "Once upon a time."
    assert card.verdict.full_text == "Comparing every file with its hash"
    assert not card.check.isEnabled()
    assert card.figures.count() == 4
    with qtbot.waitSignal(card.check_requested):
        card.render_state(State(detail=DETAIL, soundness=Soundness("sound")))
        card.check.click()


def test_read_only_leaves_only_looking(qtbot: QtBot) -> None:
    card = DetailCard(Theme())
    qtbot.addWidget(card)
    card.render_state(State(detail=DETAIL, read_only=True))
    assert not card.write.isEnabled()
    able = [action.text() for action in card.menu.actions() if action.isEnabled()]
    assert able == ["Check the files"]


def test_an_excerpt_ends_at_a_word() -> None:
    assert excerpt("One.\n\n\nTwo.") == "One.\nTwo."
    long = excerpt("word " * 200, 22)
    assert long == "word word word word …"
