"""One table of what a person can do: it makes the shortcuts, the command palette and the list of keys."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from llmstudio.gui.widgets.page import Command, always


@dataclass(frozen=True)
class Action:
    """An action: `keys` are shortcuts (the first is shown), `where` are muted words beside the title.

    `enabled` returns "" or why it cannot run now. Actions without `listed` have keys but are not in the palette.
    """

    id: str
    title: str
    run: Callable[[], object]
    keys: tuple[str, ...] = ()
    where: str = ""
    icon: str = ""
    enabled: Callable[[], str] = always
    listed: bool = True


def of_command(command: Command, tab: str) -> Action:
    """The action of a tab's command."""
    keys = (command.shortcut,) if command.shortcut else ()
    return Action(command.id, command.title, command.run, keys, tab, command.icon, command.enabled)


@dataclass(frozen=True)
class Match:
    """An action found, with how well it fits (higher is better)."""

    action: Action
    score: float


def fuzzy(wanted: str, text: str) -> float | None:
    """How well letters typed fit a text: None if they do not occur in order; word starts and runs count more.

    >>> fuzzy("impf", "Import files") > fuzzy("impf", "Simple offers")
    True
    """
    letters, words = wanted.casefold().replace(" ", ""), text.casefold()
    if not letters:
        return 0.0
    at, last, score = 0, -2, 0.0
    for letter in letters:
        found = words.find(letter, at)
        if found < 0:
            return None
        start = _word_start(words, letter, at)
        if start >= 0 and found != last + 1:
            found = start
        score += 3.0 if found == last + 1 else 2.0 if _begins_word(words, found) else 0.5
        last, at = found, found + 1
    return score - 0.01 * len(words) + (3.0 if words.startswith(wanted.casefold()) else 0.0)


def _begins_word(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()


def _word_start(text: str, letter: str, at: int) -> int:
    for place in range(at, len(text)):
        if text[place] == letter and _begins_word(text, place):
            return place
    return -1


def find(wanted: str, actions: Iterable[Action], recent: Sequence[str], limit: int = 8) -> list[Action]:
    """The actions that fit best, those used recently first among equals; with nothing typed the recent ones.

    What cannot run now comes after what can, if it fits equally well.
    """
    found: list[Match] = []
    for at, action in enumerate(actions):
        if not action.listed:
            continue
        score = fuzzy(wanted, f"{action.title} {action.where}")
        if score is None:
            continue
        score += (len(recent) - recent.index(action.id)) * 0.5 if action.id in recent else -0.0001 * at
        found.append(Match(action, score - (1.0 if action.enabled() else 0.0)))
    found.sort(key=lambda match: match.score, reverse=True)
    return [match.action for match in found[:limit]]
