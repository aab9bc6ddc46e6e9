"""The three architectures a model can start from, read from resources/presets/NAME.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.base.paths import resource
from llmstudio.config.model import ModelConfig

NAMES = ("studio-small", "gpt2", "llama")


@dataclass(frozen=True)
class Preset:
    """A named architecture with the training defaults that suit it.

    `model` holds fields of ModelConfig; `train` holds fields of PretrainConfig and the base rates that
    `config.propose` scales by width.
    """

    name: str
    title: str
    family: str
    about: str
    exportable: bool
    model: dict[str, Any]
    train: dict[str, Any]


@cache
def load(name: str) -> Preset:
    """The preset called `name`; UserError where there is none."""
    if name not in NAMES:
        raise UserError(f"There is no preset called {name}.", f"Use {', '.join(NAMES)}.", field="preset")
    table = tomllib.loads(resource(f"presets/{name}.toml").read_text(encoding="utf-8"))
    ModelConfig(**{**table["model"], "n_embd": 64, "n_head": 4})
    return Preset(name=name, **table)


def all_presets() -> tuple[Preset, ...]:
    """Every preset, in the order in which the window offers them."""
    return tuple(load(name) for name in NAMES)
