"""What the Settings tab knows: the sections, what a search leaves of them, the machine's figures, versions.

Plain values and functions without widgets.
"""

import os
import platform
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from llmstudio import __version__
from llmstudio.base import paths, units
from llmstudio.base.errors import UserError
from llmstudio.store import machine

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("appearance", "Appearance", "theme light dark font zoom size reduced motion animation"),
    (
        "machine",
        "This machine",
        "device processor graphics card precision bf16 memory speed test probe threads benchmark sleep awake power",
    ),
    ("folders", "Folders", "workspace folder disk free space settings log trash"),
    ("network", "Network and privacy", "offline online internet hub address download telemetry privacy"),
    ("notices", "Notices", "notification sound bell job end long system tell"),
    ("keys", "Keys", "token hugging face hub account password keyring"),
    ("about", "About", "version licence license libraries qt torch python"),
)
# What can be found by name in the command palette, by section.
ROWS: dict[str, tuple[str, ...]] = {
    "appearance": ("Theme", "Font", "Zoom", "Reduced motion"),
    "machine": ("Test again", "Benchmarks"),
    "folders": ("Open another workspace", "Trash"),
    "network": ("Stay offline", "Hub"),
    "notices": ("Tell the system", "Sound"),
}
LICENCES = "licences"  # a folder of the packaged application
LIBRARIES = (
    ("torch", "PyTorch", "BSD-3-Clause"),
    ("PySide6-Essentials", "Qt for Python", "LGPL-3.0"),
    ("pyqtgraph", "PyQtGraph", "MIT"),
    ("numpy", "NumPy", "BSD-3-Clause"),
    ("tokenizers", "Tokenizers", "Apache-2.0"),
    ("tiktoken", "tiktoken", "MIT"),
    ("duckdb", "DuckDB", "MIT"),
    ("pydantic", "Pydantic", "MIT"),
    ("safetensors", "safetensors", "Apache-2.0"),
    ("ftfy", "ftfy", "Apache-2.0"),
    ("charset-normalizer", "charset-normalizer", "MIT"),
    ("zstandard", "zstandard", "BSD-3-Clause"),
    ("selectolax", "selectolax", "MIT"),
    ("defusedxml", "defusedxml", "PSF-2.0"),
    ("psutil", "psutil", "BSD-3-Clause"),
    ("nvidia-ml-py", "nvidia-ml-py", "BSD"),
    ("click", "Click", "BSD-3-Clause"),
    ("rich", "Rich", "MIT"),
    ("platformdirs", "platformdirs", "MIT"),
    ("gguf", "gguf", "MIT"),
    ("huggingface-hub", "Hugging Face Hub", "Apache-2.0"),
    ("keyring", "keyring", "MIT"),
    ("jinja2", "Jinja", "BSD-3-Clause"),
    ("wakepy", "wakepy", "MIT"),
)


@dataclass(frozen=True)
class Fact:
    """One row that only tells: label, value, and a muted note."""

    label: str
    value: str
    note: str = ""


def matching(query: str) -> list[str]:
    """The sections that have these words; all of them for no words."""
    words = query.casefold().split()
    return [key for key, title, more in SECTIONS if all(word in f"{title} {more}".casefold() for word in words)]


def machine_facts(probe: dict[str, Any] | None) -> list[Fact]:
    """What is known of this machine, measured or looked up."""
    facts = probe or {}
    memory: Any = psutil.virtual_memory()  # type: ignore[no-untyped-call]
    rows = [
        Fact("Processor", units.plural(os.cpu_count() or 1, "core"), platform.processor() or platform.machine()),
        Fact("Memory", units.size(memory.total), f"{units.size(memory.available)} free now"),
        Fact("Device", _device(facts), "Where models train and write"),
        Fact("Precision", str(facts.get("precision") or "Not tested yet"), _gain(facts)),
    ]
    if facts.get("flops"):
        speed = f"{float(facts['flops']) / 1e9:,.0f} billion a second"
        rows.append(Fact("Training speed", speed, "Operations on a typical small model"))
    if facts.get("threads"):
        rows.append(Fact("Threads", f"{int(facts['threads']):,}", "Processor cores that compute"))
    return rows


def known() -> dict[str, Any] | None:
    """What the last test measured; None if there was none."""
    return machine.load()


def tested(facts: dict[str, Any] | None) -> str:
    """What to say beside the button."""
    return "The last test chose these" if facts else "Not tested yet; it takes about ten seconds"


def _device(facts: dict[str, Any]) -> str:
    device = str(facts.get("device") or "cpu")
    return str(facts.get("device_name") or {"cpu": "CPU", "cuda": "Graphics card", "mps": "Apple GPU"}.get(device))


def _gain(facts: dict[str, Any]) -> str:
    gain = facts.get("bf16_gain")
    if not isinstance(gain, int | float):
        return "A short test chooses the fastest"
    return f"bf16 runs at {gain:.1f} times the speed of fp32"


def folder_facts(root: Path, settings: Path, log: Path) -> list[tuple[Fact, Path]]:
    """Where things are kept, and the folder that a button opens."""
    free = shutil.disk_usage(root).free
    found = [
        (Fact("Workspace", str(root), f"{units.size(free)} free on this disk"), root),
        (Fact("Settings", str(settings), "Kept for this person, not in the workspace"), settings.parent),
        (Fact("Log", str(log), "What went wrong, in technical words"), log.parent if log.suffix else log),
    ]
    try:  # the packaged application carries the libraries, and so their licences
        notices = paths.resource(LICENCES)
    except UserError:
        return found
    return [*found, (Fact("Licences", str(notices), "Whose works are inside, Qt among them (LGPL-3.0)"), notices)]


def about_facts() -> list[Fact]:
    """The application and Python."""
    system = f"{platform.system()} {platform.release()}"
    return [
        Fact("LLM Studio", __version__, "MIT licence"),
        Fact("Python", platform.python_version(), "PSF-2.0"),
        Fact("System", system, platform.machine()),
    ]


def library_facts() -> list[Fact]:
    """The libraries this stands on, with the versions installed."""
    found = []
    for package, title, licence in LIBRARIES:
        try:
            found.append(Fact(title, metadata.version(package), licence))
        except metadata.PackageNotFoundError:
            continue
    return found


def as_text(facts: list[Fact]) -> str:
    """Rows to copy into a message."""
    return "\n".join(f"{fact.label}: {fact.value}" + (f" ({fact.note})" if fact.note else "") for fact in facts)
