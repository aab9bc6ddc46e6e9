"""How import, deduplication and encoding grow with the text: time and memory of the very jobs a person runs.

`python -m tests.end_to_end.scale FOLDER SIZE ...` makes texts of these sizes (100MB, 1GB, 10GB) in FOLDER, with one
document in twenty repeated and one in ten nearly so, imports them through the terminal with both kinds of duplicates
taken out, encodes them with GPT-2's pieces, and prints one JSON line for each size: seconds, the peak of memory of
the job's process and of all its helpers together, and what was found. `ratio` is the time for a byte over that of the
first size, `cpu_ratio` the same for processor time, which other work on the machine disturbs less. What was made is
deleted again, size by size.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from llmstudio.data.tokenizers import gpt2

ROOT = Path(__file__).resolve().parents[2]
UNITS = {"MB": 10**6, "GB": 10**9}
RECENT = 2000  # documents from which repeated ones are taken


def texts(seed: int = 1) -> Iterator[str]:
    """Documents without end: GPT-2's words by Zipf's law, 5 % of them repeated, 10 % repeated with 1 % changed."""
    luck = np.random.default_rng(seed)
    plain = [piece[1:].decode() for piece in gpt2.load().ranks if piece[:1] == b" " and piece[1:].isalpha()]
    words = np.array([*plain, *(a + b for a, b in zip(plain[2000:], plain[3000:], strict=False))], dtype=object)
    shares = np.cumsum(1 / (np.arange(len(words)) + 2.7))
    recent: list[str] = []
    while True:
        lengths = np.clip(np.exp(luck.normal(5.3, 0.8, 256)), 5, 4000).astype(int)
        drawn = words[np.searchsorted(shares, luck.random(lengths.sum()) * shares[-1])]
        for part, chance in zip(np.split(drawn, np.cumsum(lengths)[:-1]), luck.random(256), strict=True):
            if recent and chance < 0.05:
                text = recent[luck.integers(len(recent))]
            elif recent and chance < 0.15:
                changed = recent[luck.integers(len(recent))].split(" ")
                for place in luck.integers(0, len(changed), max(1, len(changed) // 100)):
                    changed[place] = words[luck.integers(len(words))]
                text = " ".join(changed)
            else:
                text = _punctuated(part.tolist())
                if len(recent) == RECENT:
                    recent.pop(luck.integers(RECENT))
                recent.append(text)
            yield text


def _punctuated(words: list[str]) -> str:
    """Sentences of twelve words, paragraphs of six sentences."""
    sentences = [" ".join(words[at : at + 12]) for at in range(0, len(words), 12)]
    joined = [one + (".\n\n" if number % 6 == 5 else ". ") for number, one in enumerate(sentences)]
    return "".join(joined).rstrip()


def make(path: Path, size: int) -> None:
    """A file of JSON lines of about `size` bytes."""
    done = 0
    with path.open("w", encoding="utf-8") as file:
        for text in texts():
            done += file.write(json.dumps({"text": text}) + "\n")
            if done >= size:
                return


class Watch(threading.Thread):
    """Looks at a process and its children ten times a second: the peak of its own memory, and of all together."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self.process = psutil.Process(process.pid)  # type: ignore[no-untyped-call]
        self.own = self.together = 0

    def run(self) -> None:
        """Until the process is gone."""
        try:
            while self.process.is_running():  # type: ignore[no-untyped-call]
                self.own = max(self.own, _peak(self.process.pid))
                children = self.process.children(recursive=True)  # type: ignore[no-untyped-call]
                family = [self.process, *children]
                self.together = max(self.together, sum(_now(one) for one in family))
                time.sleep(0.1)
        except psutil.Error:
            return


def _peak(pid: int) -> int:
    """VmHWM in bytes; 0 where the system has no such figure."""
    status = Path(f"/proc/{pid}/status")
    try:
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0
    return int(line.split()[1]) * 1024


def _now(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def timed(workspace: Path, *command: str) -> dict[str, Any]:
    """One command of the terminal: its result with `seconds`, and the peaks of memory in MB."""
    words = [sys.executable, "-m", "llmstudio", "--workspace", str(workspace), "--json", *command]
    started, before = time.monotonic(), _spent()
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    watch = Watch(process)
    watch.start()
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    memory = {"own_mb": watch.own >> 20, "together_mb": watch.together >> 20}
    return {**found, **memory, "seconds": time.monotonic() - started, "cpu_seconds": _spent() - before}


def _spent() -> float:
    """Processor seconds of all children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def measure(folder: Path, size: int) -> dict[str, Any]:
    """Make, import and encode a text of `size` bytes."""
    source, workspace = folder / "text.jsonl", folder / "workspace"
    make(source, size)
    stored = source.stat().st_size
    try:
        cleaning = ("--duplicates", "--near-duplicates", "0.8", "--whitespace")
        taken = timed(workspace, "data", "import", str(source), "--name", "big", *cleaning)
        source.unlink()
        cut = timed(workspace, "data", "encode", "big", "--tokenizer", "gpt2")
    finally:
        source.unlink(missing_ok=True)
        shutil.rmtree(workspace, ignore_errors=True)
    return {
        "bytes": stored,
        "documents": taken["documents"],
        "removed": taken["removed"],
        "tokens": sum(cut["tokens"].values()),
        "import_seconds": round(taken["seconds"], 1),
        "encode_seconds": round(cut["seconds"], 1),
        "seconds": round(taken["seconds"] + cut["seconds"], 1),
        "cpu_seconds": round(taken["cpu_seconds"] + cut["cpu_seconds"], 1),
        "own_mb": max(taken["own_mb"], cut["own_mb"]),
        "together_mb": max(taken["together_mb"], cut["together_mb"]),
    }


def main(arguments: list[str]) -> None:
    """Measure every size named."""
    folder, first = Path(arguments[0]), (0.0, 0.0)
    folder.mkdir(parents=True, exist_ok=True)
    for word in arguments[1:]:
        found = measure(folder, int(float(word[:-2]) * UNITS[word[-2:].upper()]))
        wall, cpu = found["seconds"] / found["bytes"], found["cpu_seconds"] / found["bytes"]
        first = first if first[0] else (wall, cpu)
        ratios = {"ratio": round(wall / first[0], 3), "cpu_ratio": round(cpu / first[1], 3)}
        print(json.dumps({**found, **ratios}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
