"""What a bill of materials must look like: the form of CycloneDX 1.6, as far as ours uses it."""

import re
from collections import Counter
from typing import Any

from tests.packaging.modules import load

third_party = load("third_party")
# The form, from the specification of CycloneDX 1.6 and that of package URLs.
SERIAL = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PURL = re.compile(r"pkg:[a-z]+(/[\w.%~+-]+)+@[\w.%~-]+(\?[a-z]+=[\w.%~-]+)?")
KINDS = {"application", "library", "file"}


def form_faults(bill: dict[str, Any]) -> list[str]:
    """What a reader of CycloneDX would trip over."""
    faults = [] if bill["bomFormat"] == "CycloneDX" and bill["specVersion"] == "1.6" else ["format"]
    faults += [] if SERIAL.fullmatch(bill["serialNumber"]) and bill["version"] == 1 else ["serial number"]
    faults += [] if TIME.fullmatch(bill["metadata"]["timestamp"]) else ["time"]
    works = [bill["metadata"]["component"], *bill["components"]]
    files = [file for work in works for file in work.get("components", [])]
    every = [*works, *files]
    faults += [f"kind of {part['name']}" for part in every if part["type"] not in KINDS]
    references = [part["bom-ref"] for part in every]
    faults += [f"{name} twice" for name, count in Counter(references).items() if count > 1]
    for work in works:
        faults += [] if PURL.fullmatch(work["purl"]) else [f"purl {work['purl']}"]
        faults += [] if work["name"] and work["version"] else [f"version of {work['name']}"]
        faults += [f"licence of {work['name']}" for told in work["licenses"] if not _is_licence(told)]
    for file in files:
        (digest,) = file["hashes"]
        if digest["alg"] != "SHA-256" or not re.fullmatch("[0-9a-f]{64}", digest["content"]):
            faults.append(f"hash of {file['name']}")
    known = {work["bom-ref"] for work in works}
    told = {entry["ref"] for entry in bill["dependencies"]}
    faults += [] if told == known else ["dependencies do not tell of each work"]
    asked = {name for entry in bill["dependencies"] for name in entry["dependsOn"]}
    return faults + sorted(asked - known)


def _is_licence(told: dict[str, Any]) -> bool:
    if "expression" in told:
        terms = {term.strip() for term in told["expression"].split(" AND ")}
        return bool(terms) and terms <= third_party.ACCEPTED
    return bool(told["license"].get("id") or told["license"].get("name"))
