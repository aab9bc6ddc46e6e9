"""Fixtures every test may use: real inputs beside the checkout, and an offscreen platform."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no fault of what is tested: only results count.
settings.register_profile("studio", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("studio")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as in __main__: several suites share the cores

if os.environ.get("LLMSTUDIO_WITHOUT_QT"):
    # The proof that everything but the window works where Qt is not installed.
    sys.modules["PySide6"] = sys.modules["pyqtgraph"] = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
SMOLLM2 = ROOT / ".cache" / "weights" / "SmolLM2-135M-Instruct.Q4_1.gguf"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tier", choices=["ci", "slow"], default="ci", help="slow: what CI has no time for")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = config.getoption("--tier") == "slow"
    keep = [item for item in items if ("slow" in item.keywords) == slow]
    dropped = [item for item in items if ("slow" in item.keywords) != slow]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = keep


@pytest.fixture
def shared_file() -> Callable[[str], Path]:
    """`shared_file("data/tinyshakespeare.txt")` is a real input; skips where it is absent, fails in CI."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            if os.environ.get("CI") == "true":
                pytest.fail(f"shared/{name} is missing in CI")
            pytest.skip(f"shared/{name} is not on this machine")
        return path

    return find


@pytest.fixture
def smollm2() -> Path:
    """SmolLM2-135M-Instruct as a Q4_1 GGUF file, which the test set-up downloads; skips where absent, fails in CI."""
    if not SMOLLM2.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail("SmolLM2-135M is missing in CI: the test set-up could not download it")
        pytest.skip("SmolLM2-135M is not there: run packaging/launch.py --test once")
    return SMOLLM2
