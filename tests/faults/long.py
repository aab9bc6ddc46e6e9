"""The long fault tests: `python -m tests.faults.long [NAME ...] [--scale X] [--seed N]`.

Each test runs in a process of its own and gives one row of a table: how many trials, how many faults (none is allowed),
figures, and the seed with which it is repeated. Without a name all of them run; `--scale 0.1` makes a tenth of the
trials. Linux only. With the full numbers this takes some two hours on one core.
"""

import argparse
import os
import random
import sys

from tests.faults import row

FULL = {
    "kills": 200,
    "crashes": 0,  # all states, whatever the scale
    "errors": 100,
    "full_disk": 100,
    "corruption": 2000,
    "poison": 10_000,
    "modelpoison": 10_000,
    "crowding": 50,
    "sleeping": 20,
    "divergence": 100,
    "windowcrash": 50,
    "ranks": 50,
    "upgrades": 0,
    "planted": 0,
}
SLEEP = {"LLMSTUDIO_SLEEP_SECONDS": "30"}
HANG_SECONDS = 6 * 3600.0


def main(words: list[str]) -> int:
    """Run what is named, and print the table; returns 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.long", description="The long fault tests.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FULL))
    parser.add_argument("--scale", type=float, default=1.0, help="share of the trials, such as 0.1")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    chosen = parser.parse_args(words)
    unknown = [name for name in chosen.names if name not in FULL]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there is {', '.join(FULL)}")
    os.environ.update(SLEEP)
    found = 0
    for name in chosen.names or FULL:
        found += one(name, chosen.scale, chosen.seed)
    print(f"{found} faults")
    return 1 if found else 0


def one(name: str, scale: float, seed: int) -> int:
    """Run one test and print its row; how many faults it found."""
    count = FULL[name] and max(1, round(FULL[name] * scale))
    with row.memory_folder() as folder:
        done = row.apart(name, count, seed, folder, hang=HANG_SECONDS)
    print(done.line(), flush=True)
    return len(done.faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
