"""What can be wrong with a training, read off its numbers alone: each class watches for one thing.

Knows figures and steps; the words for people are put together in `doctor`.
"""

import math
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

FRESH = 20  # a run whose first reading comes later was resumed
SMOOTH = 20  # readings over which a single batch no longer shows


@dataclass(frozen=True)
class Reading:
    """One observation of a run; figures that were not measured at this step are None."""

    step: int
    loss: float | None = None
    val_loss: float | None = None
    grad_norm: float | None = None
    learning_rate: float | None = None


@dataclass(frozen=True)
class Plan:
    """What of the settings the watchers need."""

    max_steps: int = 1000
    warmup_steps: int = 0


class Average:
    """A bias-corrected exponential average (Kingma and Ba 2015, section 3) over `SMOOTH` readings."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._weight = 0.0

    def add(self, value: float) -> float:
        """Take `value` in and return the average so far."""
        keep = 1 - 1 / SMOOTH
        self._sum = keep * self._sum + (1 - keep) * value
        self._weight = keep * self._weight + (1 - keep)
        return self.now

    @property
    def now(self) -> float:
        """The average; infinite before the first value."""
        return self._sum / self._weight if self._weight else math.inf


class NotFinite:
    """A loss or a gradient that is no number any more."""

    def __init__(self) -> None:
        self._told = False

    def look(self, reading: Reading) -> str | None:
        """The name of the figure that broke, once until it is whole again."""
        figures = (
            ("loss", reading.loss),
            ("gradient", reading.grad_norm),
            ("validation loss", reading.val_loss),
        )
        broken = [name for name, value in figures if value is not None and not math.isfinite(value)]
        told, self._told = self._told, bool(broken) or (self._told and reading.loss is None)
        return broken[0] if broken and not told else None


@dataclass(frozen=True)
class Jump:
    """A loss that rose from `before` to `after` since `since`; `pull`: gradient over its usual length."""

    since: int
    before: float
    after: float
    pull: float | None


class Spike:
    """A loss that jumped and stayed up for `HOLD` readings."""

    HOLD = 6
    ENOUGH = 20

    def __init__(self) -> None:
        self._recent: deque[tuple[int, float]] = deque(maxlen=self.HOLD)
        self._past: deque[float] = deque(maxlen=60)
        self._pulls: deque[float] = deque(maxlen=60)
        self._new_pulls: deque[float] = deque(maxlen=self.HOLD)
        self._average = Average()
        self._low = math.inf
        self._seen = 0
        self._up = False

    def look(self, reading: Reading) -> Jump | None:
        """The jump, once until the loss has come back."""
        self._note_pull(reading.grad_norm)
        if reading.loss is None or not math.isfinite(reading.loss):
            return None
        self._shift(reading.step, reading.loss)
        values = [value for _, value in self._recent]
        limit = self._limit()
        halfway = (self._low + limit) / 2
        if self._up:
            self._up = median(values) > halfway
            return None
        self._up = self._seen >= self.ENOUGH and min(values) > halfway and median(values) > limit
        return Jump(self._recent[0][0], self._low, max(values), self._pull()) if self._up else None

    def _shift(self, step: int, loss: float) -> None:
        if len(self._recent) == self.HOLD and not self._up:
            settled = self._recent[0][1]
            self._past.append(settled)
            average = self._average.add(settled)
            if self._seen >= self.HOLD + 4:
                self._low = min(self._low, average)
        self._recent.append((step, loss))
        self._seen += 1

    def _limit(self) -> float:
        return self._low + max(0.15 * abs(self._low), 4 * self._noise(), 0.1)

    def _noise(self) -> float:
        """Standard deviation of one reading, from the median absolute difference of neighbours."""
        values = list(self._past)
        steps = [abs(b - a) for a, b in pairwise(values)]
        return 1.4826 * median(steps) / math.sqrt(2) if len(steps) >= 8 else 0.0

    def _note_pull(self, norm: float | None) -> None:
        if norm is not None and math.isfinite(norm):
            if len(self._new_pulls) == self.HOLD:
                self._pulls.append(self._new_pulls[0])
            self._new_pulls.append(norm)

    def _pull(self) -> float | None:
        usual = median(self._pulls) if self._pulls else 0.0
        return max(self._new_pulls) / usual if usual > 0 and self._new_pulls else None


class EarlyRise:
    """A loss that climbs above where a fresh run began: the mark of a rate that is far too high."""

    HOLD = 4
    WITHIN = 60  # readings
    FACTOR = 1.1

    def __init__(self) -> None:
        self._start = math.nan
        self._seen = 0
        self._above: list[tuple[int, float]] = []
        self._over = False

    def look(self, reading: Reading) -> Jump | None:
        """The rise, told once; a run that was resumed late is not looked at."""
        if self._over or reading.loss is None or not math.isfinite(reading.loss):
            return None
        self._seen += 1
        if self._seen == 1:
            self._start, self._over = reading.loss, reading.step > FRESH
            return None
        above = reading.loss > self.FACTOR * self._start
        self._above = [*self._above, (reading.step, reading.loss)] if above else []
        self._over = len(self._above) >= self.HOLD or self._seen > self.WITHIN
        if len(self._above) < self.HOLD:
            return None
        return Jump(self._above[0][0], self._start, max(value for _, value in self._above), None)


@dataclass(frozen=True)
class Standstill:
    """A loss that has stayed about `level` since `since`; `start` is where it began."""

    since: int
    level: float
    start: float
    kind: str  # "start": no lower than at the start; "stuck": fell little, then flat; "flat": no more progress


class Plateau:
    """A loss that does not fall although the learning rate is still high."""

    EVALUATIONS = 5

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._window = max(150, plan.max_steps // 10)
        self._losses: deque[tuple[int, float]] = deque()
        self._first: list[float] = []
        self._first_step = -1
        self._peak = 0.0
        self._rate = 0.0
        self._average = Average()
        self._low = math.inf
        self._best = math.inf
        self._at_best = math.inf
        self._best_step = 0
        self._since_best = 0
        self._told = self._stuck = False

    def look(self, reading: Reading) -> Standstill | None:
        """The standstill, told once until there is progress again."""
        if reading.learning_rate is not None:
            self._rate = reading.learning_rate
            self._peak = max(self._peak, self._rate)
        if reading.loss is not None and math.isfinite(reading.loss):
            self._take(reading.step, reading.loss)
        if reading.val_loss is not None and math.isfinite(reading.val_loss):
            self._take_evaluation(reading.step, reading.val_loss)
        found = None if self._told else self._find(reading.step)
        self._told = self._told or found is not None
        return found

    def _take(self, step: int, loss: float) -> None:
        if self._first_step < 0:
            self._first_step = step
        if len(self._first) < 3:
            self._first.append(loss)
        self._low = min(self._low, self._average.add(loss))
        self._losses.append((step, loss))
        while self._losses and self._losses[0][0] < step - self._window:
            self._losses.popleft()

    def _take_evaluation(self, step: int, value: float) -> None:
        self._since_best += 1
        if value < self._best - 0.002 * abs(self._best) or not math.isfinite(self._best):
            self._best, self._best_step, self._since_best = value, step, 0
            self._at_best, self._told = self._average.now, False

    def _cooling(self) -> bool:
        return self._peak > 0 and self._rate < 0.5 * self._peak

    def _find(self, step: int) -> Standstill | None:
        start = sum(self._first) / len(self._first) if self._first else math.inf
        now = self._average.now
        begun = step > self._plan.warmup_steps + self._window and not self._stuck
        if begun and self._fresh() and self._flat(0.97) and step < 0.8 * self._plan.max_steps:
            fallen = 1 - self._low / start if start > 0 else 1.0
            self._stuck = fallen < 0.35  # told once
            if fallen < 0.02:
                return Standstill(self._losses[0][0], now, start, "start")
            if fallen < 0.35:
                return Standstill(self._losses[0][0], now, start, "stuck")
        flat = now > 0.995 * self._at_best and now > 0.05
        if self._since_best >= self.EVALUATIONS and flat and not self._cooling():
            return Standstill(self._best_step, now, start, "flat")
        return None

    def _fresh(self) -> bool:
        """Whether the beginning of the run was seen; a resumed one has its fall behind it."""
        return 0 <= self._first_step <= max(FRESH, self._plan.max_steps // 50)

    def _flat(self, least: float) -> bool:
        """Whether the newest third of the window is at least this share of the oldest."""
        values = [value for _, value in self._losses]
        if len(values) < 15:
            return False
        third = len(values) // 3
        return median(values[-third:]) > least * median(values[:third])


@dataclass(frozen=True)
class Overfit:
    """Validation rose from `best` (at `best_step`) to `now` in `evaluations` while training fell."""

    best_step: int
    best: float
    now: float
    evaluations: int
    train_before: float
    train_now: float


class Overfitting:
    """Validation that gets worse while training gets better."""

    def __init__(self) -> None:
        self._average = Average()
        self._best = math.inf
        self._best_step = 0
        self._train = math.inf
        self._since = 0
        self._told = False

    def look(self, reading: Reading) -> Overfit | None:
        """The overfitting, told once until validation has a new best."""
        if reading.loss is not None and math.isfinite(reading.loss):
            self._average.add(reading.loss)
        if reading.val_loss is None or not math.isfinite(reading.val_loss):
            return None
        if reading.val_loss < self._best:
            self._best, self._best_step, self._train = reading.val_loss, reading.step, self._average.now
            self._since, self._told = 0, False
            return None
        self._since += 1
        if self._told or not self._worse(reading.val_loss):
            return None
        self._told = True
        return Overfit(self._best_step, self._best, reading.val_loss, self._since, self._train, self._average.now)

    def _worse(self, value: float) -> bool:
        learns = self._average.now < 0.98 * self._train
        quick = self._since >= 3 and value > 1.03 * self._best
        slow = self._since >= 5 and value > 1.01 * self._best
        return learns and (quick or slow)


class DeadGradient:
    """Gradients so small that nothing is learned although the loss is not low."""

    def __init__(self) -> None:
        self._norms: deque[float] = deque(maxlen=SMOOTH)
        self._told = False

    def look(self, reading: Reading) -> float | None:
        """The usual length of the gradient, told once until it is alive again."""
        if reading.grad_norm is None or not math.isfinite(reading.grad_norm):
            return None
        self._norms.append(reading.grad_norm)
        usual = median(self._norms)
        dead = len(self._norms) == SMOOTH and usual < 1e-5 and (reading.loss is None or reading.loss > 0.1)
        told, self._told = self._told, dead
        return usual if dead and not told else None
