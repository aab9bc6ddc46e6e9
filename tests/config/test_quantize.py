"""The options of the check of precisions."""

from llmstudio.config.option import check
from llmstudio.config.quantize import QuantizeCheckConfig


def test_only_the_model_has_to_be_said() -> None:
    config = QuantizeCheckConfig(model="tiny")
    assert (config.dataset, config.split, config.group) == ("", "auto", "32")


def test_what_cannot_be_is_refused() -> None:
    for values, field in (({}, "model"), ({"group": "16"}, "group"), ({"tokens": 3}, "tokens")):
        _, faults = check(QuantizeCheckConfig, {"model": "m", **values} if values else {})
        assert list(faults) == [field]
