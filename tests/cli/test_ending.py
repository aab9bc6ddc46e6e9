"""The end of a command."""

from llmstudio.cli.ending import CANCELLED, FAILED, WRONG_INPUT, CommandEnd


def test_an_end_carries_one_of_the_promised_statuses() -> None:
    assert (FAILED, WRONG_INPUT, CANCELLED) == (1, 2, 130)
    assert CommandEnd(CANCELLED).status == 130
