"""Run only PyInstaller's analysis and fail when a module named by a string or a resource would be missing from the
application: a task, a tab, a command, what a library loads late.

Builds nothing; torch and what hangs on it are left out of the graph, since only our own modules are looked for.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "packaging"))

import bundle  # noqa: E402 - both paths must be known first


def main() -> int:
    """Returns 0 when everything that only a dotted string or a path names is in the analysed bundle."""
    with tempfile.TemporaryDirectory() as work:
        found = _analysed(Path(work))
    if found is None:
        print("PyInstaller's analysis failed; the lines above say why.")
        return 1
    wanted = {*bundle.named_modules(), *bundle.hidden_imports()}
    missing = sorted(wanted - set(found["modules"]) - {bundle.extension_name(name) for name in found["extensions"]})
    missing += sorted({_inside(entry) for entry in bundle.resources()} - set(found["resources"]))
    if missing:
        print(f"Missing from the bundle: {', '.join(missing)}. Add them in packaging/bundle.py.")
        return 1
    print(f"{len(wanted)} modules that might be overlooked and {len(found['resources'])} resources are in.")
    return 0


def _inside(entry: tuple[str, str]) -> str:
    source, folder = entry
    return (Path(folder) / Path(source).name).as_posix()


def _analysed(work: Path) -> dict[str, list[str]] | None:
    report = work / "analysis.json"
    command = [sys.executable, "-m", "PyInstaller", "--log-level", "WARN", "--noconfirm"]
    command += ["--workpath", str(work / "build"), "--distpath", str(work / "dist")]
    done = subprocess.run(
        [*command, str(ROOT / "packaging" / "analysis.spec")],
        cwd=work,
        env={**os.environ, "LLMSTUDIO_ANALYSIS": str(report)},
    )
    if done.returncode or not report.exists():
        return None
    return dict(json.loads(report.read_text("utf-8")))


if __name__ == "__main__":
    sys.exit(main())
