"""The whole test command, stage by stage: style, types, import contracts, tests, packaging analysis.

Run by `python3 packaging/launch.py --test` inside the virtual environment. `--tier slow` runs instead what is
too long for every change; other arguments go to pytest.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
UNIT = ["-m", "not end_to_end and not faults and not real"]
# Each pytest stage is one process tree, so that a stage can be timed and repeated alone.
STAGES: tuple[tuple[str, list[str]], ...] = (
    ("style", ["-m", "ruff", "check", "."]),
    ("format", ["-m", "ruff", "format", "--check", "-q", "."]),
    ("types", ["-m", "mypy"]),
    ("import contracts", ["-c", "from importlinter.cli import lint_imports_command as run; run()"]),
    ("unit tests, Qt absent", [*PYTEST, "-n", "2", *UNIT, "-p", "no:pytest-qt", "--ignore=tests/gui"]),
    ("window tests", [*PYTEST, "-n", "2", *UNIT, "tests/gui"]),
    ("faults", [*PYTEST, "-n", "2", "-m", "faults and not real"]),
    ("end to end", [*PYTEST, "-m", "end_to_end and not faults and not real"]),
    ("real model", [*PYTEST, "-m", "real"]),
    ("packaging analysis", ["packaging/analyse.py"]),
)
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


def main(arguments: list[str]) -> int:
    """Run every stage, even after a failure; returns 0 when all of them passed."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if "slow" in arguments:
        return subprocess.run([sys.executable, *PYTEST, *arguments], cwd=ROOT).returncode
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    failed = [name for name, command in STAGES if not _stage(name, command, arguments, totals)]
    print(f"\n{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped", flush=True)
    if failed:
        print(f"Stages that failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def _stage(name: str, command: list[str], extra: list[str], totals: dict[str, int]) -> bool:
    print(f"\n== {name}", flush=True)
    start = time.monotonic()
    more = extra if "pytest" in command else []
    environment = {**os.environ, "LLMSTUDIO_WITHOUT_QT": "1"} if "Qt absent" in name else None
    process = subprocess.Popen(
        [sys.executable, *command, *more],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    last = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        last = line if _COUNT.search(line) else last
    if "pytest" in command:
        _add_counts(last, totals)
    status = process.wait()
    print(f"-- {name}: {'passed' if status == 0 else f'FAILED ({status})'}, {time.monotonic() - start:.0f} s")
    return status == 0


def _add_counts(line: str, totals: dict[str, int]) -> None:
    for amount, word in _COUNT.findall(line):
        totals["failed" if word.startswith("error") else word] += int(amount)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
