"""The bill of materials: what is inside is on it, in the form of CycloneDX, and what was changed is found."""

import json
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.billform import form_faults
from tests.packaging.modules import load

third_party = load("third_party")
sbom = load("sbom")
MOMENT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def frozen(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A small application: our program and resource, files of numpy and of Python; and where they came from."""
    folder = tmp_path / "llmstudio"
    numpy = Path(str(metadata.distribution("numpy").locate_file("numpy")))
    python = Path(json.__file__)
    ours = third_party.ROOT / "resources" / "style.qss"
    carried = {
        "numpy/version.py": str(numpy / "version.py"),
        "json/__init__.py": str(python),
        "resources/style.qss": str(ours),
    }
    for name in (*(f"_internal/{name}" for name in carried), "llmstudio", "_internal/base_library.zip"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}", "utf-8")
    return folder, carried


def written(frozen: tuple[Path, dict[str, str]], *names: str) -> dict[str, Any]:
    folder, carried = frozen
    found = third_party.parts(names or ("numpy", "jinja2", "markupsafe"))
    path = sbom.write(folder, folder / "_internal", carried, found, MOMENT)
    return dict(json.loads(path.read_text("utf-8")))


def test_its_form_is_that_of_cyclonedx(frozen: tuple[Path, dict[str, str]]) -> None:
    assert form_faults(written(frozen)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda bill: bill["components"][0].update(purl="numpy"), "purl"),
        (lambda bill: bill["components"][0].update(licenses=[{"expression": "Commercial"}]), "licence"),
        (lambda bill: bill["dependencies"].pop(), "dependencies"),
        (lambda bill: bill["dependencies"][0]["dependsOn"].append("pkg:pypi/nobody@1"), "nobody"),
        (lambda bill: bill["components"].append(bill["components"][0]), "twice"),
        (lambda bill: bill.update(serialNumber="1"), "serial"),
    ],
)
def test_a_fault_of_the_form_is_found(change: Any, fault: str, frozen: tuple[Path, dict[str, str]]) -> None:
    bill = written(frozen)
    change(bill)
    assert any(fault in told for told in form_faults(bill))


def test_every_file_is_on_it_below_its_owner(frozen: tuple[Path, dict[str, str]]) -> None:
    bill = written(frozen)
    files = {part["name"]: [file["name"] for file in part.get("components", [])] for part in bill["components"]}
    assert files["numpy"] == ["_internal/numpy/version.py"]
    assert files["Python"] == ["_internal/base_library.zip", "_internal/json/__init__.py"]
    own = [file["name"] for file in bill["metadata"]["component"]["components"]]
    assert own == ["_internal/resources/style.qss", "llmstudio"]
    assert bill["metadata"]["timestamp"] == "2026-11-01T00:00:00Z"


def test_who_needs_whom_is_told(frozen: tuple[Path, dict[str, str]]) -> None:
    bill = written(frozen)
    needs = {entry["ref"].partition("@")[0]: entry["dependsOn"] for entry in bill["dependencies"]}
    assert [name.partition("@")[0] for name in needs["pkg:pypi/jinja2"]] == ["pkg:pypi/markupsafe"]
    assert {name.partition("@")[0] for name in needs["llmstudio"]} == {
        "pkg:generic/python",
        "pkg:pypi/jinja2",
        "pkg:pypi/numpy",
    }


def test_two_builds_of_the_same_have_the_same_bill(frozen: tuple[Path, dict[str, str]]) -> None:
    assert written(frozen) == written(frozen)


def test_a_file_that_nobody_put_there_ends_the_build(frozen: tuple[Path, dict[str, str]]) -> None:
    (frozen[0] / "_internal" / "planted.so").write_bytes(b"?")
    with pytest.raises(sbom.BillError, match=r"planted\.so"):
        written(frozen)


def test_files_of_a_work_without_notices_end_the_build(frozen: tuple[Path, dict[str, str]]) -> None:
    with pytest.raises(sbom.BillError, match="numpy"):
        written(frozen, "jinja2")


def test_an_application_is_compared_with_its_bill(
    frozen: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = frozen[0]
    assert sbom.main([str(folder)]) == 1  # it has none
    written(frozen)
    assert sbom.main([str(folder)]) == 0
    (folder / "_internal" / "numpy" / "version.py").write_text("other", "utf-8")
    (folder / "_internal" / "more.py").write_text("more", "utf-8")
    (folder / "_internal" / "json" / "__init__.py").unlink()
    capsys.readouterr()
    assert sbom.main([str(folder)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "_internal/json/__init__.py is missing",
        "_internal/more.py is not on the bill",
        "_internal/numpy/version.py was changed",
    ]


def test_what_an_audit_should_look_up_is_printed(
    frozen: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    numpy = metadata.version("numpy")
    bill = written(frozen, "numpy", "PySide6_Essentials")
    assert sbom.main([str(frozen[0]), "--requirements"]) == 0
    assert f"numpy=={numpy}" in capsys.readouterr().out.splitlines()
    bill["components"][1].update(version=f"{numpy}+cpu")
    names = [line.partition("==")[0] for line in sbom.requirements(bill)]
    assert sorted(names) == ["numpy", "pyside6-essentials"]
    assert not any("+" in line or "ython==" in line for line in sbom.requirements(bill))


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("llmstudio", sbom.OURS),
        ("LLM Studio.exe", sbom.OURS),
        ("_internal/base_library.zip", sbom.PYTHON),
        ("_internal/resources/licences/QT.txt", sbom.OURS),
        ("_internal/resources/native/avx2.so", sbom.OURS),
        ("Contents/MacOS/llmstudio", sbom.OURS),
        ("Contents/Info.plist", sbom.OURS),
        ("Contents/Resources/llmstudio.icns", sbom.OURS),
        ("Contents/Resources/base_library.zip", sbom.PYTHON),
    ],
)
def test_what_the_packing_makes_has_an_owner_on_every_system(name: str, owner: str) -> None:
    assert sbom._maker(name) == owner
