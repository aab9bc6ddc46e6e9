"""Set up LLM Studio from a bare Python and start it: `python3 packaging/launch.py`.

With --test the test extra is installed and the whole test command is run. Any other argument goes to the
program: `python3 packaging/launch.py doctor`. Needs the standard library only; a second start is quick.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "llmstudio-setup.txt"
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
CUDA_WHEELS = "https://download.pytorch.org/whl/cu130"

sys.path.insert(0, str(ROOT / "packaging"))

import real_weights  # noqa: E402
import system_libraries  # noqa: E402 - lies beside this file, which may be started from anywhere


class SetUpError(Exception):
    """What is missing on this machine and what to do about it, in one or two sentences."""


def main(arguments: list[str]) -> int:
    """Set up what is missing, then start; returns the exit status."""
    testing = "--test" in arguments
    try:
        _require_python()
        libraries = system_libraries.provide(testing=testing)
        _set_up(testing)
    except SetUpError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    rest = [argument for argument in arguments if argument != "--test"]
    if testing:
        if not real_weights.provide(_python()):
            print("SmolLM2-135M could not be downloaded; tests that need it cannot run.", file=sys.stderr)
        return _run([str(_python()), str(ROOT / "packaging" / "check.py"), *rest])
    return _start(rest, libraries)


def _require_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - a bare machine may well have an older one
        found = ".".join(map(str, sys.version_info[:2]))
        raise SetUpError(f"LLM Studio needs Python 3.11 or newer; this is {found}. Start it with a newer one.")


def _start(arguments: list[str], missing_libraries: list[str]) -> int:
    if not arguments and not _has_display():
        print("There is no display here, so the first model is built in the terminal (llmstudio quickstart).")
        arguments = ["quickstart"]
    elif not arguments and missing_libraries:
        print(system_libraries.advice(missing_libraries), file=sys.stderr)
    return _run([str(_python()), "-m", "llmstudio", *arguments])


def _has_display() -> bool:
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _set_up(testing: bool) -> None:
    wanted = _fingerprint(testing)
    done = STAMP.read_text().split() if STAMP.exists() and _python().exists() else []
    if wanted in done:
        return
    _make_environment()
    print("Installing torch and LLM Studio into .venv (several minutes the first time) ...", flush=True)
    # Only torch itself comes from its own index; what it needs comes with everything else.
    _pip("install", "--no-deps", *_torch_source(), "torch==2.13.*")
    _pip("install", "--editable", f"{ROOT}[test]" if testing else str(ROOT))
    # The test extra holds everything the plain set-up does, so it counts for both.
    STAMP.write_text(" ".join({wanted, _fingerprint(False)}))


def _fingerprint(testing: bool) -> str:
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    digest.update((ROOT / "packaging" / "hatch_build.py").read_bytes())
    digest.update(f"{ROOT} {sys.version_info[:2]} {testing}".encode())
    return digest.hexdigest()


def _make_environment() -> None:
    if _python().exists():
        return
    print("Making a virtual environment in .venv ...", flush=True)
    if _create_venv():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if system_libraries.can_install() and system_libraries.install([package]) and _create_venv():
        return
    raise SetUpError(
        f"Python's venv module is missing. Install it (on Debian and Ubuntu: sudo apt install {package}), "
        "then start again."
    )


def _create_venv() -> bool:
    command = [sys.executable, "-m", "venv", str(VENV)]
    return subprocess.run(command, capture_output=True).returncode == 0 and _python().exists()


def _torch_source() -> list[str]:
    """Where the fitting build of torch comes from: CUDA, MPS or CPU."""
    has_nvidia = _has_nvidia()
    if sys.platform == "darwin" or (sys.platform == "linux" and has_nvidia):
        return []  # the registry's own wheels carry MPS, or CUDA
    return ["--extra-index-url", CUDA_WHEELS if has_nvidia else CPU_WHEELS]


def _has_nvidia() -> bool:
    tool = shutil.which("nvidia-smi")
    return bool(tool) and subprocess.run([tool, "-L"], capture_output=True).returncode == 0


def _pip(*arguments: str) -> None:
    command = [
        str(_python()),
        "-m",
        "pip",
        "--disable-pip-version-check",
        *arguments,
        "--quiet",
        "--retries",
        "1",
    ]
    if subprocess.run(command).returncode:
        raise SetUpError(
            "The installation stopped; the lines above say why. Check the network and the free disk space "
            "(2 GB are needed), then start again: what was done is kept."
        )


def _python() -> Path:
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _run(command: list[str]) -> int:
    try:
        return subprocess.run(command, cwd=ROOT if "check.py" in command[1] else None).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
