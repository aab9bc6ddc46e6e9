"""The structures and functions of the C files, as ctypes knows them; shapes and meanings stand there."""

import ctypes
import dataclasses
import os
from collections.abc import Callable
from ctypes import POINTER, c_float, c_int, c_int32, c_uint, c_uint64, c_void_p
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from llmstudio.engine.native.build import Unusable

BLOCK, SIDE, WIDE = 32, 4, 64  # as in matrix.h
KINDS = {"sixteen": 16, "eight": 8, "four": 4}
ACTIVATIONS = {"gelu": 0, "relu2": 1, "swiglu": 2}


class MatrixShape(ctypes.Structure):
    """`struct matrix`."""

    _fields_ = (
        ("levels", c_void_p),
        ("scales", c_void_p),
        ("bias", c_void_p),
        ("outputs", c_uint64),
        ("inputs", c_uint64),
        ("kind", c_uint64),
        ("group", c_uint64),
        ("unit", c_float),
    )


class Team(ctypes.Structure):
    """`struct team`."""

    _fields_ = (("parallel", c_void_p), ("barrier", c_void_p), ("number", c_void_p), ("size", c_void_p))


class NormShape(ctypes.Structure):
    """`struct norm`."""

    _fields_ = (("weight", c_void_p), ("bias", c_void_p), ("eps", c_float), ("centred", c_int32))


class LayerShape(ctypes.Structure):
    """`struct layer`."""

    _fields_ = (
        ("before", NormShape),
        ("within", NormShape),
        *((name, POINTER(MatrixShape)) for name in ("qkv", "out", "up", "gate", "down")),
        ("gains", c_void_p),
        ("keep", c_float),
        ("recall", c_float),
    )


class ModelShape(ctypes.Structure):
    """`struct model`."""

    _fields_ = (
        ("layers", POINTER(LayerShape)),
        ("after", NormShape),
        *((name, c_uint64) for name in ("count", "width", "heads", "groups", "head", "inner")),
        ("eps", c_float),
        *((name, c_int32) for name in ("normed", "mixed", "activation")),
    )


class Texts(ctypes.Structure):
    """`struct texts`."""

    _fields_ = (
        *((name, c_void_p) for name in ("x", "scratch", "rows", "places", "cos", "sin", "room")),
        *((name, c_uint64) for name in ("count", "longest", "layer", "values", "row", "group", "halved")),
    )


STRUCTURES = {"matrix": MatrixShape, "team": Team, "norm": NormShape, "layer": LayerShape, "model": ModelShape} | {
    "texts": Texts
}
NUMBER = c_uint64
FUNCTIONS: dict[str, tuple[Any, str]] = {
    "matrix_multiply": (None, "pppnnpt"),
    "matrix_restore": (None, "ppipt"),
    "matrix_look_up": (NUMBER, "pppn"),
    "matrix_takes_halves": (c_int, ""),
    "step_scratch": (NUMBER, "pnnt"),
    "step_run": (None, "pppt"),
    "logits_best": (c_float, "pnnpp"),
    "activation_forward": (None, "npppnnpt"),
    "activation_backward": (None, "npppppnnpt"),
    "norm_forward": (None, "pppppnnfnnpt"),
    "norm_backward": (None, "pppppppnnnnpt"),
    "entropy_slope": (None, "ppppnnnpt"),
}
"""What each function gives, and what it takes: pointers, numbers, threads, an int or a float."""

LETTERS = {"p": c_void_p, "n": c_uint64, "t": c_uint, "i": c_int, "f": c_float}

OF_THREADS = {
    "parallel": "GOMP_parallel",
    "barrier": "GOMP_barrier",
    "number": "omp_get_thread_num",
    "size": "omp_get_num_threads",
}
"""The functions of a team, by the names they have in the OpenMP library."""


@dataclass(frozen=True)
class Library:
    """The functions of the compiled files, and those of torch's threads."""

    multiply: Callable[..., None]
    restore: Callable[..., None]
    look_up: Callable[..., int]
    takes_halves: Callable[[], int]
    scratch: Callable[..., int]
    run: Callable[..., None]
    best: Callable[..., float]
    activation_forward: Callable[..., None]
    activation_backward: Callable[..., None]
    norm_forward: Callable[..., None]
    norm_backward: Callable[..., None]
    entropy_slope: Callable[..., None]
    team: Team

    @property
    def threads(self) -> int:
        """The address of the team, as the functions take it."""
        return ctypes.addressof(self.team)


def bound(path: Path) -> Library:
    """The library at `path`, with nothing checked but that the names are there. Unusable where they are not."""
    loaded = ctypes.CDLL(str(path))
    try:
        found = [getattr(loaded, name) for name in FUNCTIONS]
    except AttributeError:
        raise Unusable(f"{path} is not what it should be.") from None
    for function, (gives, takes) in zip(found, FUNCTIONS.values(), strict=True):
        function.restype, function.argtypes = gives, [LETTERS[letter] for letter in takes]
    fields = [field.name for field in dataclasses.fields(Library)][:-1]
    named: dict[str, Any] = dict(zip(fields, found, strict=True))
    return Library(**named, team=team())


def team() -> Team:
    """The functions of the very OpenMP library that torch is linked with, so that there is one pool of threads."""
    where = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    try:
        linked = ctypes.CDLL(str(where), mode=os.RTLD_NOLOAD | os.RTLD_LAZY)
        functions = {field: getattr(linked, name) for field, name in OF_THREADS.items()}
    except (OSError, AttributeError):
        raise Unusable("The threads of torch could not be reached.") from None
    return Team(**{field: ctypes.cast(function, c_void_p).value for field, function in functions.items()})
