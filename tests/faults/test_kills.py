"""A training killed at any moment loses nothing that was committed and ends as if nothing had happened."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = 25


@pytest.mark.faults
@pytest.mark.timeout(420)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness forks, which Windows cannot")
def test_25_random_kills_change_neither_curve_nor_weights(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 30)
    words = [sys.executable, "-m", "tests.end_to_end.kill_harness", str(tmp_path), str(KILLS), str(seed)]
    quiet = {**os.environ, "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(words, cwd=ROOT, env=quiet, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["kills"] == KILLS, told
    assert not told["faults"], told
    assert told["wanted"]["steps"] == 150
    assert told["found"], told
    assert all(found == told["wanted"] for found in told["found"]), told
