"""Makes from the application's folder what Linux people install: tar.xz, .deb, and an AppImage where its tool is."""

import gzip
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))
sys.path.insert(0, str(FOLDER.parent))

import bundle  # noqa: E402 - its folder must be known first
import elf  # noqa: E402
import system_libraries  # noqa: E402

LINUX = FOLDER / "linux"
DEBIAN_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# Needed by the window, yet loaded by name, so that no file asks for them.
BESIDES = ["libegl1", "libgl1", "xkb-data", system_libraries.FONTS]
# soname -> Debian package of what is not Qt's business.
MORE = {
    "libc.so.6": "libc6",
    "libdl.so.2": "libc6",
    "libm.so.6": "libc6",
    "libpthread.so.0": "libc6",
    "librt.so.1": "libc6",
    "libutil.so.1": "libc6",
    "libresolv.so.2": "libc6",
    "ld-linux-x86-64.so.2": "libc6",
    "ld-linux-aarch64.so.1": "libc6",
    "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6",
    "libexpat.so.1": "libexpat1",
    "libOpenGL.so.0": "libopengl0",
    "libGLX.so.0": "libglx0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libgio-2.0.so.0": "libglib2.0-0",
    "libxcb-dri2.so.0": "libxcb-dri2-0",
    "libxcb-dri3.so.0": "libxcb-dri3-0",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libdrm.so.2": "libdrm2",
}
ORPHANS = {"libcuda.so.1", "libnvidia-ml.so.1"}  # of the graphics driver, asked for only where there is one


class PackageError(Exception):
    """Why a package cannot be made, and what would help."""


