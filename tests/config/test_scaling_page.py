"""The help page about many cards holds what the formulas say."""

from llmstudio.base.paths import resource
from llmstudio.config import scaling, scaling_page


def test_the_page_that_is_shipped_is_that_of_the_formulas() -> None:
    assert resource("help/scaling.md").read_text(encoding="utf-8") == scaling_page.page()


def test_every_size_stands_on_every_card_from_one_to_a_thousand() -> None:
    rows = [line for line in scaling_page.page().splitlines() if line.startswith("| 7B |")]
    assert len(rows) == len(scaling.COUNTS) * len(scaling.CARDS)
    assert "does not fit" in rows[0]
