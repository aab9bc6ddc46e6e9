"""Compiles the C files for this machine, once, and keeps what came out where nobody else can change it.

The packaged app never compiles: `python -m llmstudio.engine.native.build FOLDER` fills a folder for it.
"""

import hashlib
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from llmstudio.base import files, paths
from llmstudio.base.errors import UserError

SOURCES = ("matrix.c", "step.c", "logits.c", "learning.c", "matrix.h", "activation.h", "norms.h", "vectors.h")
FOLDER = "native"  # of compiled libraries, in the cache and among the resources
FLAGS = ("-std=gnu11", "-O3", "-fPIC", "-shared", "-ffp-contract=fast", "-w")
AVX2 = ("-mavx2", "-mfma")
AVX512 = ("-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", *AVX2)
VARIANTS = {"avx512bf16": (*AVX512, "-mavx512bf16"), "avx512": AVX512, "avx2": AVX2}
"""Flags of the processors it is compiled for: by the word that torch has for them in small letters, or one of ours."""
COMPILERS = ("cc", "gcc", "clang")
SECONDS = 60.0  # a compiler may take
DIGEST = 32  # bytes behind a library: the SHA-256 of what stands before


class Unusable(Exception):
    """Why there is no library; the words are for people."""


def variant() -> str:
    """Which of `VARIANTS` this processor runs; it follows from the machine alone. Unusable for other machines."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise Unusable("The fast products are made for 64-bit PCs with Linux.")
    name = torch.backends.cpu.get_cpu_capability().lower()
    if name == "avx512" and torch.cpu._is_avx512_bf16_supported():
        return "avx512bf16"
    if name not in VARIANTS:
        raise Unusable("This processor has no instructions for the fast products.")
    return name


def packaged(name: str) -> Path:
    """The path of the library that this packaged app brought. Unusable if it brought none, or not a sound one."""
    try:
        path = paths.resource(f"{FOLDER}/{name}.so")
    except UserError:
        raise Unusable("This packaged app was made without the fast products.") from None
    if not private(path) or not _whole(path):
        raise Unusable(f"{path} is damaged, or others could have changed it.")
    return path


def kept(name: str) -> Path:
    """The path of the library in the cache, after it has been compiled if it was not there, torn or altered."""
    compiler = _compiler()
    folder = paths.user_cache() / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not private(folder):
        raise Unusable(f"Others can write in {folder}: nothing is loaded from there.")
    path = folder / f"{name}-{_key(compiler, name)}.so"
    if not (_whole(path) and private(path)):
        compile_to(path, compiler, name)
        path.chmod(0o600)
    return path


def _compiler() -> Path:
    named = os.environ.get("CC")
    found = next((path for name in ((named,) if named else COMPILERS) if (path := shutil.which(name))), None)
    if found is None:
        raise Unusable("No C compiler was found.")
    return Path(found).resolve()


def _key(compiler: Path, name: str) -> str:
    """What a library depends on, in 16 digits: the source, the flags, and which compiler this is."""
    here = compiler.stat()
    words = [*(path.read_text("utf-8") for path in sources()), *FLAGS, *VARIANTS[name], str(compiler)]
    words += [str(here.st_size), str(here.st_mtime_ns)]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


def sources() -> list[Path]:
    """The C files and their headers."""
    return [paths.resource(f"{FOLDER}/{name}") for name in SOURCES]


def compile_to(path: Path, compiler: Path, name: str) -> None:
    """Compile a variant and put it at `path` with its digest behind it, whole or not at all.

    Unusable if the compiler fails, OSError if it cannot be run, UserError if nothing can be written.
    """
    with files.disk_faults(path.parent), tempfile.TemporaryDirectory(dir=path.parent, prefix=".compiling-") as folder:
        made = Path(folder) / "made.so"
        compiled = [str(source) for source in sources() if source.suffix == ".c"]
        command = [str(compiler), *FLAGS, *VARIANTS[name], "-o", str(made), *compiled, "-lm"]
        ran = _ran(command, folder)
        if ran.returncode or not made.is_file():
            raise Unusable(f"The C compiler failed: {line(ran.stderr.decode(errors='replace'))}")
        content = made.read_bytes()
    files.write_bytes(path, content + hashlib.sha256(content).digest())


def _ran(command: list[str], folder: str) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, cwd=folder, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unusable("The C compiler took too long.") from None


def _whole(path: Path) -> bool:
    """Whether a library is there, with the digest that belongs to it: to load a torn one can end the process."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return len(content) > DIGEST and hashlib.sha256(content[:-DIGEST]).digest() == content[-DIGEST:]


def private(path: Path) -> bool:
    """Whether nobody but this user and the system's administrator can change a file, or what lies in a folder.

    Folders above count too, for they could be exchanged; there a common folder in which everybody may only remove what
    is theirs is no danger.
    """
    path = path.resolve()
    return _ours(path.stat(), shared=False) and all(_ours(above.stat(), shared=True) for above in path.parents)


def _ours(facts: os.stat_result, *, shared: bool) -> bool:
    if facts.st_uid not in (0, os.getuid()):
        return False
    if shared and facts.st_mode & stat.S_ISVTX:
        return True
    alone = facts.st_gid == os.getgid() == os.getuid()  # a group that has this user as its only member
    return not facts.st_mode & (stat.S_IWOTH if alone else stat.S_IWOTH | stat.S_IWGRP)


def line(words: str) -> str:
    """The first line of what a compiler or an error said."""
    return next((line.strip() for line in words.splitlines() if line.strip()), "it said nothing")[:200]


# -- for the packaged app


def fill(folder: Path) -> list[Path]:
    """Compile every variant into a folder, for an app that is packaged with it; the paths.

    Unusable if there is no compiler, if it fails, or if this system is not one the library is made for.
    """
    variant()
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"{name}.so" for name in VARIANTS]
    for path in made:
        compile_to(path, _compiler(), path.stem)
    return made


if __name__ == "__main__":
    print(*fill(Path(sys.argv[1])), sep="\n")
