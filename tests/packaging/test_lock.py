"""The lock files: every library with its hash, within the bounds that are declared."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.packaging.modules import load

ROOT = Path(__file__).resolve().parents[2]
LOCKED = sorted((ROOT / "packaging" / "locked").glob("*.txt"))
LINE = re.compile(r"([a-z0-9.-]+)==(\S+) --hash=sha256:([0-9a-f]{64})")

lock = load("lock")


def item(name: str, version: str, digest: str = "") -> dict[str, Any]:
    archive = {"hashes": {"sha256": digest}} if digest else {}
    return {"metadata": {"name": name, "version": version}, "download_info": {"archive_info": archive}}


def test_libraries_are_written_by_name_and_we_are_not_among_them() -> None:
    found = lock.lines(
        {"install": [item("Zed_x", "2.0", "b" * 64), item("llmstudio", "0.1"), item("abc", "1", "a" * 64)]}
    )
    assert found == [f"abc==1 --hash=sha256:{'a' * 64}", f"zed-x==2.0 --hash=sha256:{'b' * 64}"]


def test_a_library_without_a_hash_is_refused() -> None:
    with pytest.raises(ValueError, match="abc has no hash"):
        lock.lines({"install": [item("abc", "1")]})


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.stem)
def test_what_is_locked_is_what_is_asked_for(path: Path) -> None:
    found = {}
    for line in path.read_text("utf-8").splitlines():
        match = LINE.fullmatch(line)
        assert match, line
        found[canonicalize_name(match[1])] = Version(match[2])
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    for requirement in map(Requirement, asked):
        version = found.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not locked"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement} and {version}"


def test_there_is_a_lock_file() -> None:
    assert LOCKED
