"""The banner of a pause and the card of a failure."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.runwords import Act, Trouble
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.troublearea import TroubleArea


def test_a_pause_is_a_banner_and_a_failure_a_card(theme: Theme, qtbot: QtBot) -> None:
    area = TroubleArea(theme)
    qtbot.addWidget(area)
    area.show_trouble(Trouble("info", "Paused.", "Step 600 is kept."))
    assert (area.banner.isHidden(), area.card.isHidden()) == (False, True)
    assert area.banner.text.full_text == "Paused. Step 600 is kept."
    area.show_trouble(Trouble("danger", "Training stopped", "Why", (Act("resume", "Resume"),)))
    assert (area.banner.isHidden(), area.card.isHidden()) == (True, False)
    area.show_trouble(None)
    assert area.isHidden()


def test_a_remedy_is_carried_to_who_can_do_it(theme: Theme, qtbot: QtBot) -> None:
    area = TroubleArea(theme)
    qtbot.addWidget(area)
    act = Act("resume", "Halve the batch", {"overrides": {"batch_size": 4}})
    area.show_trouble(Trouble("danger", "Memory ran out", "", (act,)))
    button = next(found for found in area.card.findChildren(Button) if found.text() == "Halve the batch")
    with qtbot.waitSignal(area.acted) as caught:
        button.click()
    assert caught.args == [act]
