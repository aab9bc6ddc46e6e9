"""The bill of materials of a frozen application: CycloneDX 1.6 as JSON, from what is really inside.

Each work of others has its name, version, licence, package URL, what it needs itself, and its files below the
application with their SHA-256. Python modules lie pressed together inside the program `llmstudio`, which is a file of
ours. `python packaging/sbom.py FOLDER` compares an application with the bill that lies in it.
Source of the form: the CycloneDX 1.6 specification (ECMA-424).
"""

import argparse
import hashlib
import json
import sys
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

import bundle  # noqa: E402 - its folder must be known first
import third_party  # noqa: E402
from third_party import OURS, PYTHON, SYSTEM, Part  # noqa: E402

NAME = "sbom.cdx.json"
PLACE = f"resources/licences/{NAME}"
SELF = "llmstudio"
# Where PyInstaller puts what its lists name, on Linux and Windows, and on macOS.
_FOLDERS = ("_internal/", "Contents/Frameworks/", "Contents/Resources/")
# What the packing itself makes: programs, a book of Python's own modules, the notices, the fast products;
# on macOS its descriptions.
_MADE = ("llmstudio", "llmstudio.exe", "LLM Studio.exe")


class BillError(Exception):
    """What lies in an application and stands on no list, or the other way round."""


def bill(application: Path, carried: dict[str, str], found: list[Part], moment: datetime) -> dict[str, Any]:
    """The bill of an application. `carried`: name of a file inside -> its source on this machine; `found`: the parts.

    Raises BillError where a file is inside of which nobody knows whose it is.
    """
    owned = _by_owner(application, carried)
    strangers = set(owned) - {OURS, *(part.name for part in found)}
    if strangers:
        raise BillError(f"There are files of {', '.join(sorted(strangers))} inside, and no notices about them.")
    components = [_component(part, owned.get(part.name, [])) for part in found]
    words: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {**_own(), "components": owned.get(OURS, [])},
        },
        "components": components,
        "dependencies": _dependencies(found),
    }
    content = hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()
    return {"serialNumber": f"urn:uuid:{uuid.UUID(content[:32], version=4)}", **words}


def write(application: Path, inside: Path, carried: dict[str, str], found: list[Part], moment: datetime) -> Path:
    """Write the bill into the application; returns its file. (It does not list itself.)"""
    target = inside / PLACE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    words = json.dumps(bill(application, carried, found, moment), indent=1, ensure_ascii=False)
    target.write_text(f"{words}\n", "utf-8")
    return target


def differences(application: Path, told: dict[str, Any]) -> list[str]:
    """Files that are missing, more, or other than a bill says; empty where it tells the truth."""
    listed = {
        file["name"]: file["hashes"][0]["content"]
        for component in (told["metadata"]["component"], *told["components"])
        for file in component.get("components", [])
    }
    here = {name: path for name, path in _files(application).items() if not name.endswith(PLACE)}
    faults = [f"{name} is missing" for name in sorted(set(listed) - set(here))]
    faults += [f"{name} is not on the bill" for name in sorted(set(here) - set(listed))]
    same = sorted(set(here) & set(listed))
    return [*faults, *(f"{name} was changed" for name in same if _sha256(here[name]) != listed[name])]


def _files(application: Path) -> dict[str, Path]:
    paths = sorted(path for path in application.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(application).as_posix(): path for path in paths}


