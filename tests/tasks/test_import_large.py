"""Imports of a gigabyte and of a million documents: memory, cancelling and the time of a page (not in CI)."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
LINE = "The lantern swung over the river while the keeper counted {} boats, and {} of them had no light at all.\n"
CHILD = """
import json, sys, threading, time
from pathlib import Path
import psutil
from llmstudio.base.errors import Interrupt
from llmstudio.store.workspace import Workspace
from tests.data.fake_context import FakeContext, import_into
import tests.data.fake_context as fake

seconds = float(sys.argv[3])
process, asked, peak = psutil.Process(), [0.0], [0]

def watch():
    while True:
        peak[0] = max(peak[0], process.memory_info().rss)
        time.sleep(0.02)

class Context(FakeContext):
    def check(self):
        if seconds and time.monotonic() - start > seconds:
            asked[0] = asked[0] or start + seconds
            raise Interrupt("cancel")

fake.FakeContext = Context
workspace = Workspace.open(Path(sys.argv[1]))
base = process.memory_info().rss
threading.Thread(target=watch, daemon=True).start()
start = time.monotonic()
try:
    results = import_into(workspace, sys.argv[2]).results
except Interrupt:
    results = {"late": time.monotonic() - asked[0], "left": len(list(workspace.datasets.iterdir()))}
print(json.dumps({**results, "seconds": time.monotonic() - start, "growth": peak[0] - base}))
"""


def imported(workspace: Path, source: Path, stop_after: float = 0) -> dict:
    command = [sys.executable, "-c", CHILD, str(workspace), str(source), str(stop_after)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def gigabyte(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "gigabyte.txt"
    with path.open("w") as file:
        for block in range(100):
            file.write("".join(LINE.format(block * 7919 + i, i) for i in range(98_000)))
    return path


def test_a_gigabyte_keeps_memory_flat(tmp_path: Path, gigabyte: Path) -> None:
    done = imported(tmp_path, gigabyte)
    assert gigabyte.stat().st_size > 1_000_000_000
    assert done["bytes"] == gigabyte.stat().st_size
    assert done["growth"] < 600 << 20
    print(f"{done['seconds']:.1f} s, {done['growth'] >> 20} MiB over the start")


@pytest.mark.parametrize("after", [0.5, 3.0, 6.0])
def test_a_gigabyte_is_cancelled_within_a_second(tmp_path: Path, gigabyte: Path, after: float) -> None:
    done = imported(tmp_path, gigabyte, after)
    assert done.get("left") == 0
    assert done["late"] < 1.0


def test_a_page_of_a_million_documents_opens_at_once(tmp_path: Path) -> None:
    path = tmp_path / "million.csv"
    with path.open("w") as file:
        file.write("label,text\n")
        for block in range(100):
            file.write("".join(f"{'ab'[i % 2]},Document {block * 10_000 + i} says little.\n" for i in range(10_000)))
    imported(tmp_path / "workspace", path)
    from llmstudio.data.documents import Documents  # after the child, so that its memory is not ours

    start = time.monotonic()
    documents = Documents(tmp_path / "workspace/datasets/set")
    assert documents.count() == 1_000_000
    took = {"open": time.monotonic() - start}
    for offset in (0, 500_000, 999_950):
        start = time.monotonic()
        assert len(documents.page(offset, 50)) == 50
        took[f"page {offset}"] = time.monotonic() - start
    start = time.monotonic()
    assert len(documents.page(20_000, 50, "val")) == 50
    took["page of a split"] = time.monotonic() - start
    print(took)
    assert max(took.values()) < 0.2
