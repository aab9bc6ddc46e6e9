"""The profile of the start is one line of JSON whose steps add up, from a real process."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("process", "terminal", "imports", "build", "first_paint")


def test_the_steps_add_up_and_the_window_closes_by_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "llmstudio", "--profile-start", "--workspace", str(tmp_path / "ws")]
    environment = {**os.environ, "LLMSTUDIO_CONFIG": str(tmp_path / "config"), "XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert all(told[step] >= 0 for step in STEPS)
    assert abs(sum(told[step] for step in STEPS) - told["total"]) < 1
    assert told["settled"] >= told["total"]
    assert told["tab"] == "welcome"
