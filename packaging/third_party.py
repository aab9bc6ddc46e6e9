"""Notices about all that is carried along: who made it, under which licence, and the licence's own words.

A part whose licence is not known to be free to pass on, or whose text cannot be found, ends the build.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
NOTICES = ROOT / "packaging" / "notices"
ACCEPTED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "CNRI-Python", "ISC", "LGPL-3.0-only", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Python-2.0", "Zlib",
}  # fmt: skip
# What package authors write where no expression stands.
WORDS = {
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
# Of these a few start-up modules and the starting program alone are carried, under these terms.
BUILD_TOOLS = {
    "pyinstaller": "GPL-2.0-or-later WITH Bootloader-exception",
    "pyinstaller-hooks-contrib": "Apache-2.0",
}
ACCEPTED |= set(BUILD_TOOLS.values())
# Owners of files that belong to no distribution.
OURS, PYTHON, SYSTEM = "(LLM Studio)", "(Python)", "(this system)"
_TEXT = re.compile(r"(?i)^(licen[cs]e|copying|notice|authors)[^/]*$")


AS_TOLD = "as its text says"  # Debian's packages hold works under several licences


class NoticeError(Exception):
    """A part that may not be passed on as it is; the words say which and why."""


@dataclass(frozen=True)
class Part:
    """One library: its licence as an SPDX expression, and the texts that go with it."""

    name: str
    version: str
    licence: str
    home: str = ""
    purl: str = ""
    texts: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def requirements() -> list[str]:
    """What the application needs at run time, as pyproject.toml says."""
    return list(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"])


def distributions(wanted: Iterable[str] | None = None) -> dict[str, metadata.Distribution]:
    """The installed distributions that the application stands on, with all that those need, by normalised name."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(requirements() if wanted is None else wanted)
    while waiting:
        name = name_if_needed(waiting.pop())
        if name is None or name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            raise NoticeError(f"{name} is needed and not installed: start packaging/launch.py once.") from None
        waiting += found[name].requires or []
    return dict(sorted(found.items()))


def owners(sources: Iterable[str]) -> tuple[set[str], list[str]]:
    """Whose the files are that went into the application: names of distributions, and libraries of this system."""
    told = whose(sources)
    names = {owner for owner in told.values() if owner not in (OURS, PYTHON, SYSTEM)}
    return names, sorted(source for source, owner in told.items() if owner == SYSTEM)


def whose(sources: Iterable[str]) -> dict[str, str]:
    """The owner of each file, by its path on this machine: the name of a distribution, OURS, PYTHON or SYSTEM.

    Raises NoticeError for a file below a folder of packages that no package knows, and for one from nowhere.
    """
    known = _owned_files()
    here = tuple(f"{path}{os.sep}" for path in (ROOT / "llmstudio", ROOT / "resources", ROOT / "packaging"))
    packages = tuple({f"{sysconfig.get_path(name)}{os.sep}" for name in ("purelib", "platlib")})
    python = tuple({f"{Path(path).resolve()}{os.sep}" for path in (sys.base_prefix, sysconfig.get_path("stdlib"))})
    found: dict[str, str] = {}
    for source in sources:
        if source in known:
            found[source] = known[source]
        elif source.startswith(packages):
            raise NoticeError(f"No package knows the file {source}.")
        elif source.startswith(here):
            found[source] = OURS
        elif str(Path(source).resolve()).startswith(python):
            found[source] = PYTHON
        elif ".so" not in Path(source).name and not source.endswith((".dll", ".dylib")):
            raise NoticeError(f"Whose file is {source}?")
        else:
            found[source] = SYSTEM
    return found


def parts(names: Iterable[str]) -> list[Part]:
    """Python and the distributions of these names."""
    python = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    if not python.is_file():
        raise NoticeError(f"Python's own licence is not at {python}.")
    words = (("LICENSE", python.read_text("utf-8")),)
    found = [part_of(metadata.distribution(name)) for name in sorted(set(names))]
    version = platform.python_version()
    own = Part("Python", version, "Python-2.0", "https://www.python.org", f"pkg:generic/python@{version}", words)
    return [own, *found]


def part_of(dist: metadata.Distribution) -> Part:
    """What is known about an installed distribution. Raises NoticeError where it may not be passed on."""
    name = dist.metadata["Name"]
    licence = BUILD_TOOLS.get(name.lower(), "") or licence_of(dist)
    chosen = choose(licence)
    if chosen is None:
        raise NoticeError(f"{name} {dist.version} has the licence {licence or 'nothing at all'!r}: look at it first.")
    texts = tuple(_texts(dist)) or _common(chosen)
    if not texts:
        raise NoticeError(f"{name} {dist.version} ({chosen}) comes without a licence text.")
    homes = [word for entry in dist.metadata.get_all("Project-URL") or [] for word in entry.split(", ")[1:]]
    home = dist.metadata.get("Home-page") or next(iter(homes), "")
    return Part(name, dist.version, chosen, home, f"pkg:pypi/{normal(name)}@{quote(dist.version)}", texts)


def licence_of(dist: metadata.Distribution) -> str:
    """The licence as its authors say it: the expression, else the short field, else the classifier."""
    told = dist.metadata.get("License-Expression") or ""
    short = (dist.metadata.get("License") or "").strip()
    if not told and short and "\n" not in short and len(short) < 80:
        told = short
    if not told:
        classes = [entry for entry in dist.metadata.get_all("Classifier") or [] if entry.startswith("License ::")]
        told = " AND ".join(entry.rpartition(" :: ")[2] for entry in classes)
    if not told and short:
        told = short.partition("\n")[0].strip()
    return WORDS.get(told, told)


