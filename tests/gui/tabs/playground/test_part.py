"""What every part of the Playground answers by itself."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.playground.part import Part
from tests.gui.tabs.desk import make_session


def test_a_part_offers_nothing_by_itself(qtbot: QtBot, tmp_path: Path) -> None:
    part = Part(make_session(tmp_path))
    qtbot.addWidget(part)
    assert (part.buttons(), part.commands(), part.escape(), part.search()) == ((), [], False, False)
    part.fit("S")
    assert part.size_class == "S"
    assert not part.wants_sampling("S")
    assert part.wants_sampling("M")
