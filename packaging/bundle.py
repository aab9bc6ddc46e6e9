"""What belongs in the packaged application: modules named by dotted strings, and resource files."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "packaging"))

import third_party  # noqa: E402 - its folder must be known first

# Left out of the analysis-only check: large, and not what it looks for.
HEAVY = ["torch", "torchgen", "transformers", "sympy", "networkx", "matplotlib", "scipy", "pandas", "tkinter"]
# Modules that libraries import by a name they keep in a string: encodings, the parts of the server, the hub's library,
# the parts of Qt that the plots ask for, what keeps keys and holds sleep off on each system.
LAZY = [
    "tiktoken_ext",
    "tiktoken_ext.openai_public",
    "uvicorn.lifespan.off",
    "uvicorn.loops.asyncio",
    "uvicorn.protocols.http.h11_impl",
    "anyio._backends._asyncio",
    "wakepy.methods",
    "PySide6.QtOpenGL",
    "PySide6.QtOpenGLWidgets",
    *(f"keyring.backends.{name}" for name in ("Windows", "macOS", "SecretService", "libsecret", "kwallet", "chainer")),
    "keyring.backends.fail",
    "huggingface_hub.file_download",
    "huggingface_hub.hf_api",
]
# What asks the desktop for keys and for wakefulness, over D-Bus; installed on Linux alone.
LAZY_ON_LINUX = ["wakepy.dbus_adapters.jeepney", "jeepney.io.blocking", "secretstorage"]
# Loaded by a name, and yet not wanted inside: what only this machine may have, and what no packaged program can use.
# Our module -> the name in its call.
NOT_CARRIED = {
    "llmstudio.engine.compiling": {"triton"},
    "llmstudio.engine.bench.peer_nanogpt": {"model"},
    "llmstudio.engine.bench.peer_transformers": {"transformers"},
    "llmstudio.engine.bench.peer_llamacpp": {"llama_cpp"},
}


def named_modules() -> list[str]:
    """Modules that only a dotted string names: tasks, their options, and tabs."""
    from llmstudio.gui.tabs import registry as tabs
    from llmstudio.jobs import registry as jobs

    names = {dotted.partition(":")[0] for kind in jobs.KINDS.values() for dotted in (kind.task, kind.config)}
    names |= {page.partition(":")[0] for page in (tabs.WELCOME, *(tab.page for tab in tabs.TABS))}
    return sorted(names)


def own_modules() -> list[str]:
    """Every module of ours: some are named by a dotted string alone (tasks, tabs, commands of the terminal)."""
    found = []
    for path in sorted((ROOT / "llmstudio").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


def lazy_modules() -> list[str]:
    """Modules of others that only a string names, as far as this system has them."""
    return [*LAZY, *(LAZY_ON_LINUX if sys.platform == "linux" else [])]


def extension_name(path: str) -> str:
    """The dotted name of a compiled module, from its file inside the application: `PySide6/QtCore.abi3.so`."""
    inside = path.replace("\\", "/").removeprefix("lib-dynload/")
    folder, _, file = inside.rpartition("/")
    return f"{folder}/{file.partition('.')[0]}".strip("/").replace("/", ".")


def hidden_imports() -> list[str]:
    """What PyInstaller cannot see by itself; what it sees anyhow does no harm."""
    return [*own_modules(), *lazy_modules()]


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
