"""Installs the .deb into a bare Debian and runs its self-test there: `python packaging/clean_root.py PACKAGE.deb`.

Needs root, debootstrap, unshare and Debian's packages for the bare system and for what the package depends on; the
self-test itself then runs without a network, as nobody. The bare system is removed afterwards.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

import smoke  # noqa: E402 - its folder must be known first

HOME = "/home/hö me 漢"
PROGRAM = "/usr/bin/llmstudio"


def main(arguments: list[str]) -> int:
    """Returns 0 when the package was installed, passed, and left nothing when it was removed."""
    parser = argparse.ArgumentParser(prog="clean_root.py", description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("--suite", default="bookworm", help="Debian's name of the release (default: bookworm)")
    parser.add_argument("--root", type=Path, help="an existing bare system, which is kept")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args(arguments)
    if wanted.inside:
        return 0 if _self_test(wanted.root) else 1
    missing = [tool for tool in ("debootstrap", "unshare", "chroot") if shutil.which(tool) is None]
    if missing or os.geteuid() != 0:
        print(f"This needs root{' and ' if missing else ''}{', '.join(missing)}.", file=sys.stderr)
        return 1
    if wanted.root:
        return _tried(wanted.root.resolve(), wanted.package, wanted.suite)
    with tempfile.TemporaryDirectory(prefix="llmstudio-root-") as folder:
        return _tried(Path(folder) / "debian", wanted.package, wanted.suite)


def _tried(root: Path, package: Path, suite: str) -> int:
    if not (root / "bin").exists():
        print(f"== a bare Debian {suite} in {root}", flush=True)
        _run(["debootstrap", "--variant=minbase", suite, str(root)])
    print("== installing", flush=True)
    shutil.copyfile(package, root / "tmp" / "llmstudio.deb")
    before = _files(root)
    _inside(root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "/tmp/llmstudio.deb")
    (root / "tmp" / "llmstudio.deb").unlink()
    shut = ["unshare", "--net", "--mount", sys.executable, str(Path(__file__).resolve())]
    done = subprocess.run([*shut, "--inside", "--root", str(root), str(package)])
    print("== removing", flush=True)
    _inside(root, "apt-get", "purge", "-y", "-qq", "llmstudio")
    left = sorted(name for name in _files(root) - before if _is_ours(name))
    if left:
        print(f"FAIL  left behind: {', '.join(left[:20])}", flush=True)
    return 1 if done.returncode or left else 0


def _is_ours(name: str) -> bool:
    """Whether the package should take this along: not what a person has at home, nor the logs of the system."""
    return "llmstudio" in name.lower() and not name.startswith(("home/", "var/"))


def _self_test(root: Path) -> bool:
    """In namespaces of its own: the loopback is up, the system has /proc and /dev, and nobody runs the program."""
    smoke.raise_loopback()
    for options in (
        ["-t", "proc", "proc", str(root / "proc")],
        ["--bind", "/dev", str(root / "dev")],
        ["-t", "tmpfs", "tmpfs", str(root / "dev" / "shm")],
    ):
        subprocess.run(["mount", *options], check=True)
    home = root / HOME.lstrip("/")
    home.mkdir(parents=True, exist_ok=True)
    os.chown(home, smoke.NOBODY, smoke.NOBODY)
    print("== self-test in the bare system, offscreen", flush=True)
    start = time.monotonic()
    as_nobody = ["chroot", f"--userspec={smoke.NOBODY}:{smoke.NOBODY}", "--groups=", str(root)]
    done = smoke.within(
        [*as_nobody, PROGRAM, "--json", "self-test"], capture_output=True, encoding="utf-8", errors="replace",
        env=smoke.environment(Path(HOME), {"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/usr/sbin"}),
    )  # fmt: skip
    passed = smoke.told(done)
    print(f"-- {time.monotonic() - start:.1f} s", flush=True)
    return passed


def _inside(root: Path, *command: str) -> None:
    quiet = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    _run(["chroot", str(root), *command], {**quiet, **proxies})


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-3000:], sep="\n", file=sys.stderr)
        raise SystemExit(f"{' '.join(command[:3])} failed.")


def _files(root: Path) -> set[str]:
    skipped = {"proc", "dev", "sys"}
    found = set()
    for folder, folders, names in os.walk(root):
        if Path(folder) == root:
            folders[:] = [name for name in folders if name not in skipped]
        found.update(str((Path(folder) / name).relative_to(root)) for name in [*names, *folders])
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
