"""Presets and how sampling settings are kept."""

from llmstudio.config.option import check
from llmstudio.config.sampling import SamplingConfig
from llmstudio.gui.tabs.playground import knobs


def test_every_preset_is_sound_and_known_by_its_values() -> None:
    for key, (_, values) in knobs.PRESETS.items():
        config, faults = check(SamplingConfig, {**knobs.proposal(), **values})
        assert config is not None, faults
        assert knobs.preset_of({**knobs.proposal(), **values}) == key


def test_own_values_are_no_preset() -> None:
    assert knobs.preset_of({**knobs.proposal(), "temperature": 0.77}) == ""


def test_knob_ranges_lie_inside_the_bounds_of_the_options() -> None:
    for knob in knobs.KNOBS:
        for value in (knob.low, knob.high):
            number = value if knob.decimals else int(value)
            _, faults = check(SamplingConfig, {**knobs.proposal(), knob.field: number})
            assert not faults, faults


def test_settings_travel_through_json_and_nonsense_returns_to_the_proposal() -> None:
    values = {**knobs.proposal(), "stop": ("\n", "END"), "seed": 7}
    assert knobs.from_settings(knobs.to_settings(values)) == values
    assert knobs.from_settings({"temperature": "hot"}) == knobs.proposal()
    assert knobs.from_settings(["nothing"]) == knobs.proposal()
    assert knobs.from_settings({"unknown": 1}) == knobs.proposal()


def test_stop_strings_are_typed_with_commas_and_escapes() -> None:
    assert knobs.read_stops("END, \\n\\n ,, END") == ("END", "\n\n")
    assert knobs.show_stops(("END", "\n")) == "END, \\n"


def test_questions_leave_less_to_chance_than_stories() -> None:
    assert knobs.proposal("talk")["temperature"] < knobs.proposal("write")["temperature"]
    assert knobs.from_settings({"temperature": "hot"}, "talk") == knobs.proposal("talk")
    assert {knobs.preset_of(knobs.proposal(use)) for use in knobs.DEFAULTS} == set(knobs.DEFAULTS.values())
