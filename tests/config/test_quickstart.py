"""The one dial of the quick start."""

import pytest
from pydantic import ValidationError

from llmstudio.config.quickstart import QuickstartConfig


def test_minutes_are_bounded() -> None:
    assert 0 < QuickstartConfig().minutes <= 3
    with pytest.raises(ValidationError):
        QuickstartConfig(minutes=0)