def _by_owner(application: Path, carried: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The files below an application as components, by the name of the part that they belong to."""
    owners = third_party.whose(carried.values())
    debian = third_party.debian_packages(source for source, owner in owners.items() if owner == SYSTEM)
    owned: dict[str, list[dict[str, Any]]] = {}
    for name, path in _files(application).items():
        source = carried.get(_listed_name(name))
        owner = _maker(name) if source is None else owners[source]
        if owner == SYSTEM:
            owner = third_party.debian_name(debian[str(source)])
        owner = "Python" if owner == PYTHON else owner
        hashes = [{"alg": "SHA-256", "content": _sha256(path)}]
        owned.setdefault(owner, []).append({"type": "file", "bom-ref": f"file:{name}", "name": name, "hashes": hashes})
    return owned


def _listed_name(name: str) -> str:
    for folder in _FOLDERS:
        if name.startswith(folder):
            return name.removeprefix(folder)
    return name


def _maker(name: str) -> str:
    """Whose a file is that stands on none of PyInstaller's lists. Raises BillError where it should stand on one."""
    listed = _listed_name(name)
    if listed == "base_library.zip":
        return PYTHON
    of_the_bundle = name.startswith("Contents/") and (listed == name or PurePosixPath(name).suffix == ".icns")
    compiled = listed.startswith("resources/native/") and listed.endswith(".so")
    if listed in _MADE or listed.startswith("resources/licences/") or compiled or of_the_bundle:
        return OURS
    raise BillError(f"Nobody put the file {name} into the application.")


def _own() -> dict[str, Any]:
    version = bundle.version()
    return {
        "type": "application",
        "bom-ref": SELF,
        "name": "LLM Studio",
        "version": version,
        "licenses": [{"license": {"id": "MIT"}}],
        "purl": f"pkg:pypi/llmstudio@{version}",
    }


def _component(part: Part, files: list[dict[str, Any]]) -> dict[str, Any]:
    licence: dict[str, Any] = {"expression": part.licence}
    if part.licence == third_party.AS_TOLD:
        licence = {"license": {"name": "See the notices: works under several licences"}}
    known: dict[str, Any] = {
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name.removesuffix(" (Debian)"),
        "version": part.version,
        "licenses": [licence],
        "purl": part.purl,
    }
    if part.home.startswith(("http://", "https://")):
        known["externalReferences"] = [{"type": "website", "url": part.home.strip()}]
    return {**known, "components": files} if files else known


def _dependencies(found: list[Part]) -> list[dict[str, Any]]:
    """Who needs whom, as far as both are inside. Python and what came from this system are needed by the whole."""
    inside = {third_party.normal(part.name): part.purl for part in found if part.purl.startswith("pkg:pypi/")}
    others = [part.purl for part in found if not part.purl.startswith("pkg:pypi/")]
    direct = _inside(third_party.requirements(), inside)
    graph = [{"ref": SELF, "dependsOn": sorted({*direct, *others})}]
    for name, purl in inside.items():
        graph.append({"ref": purl, "dependsOn": _inside(metadata.distribution(name).requires or [], inside)})
    return graph + [{"ref": purl, "dependsOn": []} for purl in others]


def _inside(requirements: Iterable[str], inside: dict[str, str]) -> list[str]:
    names = {third_party.name_if_needed(requirement) for requirement in requirements}
    return sorted(inside[name] for name in names if name in inside)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def requirements(told: dict[str, Any]) -> list[str]:
    """The works on a bill that a registry of Python packages knows, as pip-audit reads them: `name==version`.

    Without the label of a build (`+cpu`): weaknesses are listed by the plain version.
    """
    works = [work for work in told["components"] if work["purl"].startswith("pkg:pypi/")]
    return [f"{third_party.normal(work['name'])}=={work['version'].partition('+')[0]}" for work in works]


def main(arguments: list[str]) -> int:
    """Compare an application with the bill inside it; returns 0 when they agree."""
    parser = argparse.ArgumentParser(prog="sbom.py", description=main.__doc__)
    parser.add_argument("application", type=Path)
    parser.add_argument("--requirements", action="store_true", help="print what pip-audit should look up")
    wanted = parser.parse_args(arguments)
    application = wanted.application.resolve()
    places = sorted(path for path in application.rglob(NAME) if path.as_posix().endswith(PLACE))
    if not places:
        print(f"There is no bill of materials in {application}.", file=sys.stderr)
        return 1
    told = json.loads(places[0].read_text("utf-8"))
    if wanted.requirements:
        print("\n".join(requirements(told)))
        return 0
    faults = differences(application, told)
    print("\n".join(faults) or f"{len(told['components'])} works of others, and every file as the bill says.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
