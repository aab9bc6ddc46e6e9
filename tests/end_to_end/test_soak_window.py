"""The window's memory over two simulated hours."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.end_to_end
def test_two_hours_at_the_window_leave_hardly_a_trace(tmp_path: Path) -> None:
    # 25,000 steps of five figures each; with more, the figures that are kept outgrow what is looked for
    command = [sys.executable, "-m", "tests.end_to_end.soak_window", str(tmp_path / "workspace"), "--events", "50000"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["mb_per_hour"] <= 10, figures
    assert figures["widgets_after"] <= figures["widgets_before"] + 50, figures
