"""A probe is of the machine unless settings are given."""

from llmstudio.config.option import check
from llmstudio.config.probe import ProbeConfig


def test_a_probe_takes_six_seconds_unless_said() -> None:
    assert ProbeConfig().seconds == 6.0
    assert ProbeConfig().settings == {}


def test_time_is_bounded() -> None:
    assert "seconds" in check(ProbeConfig, {"seconds": 0})[1]
