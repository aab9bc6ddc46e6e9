"""The application's own product with 8-bit weights: a small C file, compiled once for this machine and kept.

Torch's kernel for 8 bits knows one scale a row, which costs a small model nearly a hundredth of its perplexity, and
reads memory at two thirds of its speed. Ours has a scale for every 32 inputs. It runs on the threads of torch itself:
the parallel region is called through the OpenMP library that torch is linked with, so that there is one pool.

Where nothing can be compiled (no compiler, another system, a packaged app without its library) `library` is None and
`reason` says why. The packaged app never compiles: `python -m llmstudio.engine.native FOLDER` fills a folder for it.
"""

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from llmstudio.base import files, paths
from llmstudio.base.errors import UserError

SOURCE = "native/eight.c"
FOLDER = "native"  # of compiled libraries, in the cache and among the resources
FLAGS = ("-std=gnu11", "-O3", "-fPIC", "-shared", "-ffp-contract=fast", "-w")
VARIANTS = {
    "avx512": ("-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx2", "-mfma"),
    "avx2": ("-mavx2", "-mfma"),
}
"""Flags of the processors it is compiled for, by the word that torch has for them in small letters."""
COMPILERS = ("cc", "gcc", "clang")
SECONDS = 60.0  # a compiler may take
DIGEST = 32  # bytes behind a library: the SHA-256 of what stands before

GROUP, SIDE = 32, 4  # as in the C file
SMALL = 1 << 16  # products from which threads are worth waking
EXACT = 1e-5  # the largest error of the product that is checked, beside its largest number


class Unusable(Exception):
    """Why there is no library; the words are for people."""


