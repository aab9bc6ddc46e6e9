"""Our own product with 8-bit weights: right in every shape, and whatever ails the compiler or its cache, no harm."""

import ctypes
import hashlib
import os
import platform
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from llmstudio.base import paths
from llmstudio.engine import native, quantize
from llmstudio.engine.native import Library, Matrix

FITTING = sys.platform == "linux" and platform.machine() == "x86_64"
COMPILER = next((found for name in native.COMPILERS if (found := shutil.which(name))), None)
compiles = pytest.mark.skipif(not (FITTING and COMPILER), reason="needs a 64-bit PC with Linux and a C compiler")
fits = pytest.mark.skipif(not FITTING, reason="needs a 64-bit PC with Linux")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A cache of its own, and nothing found before; the folder of the libraries."""
    monkeypatch.setattr(paths, "user_cache", lambda: tmp_path / "cache")
    monkeypatch.delenv("CC", raising=False)
    native._found.cache_clear()
    yield tmp_path / "cache" / native.FOLDER
    native._found.cache_clear()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every variant, as for a packaged app."""
    if not (FITTING and COMPILER):
        pytest.skip("needs a 64-bit PC with Linux and a C compiler")
    return {path.stem: path for path in native.fill(tmp_path_factory.mktemp("made") / "native")}


@pytest.fixture
def library(compiled: dict[str, Path]) -> Library:
    return native.opened(compiled[native.variant()])


def fake_compiler(folder: Path, script: str) -> str:
    path = folder / "fake-cc"
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o700)
    return str(path)


# -- what it computes


@pytest.mark.parametrize("outputs", [1, 3, 4, 101])
@pytest.mark.parametrize("inputs", [32, 96, 32 * 41])
@pytest.mark.parametrize("biased", [True, False])
def test_products_are_those_of_the_levels(library: Library, outputs: int, inputs: int, biased: bool) -> None:
    torch.manual_seed(outputs)
    levels, scales, power = quantize.int8_groups(torch.randn(outputs, inputs) * torch.rand(outputs, 1))
    bias = torch.randn(outputs) if biased else None
    matrix = Matrix(library, levels, scales, power, bias)
    weight = quantize.restored8_groups(levels, scales, power)
    rows = torch.randn(13, inputs)
    wanted = rows.double() @ weight.double().T + (0 if bias is None else bias.double())
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            for count in range(14):
                found = matrix.product(rows[:count])
                assert found.shape == (count, outputs)
                assert torch.allclose(found.double(), wanted[:count], atol=1e-5 * float(wanted.abs().max()), rtol=0)
                assert torch.equal(found, matrix.product(rows)[:count]), "a row depends on nothing beside it"
    finally:
        torch.set_num_threads(before)
    assert torch.equal(matrix.restored(torch.float32), weight)
    assert torch.equal(matrix.restored(torch.bfloat16), weight.bfloat16())
    assert matrix.bytes == outputs * inputs + 2 * outputs * inputs // 32


def test_threads_do_not_change_a_large_product(library: Library) -> None:
    torch.manual_seed(0)
    matrix = Matrix(library, *quantize.int8_groups(torch.randn(1031, 640)), None)
    rows, before, found = torch.randn(3, 640), torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3, 5):
            torch.set_num_threads(threads)
            found.append(matrix.product(rows))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(one, found[0]) for one in found)


@pytest.mark.parametrize("size", [0.0, 1e-30, 1e-6, 1e6])
def test_weights_of_any_size_are_kept(library: Library, size: float) -> None:
    torch.manual_seed(0)
    weight, rows = torch.randn(9, 64) * size, torch.randn(2, 64)
    weight[3, 32:] = 0
    matrix = Matrix(library, *quantize.int8_groups(weight), None)
    wanted = rows.double() @ weight.double().T
    assert float((matrix.product(rows).double() - wanted).norm()) <= 0.01 * float(wanted.norm())
    assert not matrix.restored(torch.float32)[3, 32:].any()


def test_rows_that_do_not_lie_in_one_piece(library: Library) -> None:
    torch.manual_seed(0)
    matrix = Matrix(library, *quantize.int8_groups(torch.randn(8, 32)), None)
    rows = torch.randn(32, 5).T
    assert torch.equal(matrix.product(rows), matrix.product(rows.contiguous()))
    with pytest.raises(AssertionError):
        matrix.product(torch.randn(2, 64))
    with pytest.raises(AssertionError):
        matrix.product(torch.randn(2, 32).bfloat16())