def share(folder: Path, made: Path) -> None:
    """Put the menu entry, the icons and the description for software shops below `folder`."""
    for name in ("applications", "metainfo"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(LINUX / "llmstudio.desktop", folder / "applications" / "llmstudio.desktop")
    words = (LINUX / "metainfo.xml.in").read_text("utf-8")
    words = words.replace("@VERSION@", bundle.version()).replace("@DATE@", f"{moment():%Y-%m-%d}")
    (folder / "metainfo" / "app.llmstudio.LLMStudio.metainfo.xml").write_text(words, "utf-8")
    shutil.copytree(made / "hicolor", folder / "icons" / "hicolor", dirs_exist_ok=True)


def archive(application: Path, made: Path, output: Path, level: int) -> Path:
    """The application as tar.xz: to be unpacked anywhere; install.sh puts it into the menu."""
    name = f"llmstudio-{bundle.version()}-linux-{platform.machine()}"
    tree = _staged(application, output / "staging-tar", name)
    share(tree / "share", made)
    shutil.copy2(LINUX / "install.sh", tree / "install.sh")
    target = output / f"{name}.tar.xz"
    order = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", f"--mtime=@{int(moment().timestamp())}"]
    packer = f"xz -T0 -{level}"
    _run(["tar", *order, f"--use-compress-program={packer}", "-cf", str(target), "-C", str(tree.parent), name])
    shutil.rmtree(tree.parent)
    return target


def deb(application: Path, made: Path, output: Path, level: int) -> Path:
    """The application as a Debian package below /opt/llmstudio."""
    architecture = DEBIAN_ARCHITECTURES.get(platform.machine())
    if architecture is None:
        raise PackageError(f"Debian's name for {platform.machine()} is not known here.")
    tree = output / "staging-deb"
    _staged(application, tree / "opt", "llmstudio")
    share(tree / "usr" / "share", made)
    (tree / "usr" / "bin").mkdir(parents=True)
    (tree / "usr" / "bin" / "llmstudio").symlink_to("/opt/llmstudio/llmstudio")
    _documents(tree / "usr" / "share" / "doc" / "llmstudio", made)
    control = tree / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(control_words(application, architecture, _kilobytes(tree)), "utf-8")
    (control / "md5sums").write_text(_sums(tree), "utf-8")
    for name in ("postinst", "postrm"):
        shutil.copyfile(LINUX / name, control / name)
        (control / name).chmod(0o755)
    target = output / f"llmstudio_{bundle.version()}_{architecture}.deb"
    quiet = {**os.environ, "SOURCE_DATE_EPOCH": str(int(moment().timestamp()))}
    pressing = ["-Zxz", f"-z{level}"] if level else ["-Znone"]
    _run(["dpkg-deb", "--root-owner-group", *pressing, "--build", str(tree), str(target)], quiet)
    shutil.rmtree(tree)
    return target


def control_words(application: Path, architecture: str, kilobytes: int) -> str:
    """The package's description. Raises PackageError where it needs a library of which no package is known."""
    return (
        f"Package: llmstudio\nVersion: {bundle.version()}\nSection: science\nPriority: optional\n"
        f"Architecture: {architecture}\nMaintainer: The LLM Studio founders <founders@llmstudio.invalid>\n"
        f"Installed-Size: {kilobytes}\nDepends: {', '.join(depends(application))}\n"
        "Description: build your own language model on your own machine\n"
        " Import text, train tokenizers and language models, fine-tune, evaluate, chat\n"
        " and serve, in a window that shows every stage of it. Nothing leaves the\n"
        " machine unless asked for.\n"
    )


def depends(application: Path) -> list[str]:
    """The Debian packages that hold what the application needs and does not carry."""
    known = {**system_libraries.OFFSCREEN, **system_libraries.WINDOW, **MORE}
    wanted = {soname: who for soname, who in elf.missing(application).items() if soname not in ORPHANS}
    strangers = {soname: sorted(who) for soname, who in wanted.items() if soname not in known}
    if strangers:
        raise PackageError(f"No Debian package is known for {strangers}: add it to MORE, or to filters.py.")
    major, minor = elf.glibc(elf.files(application))
    names = {known[soname] for soname in wanted} | set(BESIDES)
    return sorted(_with_versions(name, f"{major}.{minor}") for name in names)


def appimage(application: Path, made: Path, output: Path) -> Path | None:
    """The application as one file, where appimagetool is installed; None where it is not."""
    tool = shutil.which("appimagetool")
    if tool is None:
        return None
    tree = output / "staging-appimage"
    _staged(application, tree / "opt", "llmstudio")
    share(tree / "usr" / "share", made)
    (tree / "llmstudio.desktop").symlink_to("usr/share/applications/llmstudio.desktop")
    (tree / "llmstudio.png").symlink_to("usr/share/icons/hicolor/256x256/apps/llmstudio.png")
    start = tree / "AppRun"
    start.write_text('#!/bin/sh\nexec "${APPDIR:-$(dirname "$0")}/opt/llmstudio/llmstudio" "$@"\n', "utf-8")
    start.chmod(0o755)
    target = output / f"llmstudio-{bundle.version()}-{platform.machine()}.AppImage"
    _run([tool, str(tree), str(target)], {**os.environ, "ARCH": platform.machine()})
    shutil.rmtree(tree)
    return target


def faults(made: Path, work: Path) -> list[str]:
    """What the validators of menu entries and of metainfo files say against ours; a missing validator says so."""
    share(work, made)
    entry = work / "applications" / "llmstudio.desktop"
    facts = work / "metainfo" / "app.llmstudio.LLMStudio.metainfo.xml"
    checks = (["desktop-file-validate", str(entry)], ["appstreamcli", "validate", "--no-net", str(facts)])
    found = []
    for command in checks:
        if shutil.which(command[0]) is None:
            found.append(f"{command[0]} is not installed, so {Path(command[-1]).name} was not checked.")
            continue
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            found.append(f"{command[0]}: {(done.stdout + done.stderr).strip()}")
    return found


def _staged(application: Path, parent: Path, name: str) -> Path:
    """The application again below `parent`, by hard links: nothing is copied."""
    shutil.rmtree(parent, ignore_errors=True)
    parent.mkdir(parents=True)
    target = parent / name
    shutil.copytree(application, target, symlinks=True, copy_function=_linked)
    return target


def _linked(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)
    return target


def _documents(folder: Path, made: Path) -> None:
    folder.mkdir(parents=True)
    notices = (made / "licences" / "THIRD_PARTY_NOTICES.txt").read_bytes()
    (folder / "THIRD_PARTY_NOTICES.gz").write_bytes(gzip.compress(notices, mtime=int(moment().timestamp())))
    own = (FOLDER.parent / "LICENSE").read_text("utf-8")
    (folder / "copyright").write_text(
        f"{own}\nThe libraries carried along have licences of their own: THIRD_PARTY_NOTICES.gz beside this file.\n",
        "utf-8",
    )


def _with_versions(package: str, glibc: str) -> str:
    if package == "libc6":
        return f"libc6 (>= {glibc})"
    newer = system_libraries.RENAMED.get(package)
    return f"{package} | {newer}" if newer else package


def _kilobytes(tree: Path) -> int:
    files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
    return sum((path.stat().st_size + 1023) // 1024 for path in files)


def _sums(tree: Path) -> str:
    lines = []
    for path in sorted(tree.rglob("*")):
        inside = path.relative_to(tree).as_posix()
        if path.is_file() and not path.is_symlink() and not inside.startswith("DEBIAN/"):
            with path.open("rb") as file:
                lines.append(f"{hashlib.file_digest(file, 'md5').hexdigest()}  {inside}\n")
    return "".join(lines)


def moment() -> datetime:
    """The time that files in packages carry: that of the commit, so that two builds of it are alike."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if not told:
        asked = ["git", "-C", str(FOLDER.parent), "log", "-1", "--format=%ct"]
        done = subprocess.run(asked, capture_output=True, text=True) if shutil.which("git") else None
        told = done.stdout.strip() if done and done.returncode == 0 else ""
    return datetime.fromtimestamp(int(told), UTC) if told else datetime.now(UTC)


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise PackageError(f"{command[0]} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
