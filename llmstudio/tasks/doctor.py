"""The job behind `llmstudio doctor`: devices, precision, threads and versions, looked at and measured now."""

import platform
from importlib import metadata

import torch

from llmstudio import __version__
from llmstudio.engine import device
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job

PARTS = (
    "torch",
    "numpy",
    "PySide6-Essentials",
    "pyqtgraph",
    "tokenizers",
    "tiktoken",
    "duckdb",
    "safetensors",
    "pydantic",
)
SIZE = 768  # of the square matrices whose product tells the precisions apart
SECONDS = 1.0


def run(_job: Job, context: Context) -> None:
    """Look, measure for about a second, and report."""
    context.stage("Looking at this machine")
    place = device.choose()
    place.settle()
    precision, gain = place.precision, 1.0
    if place.device != "cuda":
        precision, gain = _measured(place)
    context.result(
        devices=list(device.available()),
        device=place.device,
        device_name=device.name(place.device),
        precision=precision,
        bf16_gain=round(gain, 2),
        threads=place.threads,
        memory_bytes=device.memory_bytes(place.device),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        versions={"llmstudio": __version__, "python": platform.python_version(), **_versions()},
    )


def _measured(place: device.Place) -> tuple[str, float]:
    left, right = (torch.randn(SIZE, SIZE, device=place.device) for _ in range(2))
    return device.faster_precision(lambda: left @ right, place, SECONDS)


def _versions() -> dict[str, str]:
    found = {}
    for name in PARTS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # the window's parts may be left out on a server
            found[name] = "not installed"
    return found