def test_single_rows_are_found_by_their_ids(library: Library) -> None:
    levels, scales, power = quantize.int8_groups(torch.randn(7, 64))
    matrix = Matrix(library, levels, scales, power, None)
    weight = quantize.restored8_groups(levels, scales, power)
    for ids in (torch.tensor([[0, 6], [5, 5]]), torch.tensor(3), torch.zeros(0, 4).int()):
        assert torch.equal(matrix.look_up(ids), weight[ids.long()])
    for wrong in (7, -1, 2**40):
        with pytest.raises(IndexError):
            matrix.look_up(torch.tensor([0, wrong]))


@compiles
@pytest.mark.parametrize("flags", [(), ("-mavx2", "-mfma")])
def test_older_processors_compute_the_same(
    flags: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "-mavx2" in flags and native.variant() not in native.VARIANTS:
        pytest.skip("this processor is older")
    monkeypatch.setitem(native.VARIANTS, "other", flags)
    native.compile_to(tmp_path / "other.so", Path(str(COMPILER)), "other")
    assert native.computes(native.opened(tmp_path / "other.so"))


@compiles
def test_there_is_one_pool_of_threads(library: Library, compiled: dict[str, Path]) -> None:
    """Torch's own team does the work: no thread is added, and the library asks for no OpenMP library by itself."""
    torch.set_num_threads(2)
    left = torch.randn(600, 600)
    left @ left
    torch.randn(1 << 20).exp()  # torch's own loops wake the pool
    before = len(list(Path("/proc/self/task").iterdir()))
    matrix = Matrix(library, *quantize.int8_groups(torch.randn(640, 640)), None)
    for _ in range(20):
        matrix.product(torch.randn(1, 640))
        torch.randn(1 << 20).exp()
    assert len(list(Path("/proc/self/task").iterdir())) <= before
    assert not any(word in compiled[native.variant()].read_bytes() for word in (b"libgomp", b"libomp", b"pthread"))


def test_a_library_that_computes_amiss_is_seen(library: Library) -> None:
    def spoilt(name: str, out: int) -> Library:
        whole = getattr(library, name)

        def half(*given: Any) -> Any:
            answer = whole(*given)
            ctypes.memset(given[out], 0, 64)
            return answer

        return replace(library, **{name: half})

    assert native.computes(library)
    for name, out in (("multiply", 2), ("restore", 1), ("look_up", 2)):
        assert not native.computes(spoilt(name, out)), name


# -- where it comes from


@compiles
def test_it_is_compiled_once_and_kept(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert native.library() is not None, native.reason()
    assert native.reason() == ""
    (kept,) = fresh.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert fresh.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(native, "compile_to", lambda *_: pytest.fail("it was there"))
    native._found.cache_clear()
    assert native.library() is not None


@compiles
@pytest.mark.parametrize("harm", ["torn", "altered", "empty", "open to others"])
def test_a_damaged_library_is_compiled_again(
    harm: str, fresh: Path, compiled: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = compiled[native.variant()].read_bytes()
    calls: list[Path] = []

    def compile_to(path: Path, *_: object) -> None:
        calls.append(path)
        path.unlink(missing_ok=True)
        path.write_bytes(whole)

    monkeypatch.setattr(native, "compile_to", compile_to)
    assert native.library() is not None
    (kept,) = fresh.iterdir()
    content = kept.read_bytes()
    bad = {"torn": content[:-40], "altered": b"\0" * 64 + content[64:], "empty": b"", "open to others": content}
    kept.unlink()  # never in place: this process has it mapped
    kept.write_bytes(bad[harm])
    if harm == "open to others":
        kept.chmod(0o666)
    native._found.cache_clear()
    assert native.library() is not None
    assert len(calls) == 2
    assert kept.read_bytes() == whole


@compiles
def test_two_that_compile_at_once_do_no_harm(fresh: Path) -> None:
    fresh.mkdir(parents=True, mode=0o700)
    name = native.variant()
    with ThreadPoolExecutor(2) as both:
        paths_of_both = list(both.map(lambda _: native._kept(name), range(2)))
    assert paths_of_both[0] == paths_of_both[1]
    assert list(fresh.iterdir()) == [paths_of_both[0]]
    assert native.computes(native.opened(paths_of_both[0]))


@compiles
@pytest.mark.slow
def test_two_processes_at_once(tmp_path: Path) -> None:
    code = "from llmstudio.engine import native; print(native.library() is not None, native.reason())"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "xdg"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [one.communicate(timeout=100)[0].strip() for one in started] == ["True", "True"]
    (kept,) = (tmp_path / "xdg" / paths.APP / native.FOLDER).iterdir()
    assert native._whole(kept)


@fits
def test_without_a_compiler(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert native.library() is None
    assert native.reason() == "No C compiler was found."
    assert not fresh.exists()


@fits
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'no such header' >&2; exit 1", "The C compiler failed: no such header"),
        ("exit 0", "The C compiler failed: it said nothing"),
        ("exec sleep 60", "The C compiler took too long."),
        ('while [ "$1" != -o ]; do shift; done; echo rubbish > "$2"', "could not be compiled"),
        ('while [ "$1" != -o ]; do shift; done; cp /lib/x86_64-linux-gnu/libm.so.6 "$2" || exit 1', ""),
    ],
)
def test_a_compiler_that_fails(
    script: str, words: str, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", fake_compiler(tmp_path, script))
    monkeypatch.setattr(native, "SECONDS", 1.0 if "sleep" in script else 30.0)
    assert native.library() is None
    assert words in native.reason()
    assert not list(fresh.glob(".*")), "nothing half made is left"
    monkeypatch.setattr(native, "_kept", lambda _: pytest.fail("asked again in one process"))
    assert native.library() is None


@fits
def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CC", fake_compiler(tmp_path, "exit 1"))
    (tmp_path / "cache").write_bytes(b"a file is in the way")
    assert native.library() is None
    assert native.reason()

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    native._found.cache_clear()
    monkeypatch.setattr(Path, "mkdir", refused)
    assert native.library() is None
    assert "Permission denied" in native.reason()


@fits
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_nothing_is_loaded_from_where_others_can_write(
    mode: int, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getgid", lambda: 12345)  # a group of several people
    monkeypatch.setenv("CC", fake_compiler(tmp_path, "exit 1"))
    fresh.mkdir(parents=True)
    fresh.chmod(mode)
    assert native.library() is None
    assert native.reason().startswith("Others can write in")
    fresh.chmod(0o700)
    fresh.parent.chmod(mode)
    assert native.private(fresh) == (mode == 0o1777), "in a common folder nobody can exchange what is ours"
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    fresh.parent.chmod(0o700)
    assert native.private(fresh) == (fresh.stat().st_uid == 0)


@fits
def test_the_packaged_app_takes_what_it_carries_and_never_compiles(
    fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    monkeypatch.setattr(native, "compile_to", lambda *_: pytest.fail("compiled"))
    assert native.library() is None
    assert native.reason() == "This packaged app was made without the product for 8 bits."
    inside = tmp_path / "resources" / native.FOLDER / f"{native.variant()}.so"
    inside.parent.mkdir(parents=True)
    inside.write_bytes(b"torn")
    native._found.cache_clear()
    assert native.library() is None
    assert "damaged" in native.reason()
    inside.write_bytes(request.getfixturevalue("compiled")[native.variant()].read_bytes())
    native._found.cache_clear()
    assert native.library() is not None, native.reason()
    assert not fresh.exists()


@pytest.mark.parametrize(("system", "machine"), [("win32", "AMD64"), ("darwin", "arm64"), ("linux", "riscv64")])
def test_other_machines_do_without(system: str, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert native.library() is None
    assert native.reason() == "The product for 8 bits is made for 64-bit PCs with Linux."


@fits
def test_old_processors_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    assert native.library() is None
    assert "instructions" in native.reason()


@fits
def test_threads_that_cannot_be_reached(
    compiled: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(torch, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(native.Unusable, match="threads of torch"):
        native.opened(compiled[native.variant()])


def test_the_structure_is_the_one_of_the_c_file(compiled: dict[str, Path]) -> None:
    source = paths.resource(native.SOURCE).read_text("utf-8")
    fields = source.partition("struct matrix {")[2].partition("};")[0]
    names = [field[0] for field in native.Shape._fields_]
    assert [fields.index(name) for name in names] == sorted(fields.index(name) for name in names)
    assert ctypes.sizeof(native.Shape) == 48
    for path in compiled.values():
        content = path.read_bytes()
        assert content[-32:] == hashlib.sha256(content[:-32]).digest()


@compiles
def test_it_can_be_filled_from_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["native", str(tmp_path / "out")])
    monkeypatch.setenv("CC", fake_compiler(tmp_path, 'while [ "$1" != -o ]; do shift; done; echo made > "$2"'))
    runpy.run_path(native.__file__, run_name="__main__")
    assert capsys.readouterr().out.split() == [str(tmp_path / "out" / f"{name}.so") for name in native.VARIANTS]
