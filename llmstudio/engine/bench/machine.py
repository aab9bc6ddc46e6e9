"""What machine a figure was measured on: without it no figure means anything."""

import contextlib
import platform
from pathlib import Path
from typing import Any

import psutil
import torch

from llmstudio.engine import device
from llmstudio.engine.device import Place


def facts(place: Place) -> dict[str, Any]:
    """Name of the processor or card, cores, instruction sets, memory, threads, and the versions that compute."""
    memory = int(psutil.virtual_memory().total)  # type: ignore[no-untyped-call]
    return {
        "name": f"{processor()}, {device.cores()} cores" if place.device == "cpu" else device.name(place.device),
        "processor": processor(),
        "cores": device.cores(),
        "instructions": instructions(),
        "memory_bytes": memory,
        "device": place.device,
        "threads": place.threads,
        "system": f"{platform.system()} {platform.release()}",
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def processor() -> str:
    """What the processor calls itself."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def instructions() -> str:
    """The vector instructions torch uses here, and those for bf16 where the processor has them."""
    found = [torch.backends.cpu.get_cpu_capability()]
    for name, word in (("_is_avx512_bf16_supported", "AVX512-BF16"), ("_is_amx_tile_supported", "AMX")):
        with contextlib.suppress(AttributeError, RuntimeError):
            if getattr(torch.cpu, name)():
                found.append(word)
    return ", ".join(found)


def shortcomings(place: Place) -> list[str]:
    """What makes figures of this machine small, in sentences for a person; empty on an ordinary one."""
    found = []
    plain = torch.backends.cpu.get_cpu_capability() in ("DEFAULT", "NO AVX")
    if place.device == "cpu" and plain and platform.machine().lower() in ("x86_64", "amd64"):
        found.append("This processor has no AVX2: products run without vector instructions, and bf16 is emulated.")
    if place.device == "cpu" and place.threads == 1:
        found.append("One core computes: figures under load include the load itself.")
    return found


def free_bytes() -> int:
    """Memory that can be taken now without pushing anything else out."""
    return int(psutil.virtual_memory().available)  # type: ignore[no-untyped-call]
