"""Runs commands of the terminal as a person would: a new process, its exit status, its two streams."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HANG = 240  # seconds after which a command counts as hung


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        """The JSON object on the last line of stdout."""
        return dict(json.loads(self.out.splitlines()[-1]))


@dataclass(frozen=True)
class Terminal:
    """A workspace and the command that works on it."""

    workspace: Path

    def __call__(self, *arguments: str, stdin: str | None = None) -> Outcome:
        """Run `llmstudio ARGUMENTS --json`."""
        command = [sys.executable, "-m", "llmstudio", "--workspace", str(self.workspace), "--json", *arguments]
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=HANG, env=os.environ
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def good(self, *arguments: str, stdin: str | None = None) -> dict[str, Any]:
        """Run a command that must work; returns its result."""
        outcome = self(*arguments, stdin=stdin)
        assert outcome.status == 0, outcome.err[-3000:] + outcome.out[-500:]
        return outcome.result

    def refused(self, *arguments: str, stdin: str | None = None) -> str:
        """Run a command whose input is wrong: exit 2, one short sentence or two, no traceback; returns them."""
        outcome = self(*arguments, stdin=stdin)
        assert outcome.status == 2, (outcome.status, outcome.err[-2000:])
        assert "Traceback" not in outcome.err
        said = outcome.err.strip().splitlines()[-1]
        assert len(said) < 600
        return said
