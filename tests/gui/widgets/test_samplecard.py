"""The samples of a run as a film strip."""

from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.samplecard import SampleCard

SAMPLES = ((100, "Once", " upon"), (200, "Once", " there"), (300, "Once", " again"))


def test_the_newest_is_followed_until_another_is_looked_at(theme: Theme, qtbot: QtBot) -> None:
    card = SampleCard(theme)
    qtbot.addWidget(card)
    assert card.step is None
    card.show_samples(SAMPLES[:2])
    assert card.step == 200
    card.show_samples(SAMPLES)
    assert card.step == 300
    card.move_by(-2)
    card.show_samples((*SAMPLES, (400, "Once", " more")))
    assert card.step == 100


def test_the_sample_nearest_to_a_step_is_found(theme: Theme, qtbot: QtBot) -> None:
    card = SampleCard(theme)
    qtbot.addWidget(card)
    card.show_samples(SAMPLES)
    card.show_near(190)
    assert card.step == 200
    assert card.view.toPlainText() == "Once there"
