"""Which system libraries Qt's window needs on Linux, which are missing, and how to get them on Debian."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

# soname -> Debian package, from the dependency closure of the PySide6-Essentials wheels
OFFSCREEN = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libzstd.so.1": "libzstd1",
    "libz.so.1": "zlib1g",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libbrotlidec.so.1": "libbrotli1",
}
WINDOW = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
FONTS = "fonts-dejavu-core"
TEST_TOOLS = {"Xvfb": "xvfb", "xauth": "xauth", "xdotool": "xdotool", "openbox": "openbox", "xz": "xz-utils"}
# Debian 13 and Ubuntu 24.04 renamed this package when time became 64 bit wide.
RENAMED = {"libglib2.0-0": "libglib2.0-0t64"}


def provide(*, testing: bool) -> list[str]:
    """Install what is missing where possible (Debian, as root); returns the packages still missing."""
    if sys.platform != "linux":
        return []
    missing = missing_packages(testing=testing)
    if missing and can_install():
        print(f"Installing system libraries: {' '.join(missing)} ...", flush=True)
        install(missing)
        missing = missing_packages(testing=testing)
    if missing and testing:
        print(advice(missing), file=sys.stderr)
    return missing


def missing_packages(*, testing: bool) -> list[str]:
    """Debian's names of the packages whose library, font or tool is not on this machine."""
    libraries = {**OFFSCREEN, **WINDOW}
    missing = [package for soname, package in libraries.items() if not _loads(soname)]
    if not any(Path(folder).is_dir() for folder in ("/usr/share/fonts/truetype", "/usr/share/fonts")):
        missing.append(FONTS)
    if testing:
        missing += [package for tool, package in TEST_TOOLS.items() if not shutil.which(tool)]
    return missing


def advice(packages: list[str]) -> str:
    """One sentence that names what to install."""
    command = f"sudo apt install {' '.join(_current_names(packages))}"
    return f"The window needs system libraries that are not here. On Debian and Ubuntu: {command}"


def can_install() -> bool:
    """True on a Debian-like system where we are root."""
    return sys.platform == "linux" and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def install(packages: list[str]) -> bool:
    """Install Debian packages quietly; False where that failed (the caller says what is missing)."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, capture_output=True)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_current_names(packages)]
    return subprocess.run(command, env=quiet, capture_output=True).returncode == 0


def _current_names(packages: list[str]) -> list[str]:
    return [RENAMED[name] if name in RENAMED and _exists(RENAMED[name]) else name for name in packages]


def _exists(package: str) -> bool:
    tool = shutil.which("apt-cache")
    return bool(tool) and bool(subprocess.run([tool, "show", package], capture_output=True).stdout)


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True
