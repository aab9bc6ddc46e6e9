"""Measures several things in turns, A B A B, so that a machine that changes its pace is fair to all of them."""

import time
from collections.abc import Callable, Mapping

Check = Callable[[], None]
Told = Callable[[int, int], None]


def interleave(
    turns: Mapping[str, Callable[[], float]],
    rounds: int,
    check: Check = lambda: None,
    told: Told = lambda done, total: None,
) -> dict[str, list[float]]:
    """The samples of each by its name, `rounds` of them: in every round each has its turn, in the given order.

    `check` is called before every turn and may raise to stop; `told` hears (turns done, turns in all).
    """
    found: dict[str, list[float]] = {name: [] for name in turns}
    total = rounds * len(turns)
    for number in range(rounds):
        for place, (name, turn) in enumerate(turns.items()):
            check()
            found[name].append(turn())
            told(number * len(turns) + place + 1, total)
    return found


def best_seconds(work: Callable[[], object], budget: float, fewest: int = 2) -> float:
    """Seconds of the quickest of the calls of `work` that fit into `budget` (`fewest` at least)."""
    best, number, end = float("inf"), 0, time.perf_counter() + budget
    while number < fewest or time.perf_counter() < end:
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
        number += 1
    return best
