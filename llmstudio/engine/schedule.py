"""How the learning rate moves over the steps of a training: a pure function of the step."""

import math

from llmstudio.config.train import Schedule

FLAT = 0.3
"""Share of the steps that the linear schedule stays at the full rate before it falls."""


def share(step: int, *, steps: int, warmup: int, schedule: Schedule, floor: float) -> float:
    """The share of the full rate at `step` (from 0) of `steps`.

    Rises in a straight line over `warmup` steps, then falls to `floor`: along a cosine (Loshchilov and
    Hutter 2016), or flat first and then in a straight line (Hägele et al. 2024).
    """
    if step < warmup:
        return (step + 1) / (warmup + 1)
    done = min(1.0, (step - warmup) / max(1, steps - warmup))
    if schedule == "constant":
        return 1.0
    if schedule == "linear":
        return floor + (1.0 - floor) * min(1.0, (1.0 - done) / (1.0 - FLAT))
    return floor + (1.0 - floor) * 0.5 * (1.0 + math.cos(math.pi * done))
