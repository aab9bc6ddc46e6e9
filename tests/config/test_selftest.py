"""Nothing can be set, and nothing unknown is taken."""

import pytest
from pydantic import ValidationError

from llmstudio.config.selftest import DoctorConfig, SelfTestConfig


@pytest.mark.parametrize("cls", [DoctorConfig, SelfTestConfig])
def test_there_is_nothing_to_set(cls: type[DoctorConfig] | type[SelfTestConfig]) -> None:
    assert cls().model_dump() == {}
    with pytest.raises(ValidationError):
        cls(anything=1)