class Shape(ctypes.Structure):
    """`struct matrix` of the C file."""

    _fields_ = (
        ("levels", ctypes.c_void_p),
        ("scales", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
        ("outputs", ctypes.c_uint64),
        ("inputs", ctypes.c_uint64),
        ("unit", ctypes.c_float),
    )


@dataclass(frozen=True)
class Library:
    """The functions of the compiled file, and the address of the parallel region of torch's threads."""

    multiply: Callable[..., None]
    restore: Callable[..., None]
    look_up: Callable[..., int]
    region: int


class Matrix:
    """A frozen matrix (O, I) of 8-bit levels with a scale for each `GROUP` inputs, as the library reads it."""

    def __init__(self, library: Library, levels: Tensor, scales: Tensor, power: int, bias: Tensor | None) -> None:
        """Levels (O, I) and halves (O, I / GROUP) that stand for scales times 2^power: see `quantize.int8_groups`."""
        self._library, (self.outputs, self.inputs) = library, levels.shape
        self._levels, self._scales = _side_by_side(levels, GROUP), _side_by_side(scales, 1)
        self._bias = None if bias is None else bias.float().contiguous()
        self._shape = Shape(
            self._levels.data_ptr(),
            self._scales.data_ptr(),
            None if self._bias is None else self._bias.data_ptr(),
            self.outputs,
            self.inputs,
            2.0 ** (112 + power),
        )
        self._address = ctypes.addressof(self._shape)
        self.bytes = levels.nbytes + scales.nbytes

    def product(self, rows: Tensor) -> Tensor:
        """Rows (N, I) times the matrix, plus the biases (N, O), in fp32."""
        rows = rows.contiguous()
        assert rows.dtype == torch.float32, "a pointer tells no type"
        assert rows.size(1) == self.inputs, "nor a size"
        count = len(rows)
        out = torch.empty(count, self.outputs)
        threads = torch.get_num_threads() if count * self.outputs * self.inputs >= SMALL else 1
        library = self._library
        library.multiply(self._address, rows.data_ptr(), out.data_ptr(), count, library.region, threads)
        return out

    def restored(self, dtype: torch.dtype) -> Tensor:
        """The weights (O, I) without biases, in fp32 or rounded to bf16."""
        assert dtype in (torch.float32, torch.bfloat16), "the library knows no other"
        out = torch.empty(self.outputs, self.inputs, dtype=dtype)
        halved, library = int(dtype == torch.bfloat16), self._library
        library.restore(self._address, out.data_ptr(), halved, library.region, torch.get_num_threads())
        return out

    def look_up(self, ids: Tensor) -> Tensor:
        """The weights (..., I) of the outputs named by ids (...), in fp32. IndexError for ids that are none."""
        ids, out = ids.long().contiguous(), torch.empty(*ids.shape, self.inputs)
        if self._library.look_up(self._address, ids.data_ptr(), out.data_ptr(), ids.numel()) != ids.numel():
            raise IndexError("there is no such output")
        return out


def _side_by_side(values: Tensor, group: int) -> Tensor:
    """(O, G x group) as (O / SIDE, G, SIDE, group): outputs that are computed together lie together."""
    missing = -values.size(0) % SIDE
    filled = torch.cat((values, values.new_zeros(missing, values.size(1)))) if missing else values
    return filled.view(-1, SIDE, values.size(1) // group, group).transpose(1, 2).contiguous()


# -- the library of this machine


def library() -> Library | None:
    """The library, compiled if it has to be, or None; once found or not, it stays so while the process lives."""
    return _found()[0]


def reason() -> str:
    """Why there is no library, as a sentence; "" where there is one."""
    return _found()[1]


@functools.cache
def _found() -> tuple[Library | None, str]:
    try:
        name = variant()
        return opened(_packaged(name) if getattr(sys, "frozen", False) else _kept(name)), ""
    except Unusable as error:
        return None, str(error)
    except (UserError, OSError) as error:
        return None, f"The product for 8 bits could not be compiled: {_line(str(error))}"


def variant() -> str:
    """Which of `VARIANTS` this processor runs; it follows from the machine alone. Unusable for other machines."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise Unusable("The product for 8 bits is made for 64-bit PCs with Linux.")
    name = torch.backends.cpu.get_cpu_capability().lower()
    if name not in VARIANTS:
        raise Unusable("This processor has no instructions for the product for 8 bits.")
    return name


def _packaged(name: str) -> Path:
    try:
        path = paths.resource(f"{FOLDER}/{name}.so")
    except UserError:
        raise Unusable("This packaged app was made without the product for 8 bits.") from None
    if not private(path) or not _whole(path):
        raise Unusable(f"{path} is damaged, or others could have changed it.")
    return path


def _kept(name: str) -> Path:
    """The path of the library in the cache, after it has been compiled if it was not there, torn or altered."""
    compiler = _compiler()
    folder = paths.user_cache() / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not private(folder):
        raise Unusable(f"Others can write in {folder}: nothing is loaded from there.")
    path = folder / f"eight-{name}-{_key(compiler, name)}.so"
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
    words = [paths.resource(SOURCE).read_text("utf-8"), *FLAGS, *VARIANTS[name], str(compiler)]
    words += [str(here.st_size), str(here.st_mtime_ns)]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


def compile_to(path: Path, compiler: Path, name: str) -> None:
    """Compile a variant and put it at `path` with its digest behind it, whole or not at all.

    Unusable if the compiler fails, OSError if it cannot be run, UserError if nothing can be written.
    """
    with files.disk_faults(path.parent), tempfile.TemporaryDirectory(dir=path.parent, prefix=".compiling-") as folder:
        made = Path(folder) / "made.so"
        command = [str(compiler), *FLAGS, *VARIANTS[name], "-o", str(made), str(paths.resource(SOURCE))]
        ran = _ran(command, folder)
        if ran.returncode or not made.is_file():
            raise Unusable(f"The C compiler failed: {_line(ran.stderr.decode(errors='replace'))}")
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


def opened(path: Path) -> Library:
    """The library at `path`, after a small product was checked. Unusable if it computes anything else."""
    loaded = ctypes.CDLL(str(path))
    pointer, number = ctypes.c_void_p, ctypes.c_uint64
    kinds: dict[str, list[Any]] = {
        "eight_multiply": [pointer, pointer, pointer, number, pointer, ctypes.c_uint],
        "eight_restore": [pointer, pointer, ctypes.c_int, pointer, ctypes.c_uint],
        "eight_look_up": [pointer, pointer, pointer, number],
    }
    try:
        multiply, restore, look_up = (getattr(loaded, name) for name in kinds)
    except AttributeError:
        raise Unusable(f"{path} is not what it should be.") from None
    for function, each in zip((multiply, restore, look_up), kinds.values(), strict=True):
        function.argtypes, function.restype = each, None
    look_up.restype = number
    found = Library(multiply, restore, look_up, _region())
    if not computes(found):
        raise Unusable("The product for 8 bits computes something else on this machine.")
    return found


def _region() -> int:
    """The address of the parallel region in the very OpenMP library that torch is linked with."""
    where = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    try:
        function = ctypes.CDLL(str(where), mode=os.RTLD_NOLOAD | os.RTLD_LAZY).GOMP_parallel
    except (OSError, AttributeError):
        raise Unusable("The threads of torch could not be reached.") from None
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


def computes(library: Library) -> bool:
    """Whether products, weights and single rows of a small matrix are right, for several numbers of rows."""
    outputs, inputs = 70, 35 * GROUP
    levels = ((torch.arange(outputs * inputs) * 37) % 255 - 127).to(torch.int8).view(outputs, inputs)
    scales = (torch.arange(outputs * inputs // GROUP) % 61 + 1).half().view(outputs, -1) / 64
    weight = (levels.view(outputs, -1, GROUP).double() * scales[..., None].double() / 8).view(outputs, inputs)
    bias, rows = torch.arange(outputs) / 7, (torch.arange(9 * inputs) * 0.7).cos().view(9, inputs)
    matrix = Matrix(library, levels, scales, -3, bias)
    wanted = rows.double() @ weight.T + bias.double()
    products = [matrix.product(rows[:count]) for count in range(1, 10)]
    right = all(
        float((found - wanted[: len(found)]).abs().max()) < EXACT * float(wanted.abs().max()) for found in products
    )
    restored = torch.equal(matrix.restored(torch.float32), weight.float())
    halved = torch.equal(matrix.restored(torch.bfloat16), weight.float().bfloat16())
    ids = torch.tensor([outputs - 1, 0, 3])
    return right and restored and halved and torch.equal(matrix.look_up(ids), weight[ids].float())


def _line(words: str) -> str:
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
