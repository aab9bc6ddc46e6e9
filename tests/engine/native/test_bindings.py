"""The structures and functions of the C files, and whose threads do the work."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import torch

from llmstudio.engine.native import bindings, build
from llmstudio.engine.native import library as finding
from tests.engine.native.machine import fits


def test_structures_are_those_of_the_c_files() -> None:
    sources = {path.name: path.read_text("utf-8") for path in build.sources()}
    for name, structure in bindings.STRUCTURES.items():
        (source,) = (text for text in sources.values() if f"\nstruct {name} {{" in text)
        body = source.partition(f"\nstruct {name} {{")[2].partition("\n};")[0]
        words = re.findall(
            r"\w+(?=[;,)])", re.sub(r"/\*.*?\*/|\(\*?void.*?\)|, unsigned \w+|, void \*\w+", "", body, flags=re.S)
        )
        assert words == [field[0] for field in structure._fields_], name
    assert all(f" {name}(" in "".join(sources.values()) for name in bindings.FUNCTIONS)
    for word, number in (("BLOCK", bindings.BLOCK), ("SIDE", bindings.SIDE), ("WIDE", bindings.WIDE)):
        assert re.search(rf"#define {word} +{number}\b", sources["matrix.h"])


def test_each_function_has_its_field_in_order() -> None:
    names = [field.name for field in fields(bindings.Library)][:-1]
    assert len(names) == len(bindings.FUNCTIONS)
    assert all(function.endswith(name) for function, name in zip(bindings.FUNCTIONS, names, strict=True))


def test_each_takes_as_many_as_the_c_files_say() -> None:
    source = "".join(path.read_text("utf-8") for path in build.sources())
    kinds = {"p": r"\*", "n": r"uint64_t \w+$", "t": r"unsigned \w+$", "i": r"int \w+$", "f": r"float \w+$"}
    for name, (_, letters) in bindings.FUNCTIONS.items():
        (given,) = re.findall(rf"\b{name}\(([^)]*)\) {{", source)
        parts = [] if given == "void" else [part.strip() for part in given.split(",")]
        assert len(parts) == len(letters), name
        assert all(re.search(kinds[letter], part) for letter, part in zip(letters, parts, strict=True)), name


def test_what_is_no_library_of_ours_is_refused() -> None:
    with pytest.raises(build.Unusable, match="not what it should be"):
        bindings.bound(Path("libm.so.6"))


@fits
def test_threads_that_cannot_be_reached(
    compiled: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(torch, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(build.Unusable, match="threads of torch"):
        finding.opened(compiled[build.variant()])
