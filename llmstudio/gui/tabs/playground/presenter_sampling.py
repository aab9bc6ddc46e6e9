"""The sampling settings of Write, and those of Chat and Tasks: kept when they are sound, else shown as faulty."""

import secrets
from typing import Any

from PySide6.QtCore import QObject, Signal

from llmstudio.config.option import Fault, check
from llmstudio.config.sampling import SamplingConfig
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.playground import knobs

KEYS = {"write": "playground.sampling", "talk": "playground.sampling.talk"}


class SamplingRules(QObject):
    """Intents in, `values` and `faults` out; `changed` after each change."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.use = "write"
        self.values: dict[str, Any] = self._kept()
        self.faults: dict[str, Fault] = {}
        self.last_seed: int | None = None  # what was drawn for the last text

    @property
    def proposal(self) -> dict[str, Any]:
        """What is proposed for this use."""
        return knobs.proposal(self.use)

    def turn_to(self, use: str) -> None:
        """Show the settings for inventing text ("write") or for questions and answers ("talk")."""
        if use == self.use:
            return
        self.use, self.faults = use, {}
        self.values = self._kept()
        self.changed.emit()

    def _kept(self) -> dict[str, Any]:
        return knobs.from_settings(self._session.settings.get(KEYS[self.use]), self.use)

    def set_value(self, name: str, value: Any) -> None:
        """Change one setting."""
        self.set_values({name: value})

    def set_values(self, changes: dict[str, Any]) -> None:
        """Change settings; wrong ones are shown, and not kept."""
        self.values = {**self.values, **changes}
        config, self.faults = check(SamplingConfig, self.values)
        if config is not None:
            self._session.settings.set(KEYS[self.use], knobs.to_settings(self.values))
        self.changed.emit()

    def set_preset(self, key: str) -> None:
        """Take the values of a preset."""
        if key in knobs.PRESETS:
            self.set_values(dict(knobs.PRESETS[key][1]))

    def reset(self) -> None:
        """Return every setting to the proposal."""
        self.set_values(self.proposal)

    def draw_seed(self) -> int:
        """The seed that is held, or a new one; remembered as the last."""
        held = self.values["seed"]
        seed = secrets.randbelow(10_000) if held is None else int(held)
        self.note_seed(seed)
        return seed

    def note_seed(self, seed: int | None) -> None:
        """What is looked at was written with this seed."""
        if seed != self.last_seed:
            self.last_seed = seed
            self.changed.emit()

    def hold_seed(self) -> None:
        """Hold the last seed, so that the same text comes again; let it go if one is held."""
        held = self.values["seed"] is not None
        self.set_value("seed", None if held else (self.last_seed if self.last_seed is not None else 1234))

    def request(self, seed: int) -> dict[str, Any]:
        """The settings as a request holds them."""
        return {**knobs.to_settings(self.values), "seed": seed}

    def waiting_for(self) -> str:
        """What is wrong, or ""."""
        return next((fault.message for fault in self.faults.values()), "")
