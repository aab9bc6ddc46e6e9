"""The library is checked before it is trusted, on whatever processor it was compiled for."""

import ctypes
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmstudio.engine.native import build
from llmstudio.engine.native import library as finding
from llmstudio.engine.native.bindings import Library
from tests.engine.native import steps
from tests.engine.native.machine import COMPILER, compiles
from tests.engine.native.steps import KINDS


@compiles
@pytest.mark.parametrize("flags", [(), build.AVX2, build.AVX512], ids=["none", "avx2", "avx512"])
def test_older_processors_compute_the_same(
    flags: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if flags == build.AVX512 and not build.variant().startswith("avx512"):
        pytest.skip("this processor is older")
    monkeypatch.setitem(build.VARIANTS, "other", flags)
    build.compile_to(tmp_path / "other.so", Path(str(COMPILER)), "other")
    other = finding.opened(tmp_path / "other.so")
    assert finding.computes(other)
    for seed, (preset, changes) in enumerate(KINDS):
        assert steps.apart_from_torch(other, preset, changes, seed) < 1e-5


def test_a_library_that_computes_amiss_is_seen(library: Library) -> None:
    def spoilt(name: str, out: int) -> Library:
        whole = getattr(library, name)

        def half(*given: Any) -> Any:
            answer = whole(*given)
            ctypes.memset(given[out], 0, 64)
            return answer

        return replace(library, **{name: half})

    assert finding.computes(library)
    for name, out in (("multiply", 2), ("restore", 1), ("look_up", 2)):
        assert not finding.computes(spoilt(name, out)), name
