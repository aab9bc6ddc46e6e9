"""What the terminal shows: progress and notes on stderr, the result on stdout, JSON on the last line if asked."""

import json
import math
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.store import events

_PERIOD = 0.5  # seconds between two rewritings of the progress line


class Console:
    """One command's voice. `as_json` puts one JSON object on the last line of stdout and nothing else there."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._stage = ""
        self._shown = 0.0
        self._open_line = False
        self._live = sys.stderr.isatty()

    def event(self, event: events.Event) -> None:
        """Show what a job says of itself."""
        match event:
            case events.Stage():
                self._stage = event.name
                self.say(f"{event.name} ...")
            case events.Progress():
                self._progress(event)
            case events.Metrics():
                self._metrics(event)
            case events.Note():
                self.say(event.text)
            case events.Alarm():
                self.say(event.message)

    def say(self, text: str) -> None:
        """A line for the person, on stderr."""
        self._close_line()
        print(text, file=sys.stderr, flush=True)

    def write(self, text: str) -> None:
        """A piece of output as it comes (streamed text); nothing in JSON mode."""
        if not self.as_json:
            print(text, end="", flush=True)

    def result(self, values: Mapping[str, Any], words: str | None = None) -> None:
        """The outcome: one JSON object, or `words`, or the values one a line."""
        self._close_line()
        if self.as_json:
            print(json.dumps(_finite(values), ensure_ascii=not _speaks_utf8()), flush=True)
        elif words is not None:
            print(words, flush=True)
        else:
            for name, value in values.items():
                print(f"{name.replace('_', ' ')}: {_plain(value)}", flush=True)

    def error(self, error: UserError) -> None:
        """One clear sentence on stderr (and what would work), no traceback."""
        self._close_line()
        place = f" ({error.location})" if error.location and error.location not in error.message else ""
        words = f"{error.message}{place} {error.hint}".strip()
        unsaid = [name for name in error.candidates if name not in words]
        if unsaid:
            words += f" It could be: {', '.join(unsaid)}."
        print(words, file=sys.stderr, flush=True)
        if self.as_json:
            print(json.dumps({"error": error.message, "hint": error.hint, "field": error.field}), flush=True)

    def stopped(self, run: str, status: str, words: str) -> None:
        """A run that ended before its end, by the person's wish: a sentence on stderr, and where it stands."""
        self.say(words)
        if self.as_json:
            self.result({"run": run, "status": status, "error": words})

    def _progress(self, event: events.Progress) -> None:
        if not self._due():
            return
        done = units.number(event.done)
        of = f" of {units.number(event.total)}" if event.total else ""
        self._rewrite(f"{self._stage}: {done}{of} {event.unit}".rstrip())

    def _metrics(self, event: events.Metrics) -> None:
        values = event.values
        if "val_loss" in values:
            self.say(f"step {units.number(event.step)}: validation loss {values['val_loss']:.4f}")
        elif "loss" in values and self._due():
            speed = values.get("tokens_per_second", math.nan)
            rate = f", {units.rate(speed, 'tokens')}" if math.isfinite(speed) else ""
            self._rewrite(f"step {units.number(event.step)}: loss {values['loss']:.4f}{rate}")

    def _due(self) -> bool:
        now = time.monotonic()
        if not self._live or now - self._shown < _PERIOD:
            return False
        self._shown = now
        return True

    def _rewrite(self, text: str) -> None:
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        self._open_line = True

    def _close_line(self) -> None:
        if self._open_line:
            print(file=sys.stderr, flush=True)
            self._open_line = False


def table(rows: Sequence[Mapping[str, Any]], columns: tuple[str, ...]) -> str:
    """Rows as aligned text, one line each, with a head line."""
    cells = [
        [name.replace("_", " ") for name in columns],
        *([_plain(row.get(c, "")) for c in columns] for row in rows),
    ]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else units.number(value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return "" if value is None else str(value)


def _speaks_utf8() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"


def _finite(value: Any) -> Any:
    """JSON has no word for infinity or not-a-number: they become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
