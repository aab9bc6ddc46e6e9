"""Writes down which file of which library was installed: versions and SHA-256, for installing exactly those again.

    .venv/bin/python packaging/lock.py            # asks pip what it would install now, into packaging/locked

One file for each system and Python, since wheels differ. `pip install --require-hashes --no-deps -r FILE` refuses
whatever has another hash; the window, the engine and the packages are tried with exactly what the file names.
"""

import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "packaging" / "locked"
OURSELVES = "llmstudio"


def name() -> str:
    """The file of this machine, such as `linux-x86_64-py311.txt`."""
    version = sys.version_info
    return f"{sys.platform}-{platform.machine().lower()}-py{version.major}{version.minor}.txt"


def lines(report: dict[str, Any]) -> list[str]:
    """The lines of a lock file from pip's report; ValueError for a library that came without a hash."""
    found = []
    for item in report["install"]:
        facts, archive = item["metadata"], item["download_info"].get("archive_info", {})
        if facts["name"] == OURSELVES:
            continue
        digest = archive.get("hashes", {}).get("sha256")
        if not digest:
            raise ValueError(f"{facts['name']} has no hash: it does not come from a package index.")
        found.append(f"{facts['name'].lower().replace('_', '-')}=={facts['version']} --hash=sha256:{digest}")
    return sorted(found)


def main() -> int:
    """Ask pip, write the file."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        words = ["install", "--dry-run", "--ignore-installed", "--quiet", "--report", str(report), str(ROOT)]
        subprocess.run([sys.executable, "-m", "pip", *words], check=True)
        locked = lines(json.loads(report.read_text("utf-8")))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / name()).write_text("\n".join(locked) + "\n", encoding="utf-8")
    print(f"{len(locked)} libraries: {FOLDER / name()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