def choose(expression: str) -> str | None:
    """The first alternative of an SPDX expression that we accept; None where there is none."""
    for arm in expression.replace("(", "").replace(")", "").split(" OR "):
        terms = [WORDS.get(term.strip(), term.strip()) for term in arm.split(" AND ")]
        if all(term in ACCEPTED for term in terms):
            return " AND ".join(dict.fromkeys(terms))
    return None


def system_parts(libraries: Iterable[str]) -> list[Part]:
    """Who made the shared libraries that were taken from this system (Debian), by package."""
    return [_debian(name) for name in sorted(set(debian_packages(libraries).values()))]


def debian_packages(libraries: Iterable[str]) -> dict[str, str]:
    """The Debian package that each library of this system came with, `libssl3:amd64` say."""
    tool = shutil.which("dpkg-query")
    found = {library: _owner(tool, library) if tool else None for library in libraries}
    lost = sorted({Path(library).name for library, owner in found.items() if not owner})
    if lost:
        raise NoticeError(f"Whose are these libraries? {', '.join(lost)}")
    return {library: str(owner) for library, owner in found.items()}


def debian_name(package: str) -> str:
    """What the part made of a Debian package is called in the notices."""
    return f"{package.partition(':')[0]} (Debian)"


def write(folder: Path, found: list[Part]) -> Path:
    """Write the notices and the texts into `folder`; returns the file with the whole list."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE.txt")
    for text in (NOTICES / "texts").glob("*.txt"):
        shutil.copyfile(text, folder / text.name)
    versions = {part.name: part.version for part in found}
    about_qt = (NOTICES / "QT.txt.in").read_text("utf-8")
    (folder / "QT.txt").write_text(about_qt.replace("@QT@", versions.get("PySide6_Essentials", "")), "utf-8")
    whole = folder / "THIRD_PARTY_NOTICES.txt"
    whole.write_text("\n".join(_pages(found)), "utf-8")
    return whole


def _pages(found: list[Part]) -> Iterable[str]:
    yield "LLM Studio carries these works of others. Each keeps its own licence; the texts follow the list.\n"
    width = max(len(part.name) for part in found)
    for part in found:
        yield f"{part.name:<{width}}  {part.version:<16}  {part.licence}"
    for part in found:
        yield f"\n{'=' * 100}\n{part.name} {part.version}  ({part.licence})  {part.home}".rstrip()
        for name, text in part.texts:
            yield f"\n--- {name}\n\n{text.strip()}"


def name_if_needed(requirement: str) -> str | None:
    """The normalised name in a requirement; None where its marker says that this system does not need it."""
    from packaging.requirements import Requirement  # PyInstaller needs it too

    parsed = Requirement(requirement)
    if parsed.marker and not parsed.marker.evaluate({"extra": ""}):
        return None
    return normal(parsed.name)


def normal(name: str) -> str:
    """A distribution's name as the packaging guide normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _owned_files() -> dict[str, str]:
    """Every installed file and the name of its distribution, from the lists that were written at installation."""
    found = {}
    for dist in metadata.distributions():
        place, name = str(dist.locate_file("")), dist.metadata["Name"]
        for line in (dist.read_text("RECORD") or "").splitlines():
            path = line.rsplit(",", 2)[0].strip('"')
            found[os.path.normpath(f"{place}/{path}") if path.startswith("..") else f"{place}{os.sep}{path}"] = name
    return found


def _texts(dist: metadata.Distribution) -> Iterable[tuple[str, str]]:
    told: set[str] = set()
    for file in dist.files or []:
        path = Path(str(dist.locate_file(file)))
        if not _TEXT.match(file.name) or path.suffix in (".py", ".pyc") or not path.is_file():
            continue
        text = path.read_text("utf-8", errors="replace")
        if text not in told:  # many parts inside share one text
            told.add(text)
            yield str(file).partition(".dist-info/")[2] or str(file), text


def _common(licence: str) -> tuple[tuple[str, str], ...]:
    """Our own copy of a licence's text, for authors who pack none (it says nothing of who they are)."""
    name = {"LGPL-3.0-only": "LGPL-3.0.txt", "Apache-2.0": "Apache-2.0.txt"}.get(licence)
    return ((name, f"The text is in the file {name} beside this one."),) if name else ()


def _owner(tool: str, library: str) -> str | None:
    """The Debian package that a file belongs to; /lib and /usr/lib are one folder on new systems."""
    real = str(Path(library).resolve())
    for path in dict.fromkeys((library, real, real.removeprefix("/usr"), f"/usr{library}")):
        done = subprocess.run([tool, "--search", path], capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.splitlines()[0].partition(": ")[0].split(", ")[0]
    return None


def _debian(package: str) -> Part:
    asked = ["dpkg-query", "--show", "--showformat=${Version}\t${Architecture}\t${Homepage}", package]
    version, architecture, home = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split("\t")
    short = package.partition(":")[0]
    words = Path("/usr/share/doc") / short / "copyright"
    if not words.is_file():
        raise NoticeError(f"The Debian package {short} says nothing of its licence at {words}.")
    purl = f"pkg:deb/debian/{quote(short)}@{quote(version)}?arch={architecture}"
    told = (("copyright", words.read_text("utf-8")),)
    return Part(debian_name(package), version, AS_TOLD, home, purl, told)


def main() -> int:
    """Print what the application needs at run time and under which licence, or what is wrong with it."""
    try:
        found = parts(dist.metadata["Name"] for dist in distributions().values())
    except NoticeError as error:
        print(error, file=sys.stderr)
        return 1
    for part in found:
        print(f"{part.name:<32} {part.version:<16} {part.licence}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
