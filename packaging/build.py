"""Makes the application for the system this runs on: `.venv/bin/python packaging/build.py`.

Freezes it into a folder (PyInstaller), writes the notices, looks whether only what may be inside is inside, tries it
under an empty environment without a network, and packs it. README.md beside this file says more.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
sys.path.insert(0, str(FOLDER))
sys.path.insert(0, str(ROOT))

import bundle  # noqa: E402 - its folder must be known first
import elf  # noqa: E402
import filters  # noqa: E402
import icons  # noqa: E402
import linux_packages  # noqa: E402
import sbom  # noqa: E402
import smoke  # noqa: E402
import third_party  # noqa: E402

MOST_BYTES = 900_000_000  # unpacked, with torch for the processor alone
PACKING_LEVELS = {"small": 9, "usual": 6, "fast": 1, "quick": 0}
NOTICES = "resources/licences"
KERNELS = "resources/native"  # where the application looks for its own compiled libraries


class BuildError(Exception):
    """Why there is no application, and what would help."""


def main(arguments: list[str]) -> int:
    """Do the steps that were asked for, in order; returns 0 when all of them went well."""
    wanted = _options(arguments)
    output = wanted.to.resolve()
    try:
        made = prepare(output / "made")
        application = wanted.application.resolve() if wanted.application else freeze(output, made)
        note_others(application, made)
        facts = inspect(application, limit=None if wanted.large else MOST_BYTES)
        print(f"{application}: {facts['bytes'] / 1e6:,.0f} MB in {facts['files']:,} files", flush=True)
        if not wanted.no_smoke and smoke.main([str(application)]):
            raise BuildError("The application does not work; the lines above say what.")
        for path in pack(application, made, output, PACKING_LEVELS[wanted.packing], wanted.only):
            print(f"{path}: {path.stat().st_size / 1e6:,.0f} MB", flush=True)
    except (BuildError, sbom.BillError, third_party.NoticeError, linux_packages.PackageError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def prepare(made: Path) -> Path:
    """Make what the freezing needs: icons in all sizes and the version resource. Returns their folder."""
    made.mkdir(parents=True, exist_ok=True)
    icons.make(made)
    numbers = [*(int(number) for number in bundle.version().split(".")[:3]), 0]
    words = (FOLDER / "windows" / "version_info.txt.in").read_text("utf-8")
    words = words.replace("@VERSION@", bundle.version()).replace("@NUMBERS@", ", ".join(map(str, numbers)))
    (made / "version_info.txt").write_text(words, "utf-8")
    return made


def freeze(output: Path, made: Path) -> Path:
    """Run PyInstaller; returns the folder of the application (on macOS the .app)."""
    start = time.monotonic()
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--workpath", str(output / "work"), "--distpath", str(output), str(FOLDER / "llmstudio.spec")]
    environment = {**os.environ, "LLMSTUDIO_MADE": str(made)}
    if subprocess.run(command, cwd=output, env=environment).returncode:
        raise BuildError("PyInstaller failed; the lines above say why.")
    if sys.platform == "linux":
        elf.strip(_with_symbols(output / "llmstudio" / "_internal"))
        compile_kernels(output / "llmstudio" / "_internal")
    print(f"Frozen in {time.monotonic() - start:.0f} s", flush=True)
    return output / ("LLM Studio.app" if sys.platform == "darwin" else "llmstudio")


def compile_kernels(inside: Path) -> None:
    """The fast products with few bits, compiled for each kind of processor: the packaged application never compiles.

    Not by PyInstaller's lists: the digest behind each library has to stay as it is.
    """
    if platform.machine() != "x86_64":
        print("Without the fast products: they are made for 64-bit PCs.", flush=True)
        return
    command = [sys.executable, "-m", "llmstudio.engine.native.build", str(inside / KERNELS)]
    if subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
        raise BuildError("The C files could not be compiled; the lines above say why. A C compiler (gcc) is needed.")


def _with_symbols(folder: Path) -> list[Path]:
    """Python's own libraries may have been built with symbols. Qt and torch are left as they are."""
    return [*folder.glob("libpython*.so.*"), *folder.glob("python3*/lib-dynload/*.so"), *folder.glob("zstandard/*.so")]


