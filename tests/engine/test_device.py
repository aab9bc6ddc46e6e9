"""Choosing where and how to compute."""

import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from llmstudio.base.errors import UserError
from llmstudio.engine import device
from llmstudio.engine.device import Place


def test_a_cpu_is_always_there() -> None:
    place = device.choose("cpu", "auto", 1)
    assert place == Place("cpu", "fp32", 1)
    assert device.choose("auto").device == device.available()[0]


def test_there_are_never_more_threads_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device.os, "cpu_count", lambda: 4)
    assert device.choose("cpu", "fp32", 500).threads == 4
    assert device.choose("cpu", "fp32", 3).threads == 3


def test_a_missing_device_is_told_with_those_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "available", lambda: ("cpu",))
    with pytest.raises(UserError) as caught:
        device.choose("cuda")
    assert caught.value.candidates == ("cpu",)
    assert caught.value.field == "device"


def test_autocast_computes_in_the_precision() -> None:
    left = torch.ones(4, 4)
    with Place("cpu", "bf16", 1).autocast():
        assert (left @ left).dtype == torch.bfloat16
    with Place("cpu", "fp32", 1).autocast():
        assert (left @ left).dtype == torch.float32


@pytest.mark.parametrize(("gain", "chosen"), [(3.0, "bf16"), (1.0, "fp32"), (0.3, "fp32")])
def test_bf16_is_chosen_where_it_is_clearly_faster(monkeypatch: pytest.MonkeyPatch, gain: float, chosen: str) -> None:
    times = {"fp32": 1.0, "bf16": 1.0 / gain}
    monkeypatch.setattr(device, "best_time", lambda step, place, budget: times[place.precision])
    precision, found = device.faster_precision(lambda: None, Place("cpu", "fp32", 1))
    assert (precision, round(found, 6)) == (chosen, gain)


def test_timing_calls_the_step_and_leaves_out_the_first() -> None:
    calls: list[int] = []
    seconds = device.best_time(lambda: calls.append(1), Place("cpu", "fp32", 1), budget=0.05)
    assert len(calls) >= 2
    assert 0 <= seconds < 0.05


def test_memory_and_rates_are_numbers() -> None:
    place = Place("cpu", "fp32", 1)
    assert device.memory_bytes("cpu") > device.memory_used("cpu") > 1_000_000
    assert device.matrix_rate(place, size=64, budget=0.01) > 0
    assert device.cores() >= 1
    assert device.name("cpu") == "CPU"


def test_memory_is_given_back_where_that_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    library = SimpleNamespace(malloc_trim=asked.append)
    monkeypatch.setattr("ctypes.CDLL", lambda name: library)
    device.give_back("cpu")
    device.give_back("cuda")
    assert asked == [0]
    monkeypatch.setattr("ctypes.CDLL", lambda name: SimpleNamespace())  # another C library
    device.give_back("cpu")


def test_memory_stays_with_a_process_that_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    library = SimpleNamespace(mallopt=lambda *what: asked.append(what))
    monkeypatch.setattr("ctypes.CDLL", lambda name: library)
    Place("cpu", "fp32", torch.get_num_threads()).settle()
    assert asked == [(-3, 2**31 - 1), (-1, 2**31 - 1)]
    monkeypatch.setattr("ctypes.CDLL", lambda name: SimpleNamespace())  # another C library
    device.hold_memory()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has the word")
def test_large_tensors_take_the_pages_of_those_before() -> None:
    made = """
import resource, torch
from llmstudio.engine import device
device.hold_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
torch.ones(1 << 25)
before = faults()
for turn in range(1, 6):
    torch.ones((1 << 25) - 1024 * turn)  # glibc before 2.38 finds no room for an aligned block of quite the same size
print(faults() - before)
"""
    done = subprocess.run([sys.executable, "-c", made], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 5 * (1 << 27) / 4096 / 10  # of the pages that would be cleared anew


def test_a_device_that_does_not_answer_after_sleep_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    device.check_awake("cpu")

    def gone(*_shape: int, device: str) -> None:
        raise RuntimeError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(device.torch, "ones", gone)
    with pytest.raises(device.CardLost, match="launch failure"):
        device.check_awake("cuda")
