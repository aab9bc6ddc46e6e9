"""What attempts share is shown by those who inherit it (test_training, test_tuning); here is what no run reaches."""

import pytest

from llmstudio.tasks.attempt import Attempt


def test_an_attempt_needs_to_know_what_is_learned_and_what_is_kept() -> None:
    assert Attempt.__abstractmethods__ == {"fingerprint", "doctor", "_tell_evaluation", "_finish"}
    with pytest.raises(TypeError, match="abstract"):
        Attempt(None, None, None, None)  # type: ignore[abstract,arg-type]
