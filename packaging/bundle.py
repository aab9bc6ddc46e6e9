"""What belongs in the packaged application: modules named by dotted strings, and resource files."""

import pkgutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "packaging"))

import third_party  # noqa: E402 - its folder must be known first

# Left out of the analysis-only check: large, and not what it looks for.
HEAVY = ["torch", "torchgen", "transformers", "sympy", "networkx", "matplotlib", "scipy", "pandas", "tkinter"]
# Modules that libraries import by name only: encodings, the keyrings of each system, what the hub's library hands out.
LAZY = [
    "tiktoken_ext",
    "tiktoken_ext.openai_public",
    *(f"keyring.backends.{name}" for name in ("Windows", "macOS", "SecretService", "libsecret", "kwallet", "chainer")),
    "keyring.backends.fail",
    "huggingface_hub.file_download",
    "huggingface_hub.hf_api",
]


def named_modules() -> list[str]:
    """Modules that only a dotted string names: tasks, their options, and tabs."""
    from llmstudio.gui.tabs import registry as tabs
    from llmstudio.jobs import registry as jobs

    names = {dotted.partition(":")[0] for kind in jobs.KINDS.values() for dotted in (kind.task, kind.config)}
    names |= {page.partition(":")[0] for page in (tabs.WELCOME, *(tab.page for tab in tabs.TABS))}
    return sorted(names)


def hidden_imports() -> list[str]:
    """What PyInstaller cannot see by itself: every module below tasks, tabs and tokenizers."""
    found: list[str] = []
    for package in (
        "llmstudio.tasks",
        "llmstudio.gui.tabs",
        "llmstudio.data",
        "llmstudio.cli",
        "llmstudio.config",
        "llmstudio.server",
    ):
        folder = ROOT / package.replace(".", "/")
        walk = pkgutil.walk_packages([str(folder)], prefix=f"{package}.", onerror=lambda _: None)
        found += [module.name for module in walk]
    return [*found, *named_modules(), *LAZY]


def resources() -> list[tuple[str, str]]:
    """(source, target folder) of every bundled resource file."""
    base = ROOT / "resources"
    files = [path for path in base.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [(str(path), str(Path("resources") / path.relative_to(base).parent)) for path in files]


def metadata() -> list[tuple[str, str]]:
    """(source, target) of what is known about each library: versions are shown, and some look for their parts there."""
    from PyInstaller.utils.hooks import copy_metadata

    return [entry for name in third_party.distributions() for entry in copy_metadata(name)]


def version() -> str:
    """The version of the application."""
    from llmstudio import __version__

    return __version__