def note_others(application: Path, made: Path) -> None:
    """Write notices and the bill of materials into the application, from the list that the freezing left."""
    carried = json.loads((made / "contents.json").read_text("utf-8"))
    names, system = third_party.owners(source for part in carried.values() for source in part.values())
    names.add("pyinstaller")  # the starting program itself
    found = third_party.parts(names) + third_party.system_parts(system)
    third_party.write(made / "licences", found)
    shutil.copytree(made / "licences", inside(application) / NOTICES, dirs_exist_ok=True)
    sbom.write(application, inside(application), carried["files"], found, linux_packages.moment())
    print(f"Notices about {len(found)} works of others, and the bill of materials", flush=True)


def inside(application: Path) -> Path:
    """Where the modules, libraries and resources of an application lie."""
    bundled = application / "Contents" / "Resources"
    return bundled if bundled.is_dir() else application / "_internal"


def inspect(application: Path, limit: int | None = MOST_BYTES) -> dict[str, int]:
    """Bytes and files of an application. Raises BuildError where it holds what it may not, or too much."""
    paths = [path for path in application.rglob("*") if path.is_file() and not path.is_symlink()]
    names = [path.relative_to(application).as_posix() for path in paths]
    foreign = sorted({name for name in names if _is_foreign_qt(name)})
    if foreign:
        raise BuildError(f"These parts of Qt are not on the list in filters.py: {', '.join(foreign)}")
    needless = sorted(name for name in names if not filters.keeps_file(name.partition("_internal/")[2] or name))
    if needless:
        raise BuildError(f"These were to stay out: {', '.join(needless[:20])}")
    total = sum(path.stat().st_size for path in paths)
    if limit is not None and total > limit:
        raise BuildError(f"The application takes {total / 1e6:,.0f} MB; {limit / 1e6:,.0f} MB are the most.")
    return {"bytes": total, "files": len(paths)}


def _is_foreign_qt(name: str) -> bool:
    module = filters.qt_module(name) if "PySide6" in name else None
    return module is not None and module not in filters.QT_MODULES


def pack(application: Path, made: Path, output: Path, level: int, only: list[str]) -> list[Path]:
    """What people download, for this system."""
    if sys.platform == "win32":
        return [_setup_program(application, made, output)]
    if sys.platform == "darwin":
        return [_disk_image(application, output)]
    for fault in linux_packages.faults(made, output / "checked"):
        print(fault, flush=True)
    kinds = {
        "tar": lambda: linux_packages.archive(application, made, output, level),
        "deb": lambda: linux_packages.deb(application, made, output, level),
        "appimage": lambda: linux_packages.appimage(application, made, output),
    }
    if shutil.which("appimagetool") is None and "appimage" in only:
        print("appimagetool is not installed, so no AppImage was made.", flush=True)
    return [path for name in only if (path := kinds[name]()) is not None]


def _setup_program(application: Path, made: Path, output: Path) -> Path:
    compiler = shutil.which("ISCC")
    if compiler is None:
        raise BuildError("Inno Setup's compiler ISCC was not found: install Inno Setup 6.3 or newer.")
    facts = {"Version": bundle.version(), "Bundle": application, "Made": made, "Output": output}
    _run([compiler, *(f"/D{name}={value}" for name, value in facts.items()), str(FOLDER / "windows" / "installer.iss")])
    return output / f"llmstudio-{bundle.version()}-windows-x64-setup.exe"


def _disk_image(application: Path, output: Path) -> Path:
    """Sign where it is said by whom, then make the image; the notarising is a step of its own."""
    scripts = FOLDER / "macos"
    if os.environ.get("SIGN_IDENTITY"):
        _run([str(scripts / "sign.sh"), str(application)])
    else:
        print("Not signed: SIGN_IDENTITY says nothing. packaging/macos/sign.sh tells what it needs.", flush=True)
    image = output / f"llmstudio-{bundle.version()}-macos.dmg"
    _run([str(scripts / "dmg.sh"), str(application), str(image)])
    return image


def _run(command: list[str]) -> None:
    if subprocess.run(command).returncode:
        raise BuildError(f"{Path(command[0]).name} failed; the lines above say why.")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="build.py", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="folder for all that is made (default: dist)")
    parser.add_argument("--application", type=Path, help="an application frozen before, to be packed again")
    parser.add_argument("--only", nargs="*", choices=["tar", "deb", "appimage"], default=["tar", "deb", "appimage"])
    parser.add_argument("--packing", choices=PACKING_LEVELS, default="usual", help="how hard to press")
    parser.add_argument("--no-smoke", action="store_true", help="do not try it")
    parser.add_argument("--large", action="store_true", help="no limit of size (torch with CUDA takes gigabytes)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
