"""The sampling settings as the Playground offers them: presets, knobs with their ranges, and how they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmstudio.config.option import check
from llmstudio.config.sampling import SamplingConfig


@dataclass(frozen=True)
class Knob:
    """One slider: the field, its words, its range and step, and what it does."""

    field: str
    title: str
    low: float
    high: float
    step: float
    decimals: int
    unit: str = ""


KNOBS = (
    Knob("temperature", "Temperature", 0, 2, 0.05, 2),
    Knob("top_k", "Top-k", 0, 200, 1, 0),
    Knob("top_p", "Top-p", 0.05, 1, 0.01, 2),
    Knob("min_p", "Min-p", 0, 0.5, 0.01, 2),
    Knob("repetition_penalty", "Repetition penalty", 1, 2, 0.01, 2),
    Knob("max_tokens", "Most tokens", 10, 1000, 10, 0),
)

PRESETS: dict[str, tuple[str, dict[str, float]]] = {
    "balanced": (
        "Balanced",
        {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05, "repetition_penalty": 1.1},
    ),
    "careful": (
        "Careful",
        {"temperature": 0.3, "top_k": 20, "top_p": 0.9, "min_p": 0.1, "repetition_penalty": 1.05},
    ),
    "inventive": (
        "Inventive",
        {"temperature": 1.1, "top_k": 0, "top_p": 1.0, "min_p": 0.05, "repetition_penalty": 1.15},
    ),
    "plain": (
        "As the model is",
        {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "repetition_penalty": 1.0},
    ),
    "likeliest": (
        "Always the likeliest",
        {"temperature": 0.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "repetition_penalty": 1.0},
    ),
}
DEFAULTS = {"write": "balanced", "talk": "careful"}
"""What is proposed for inventing text, and for questions, whose answers small models miss when much is left to chance.
A high penalty on repetition would keep the words of a question out of its answer."""
LENGTH = 200


def proposal(use: str = "write") -> dict[str, Any]:
    """The values of the default preset for a use."""
    return {**PRESETS[DEFAULTS[use]][1], "max_tokens": LENGTH, "seed": None, "stop": ()}


def preset_of(values: Mapping[str, Any]) -> str:
    """The preset these values are, or "" for somebody's own."""
    for key, (_, wanted) in PRESETS.items():
        if all(abs(float(values[name]) - value) < 1e-9 for name, value in wanted.items()):
            return key
    return ""


def from_settings(kept: object, use: str = "write") -> dict[str, Any]:
    """The values kept in the settings; anything unknown or impossible there returns to the proposal."""
    values = proposal(use)
    if isinstance(kept, Mapping):
        known = {name: value for name, value in kept.items() if name in values}
        known["stop"] = tuple(known["stop"]) if isinstance(known.get("stop"), list | tuple) else ()
        merged = {**values, **known}
        config, _ = check(SamplingConfig, merged)
        if config is not None:
            return merged
    return values


def to_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as JSON can hold them."""
    return {**values, "stop": list(values["stop"])}


def read_stops(line: str) -> tuple[str, ...]:
    """Stop strings as typed in one line: separated by commas, a backslash and n is a line end."""
    parts = (part.strip().replace("\\n", "\n") for part in line.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def show_stops(stops: tuple[str, ...]) -> str:
    """Stop strings as they are typed."""
    return ", ".join(stop.replace("\n", "\\n") for stop in stops)
