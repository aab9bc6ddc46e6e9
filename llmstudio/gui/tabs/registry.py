"""Which tabs there are, in the order of the work. Pages are named, not imported: a tab is loaded when first shown."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

ROAD, SHELF, FOOT, OVER = "road", "shelf", "foot", "over"  # the last lies over the tabs and is not on the rail


@dataclass(frozen=True)
class Tab:
    """One tab: its key (also its icon and the object name of its page), title, and place on the rail."""

    key: str
    title: str
    group: str
    page: str  # "module:Class"


TABS: tuple[Tab, ...] = (
    Tab("data", "Data", ROAD, "llmstudio.gui.tabs.data.page:DataPage"),
    Tab("tokenizer", "Tokenizer", ROAD, "llmstudio.gui.tabs.tokenizer.page:TokenizerPage"),
    Tab("train", "Train", ROAD, "llmstudio.gui.tabs.train.page:TrainPage"),
    Tab("finetune", "Fine-tune", ROAD, "llmstudio.gui.tabs.finetune.page:FinetunePage"),
    Tab("playground", "Playground", ROAD, "llmstudio.gui.tabs.playground.page:PlaygroundPage"),
    Tab("evaluate", "Evaluate", SHELF, "llmstudio.gui.tabs.evaluate.page:EvaluatePage"),
    Tab("models", "Models", SHELF, "llmstudio.gui.tabs.models.page:ModelsPage"),
    Tab("runs", "Runs", SHELF, "llmstudio.gui.tabs.runs.page:RunsPage"),
    Tab("server", "Server", SHELF, "llmstudio.gui.tabs.server.page:ServerPage"),
    Tab("settings", "Settings", FOOT, "llmstudio.gui.tabs.settings.page:SettingsPage"),
)
WELCOME = "llmstudio.gui.welcome:WelcomePage"
MANUAL = Tab("manual", "Manual", OVER, "llmstudio.gui.manualpage:ManualPage")


def find(key: str) -> Tab:
    """The tab with this key, or the manual. Raises `KeyError` for a key that is unknown."""
    for tab in (*TABS, MANUAL):
        if tab.key == key:
            return tab
    raise KeyError(key)


def load(page: str) -> Any:
    """The class that a "module:Class" name means."""
    module, _, name = page.partition(":")
    return getattr(import_module(module), name)
