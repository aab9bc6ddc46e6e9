"""Run only PyInstaller's analysis and fail when a task or a tab would be missing from the application.

Takes seconds and leaves no artefact; torch and what hangs on it are left out of the graph, since only our own
modules are looked for.
"""

import importlib
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "packaging"))

import bundle  # noqa: E402 - both paths must be known first


def main() -> int:
    """Returns 0 when every task and tab named by a dotted string is in the analysed bundle."""
    found = _analysed_modules()
    missing = sorted(set(bundle.named_modules()) - found)
    resources = [target for _, target in bundle.resources()]
    if missing:
        print(f"Missing from the bundle: {', '.join(missing)}. Add them in packaging/bundle.py.")
    if not resources:
        print("No resources would be bundled.")
    if not missing and resources:
        print(f"{len(bundle.named_modules())} tasks, tabs and options are in the bundle.")
    return 1 if missing or not resources else 0


def _analysed_modules() -> set[str]:
    from PyInstaller.building.build_main import Analysis
    from PyInstaller.config import CONF

    with tempfile.TemporaryDirectory() as work:
        CONF.update(workpath=work, specpath=work, warnfile=f"{work}/warn.txt", dot_file=f"{work}/graph.dot")
        CONF.update(xref_file=f"{work}/xref.html", spec=f"{work}/llmstudio.spec", specnm="llmstudio")
        CONF.update(distpath=work, noconfirm=True, cachedir=work, code_cache={}, tests_modgraph=None)
        CONF.setdefault("main_package", None)
        importlib.invalidate_caches()
        analysis = Analysis(
            [str(ROOT / "llmstudio" / "__main__.py")],
            pathex=[str(ROOT)],
            hiddenimports=bundle.hidden_imports(),
            excludes=bundle.HEAVY,
            noarchive=False,
        )
    return {name for name, _, _ in analysis.pure} | {name for name, _, _ in analysis.scripts}


if __name__ == "__main__":
    sys.exit(main())
