"""The notices: every library we need may be passed on and brings its words; what nobody knows ends the build."""

import sysconfig
from importlib import metadata
from pathlib import Path

import pytest

from tests.packaging.modules import load

third_party = load("third_party")
SITE = Path(sysconfig.get_path("purelib"))


def test_all_that_is_needed_at_run_time_may_be_passed_on() -> None:
    found = third_party.parts(dist.metadata["Name"] for dist in third_party.distributions().values())
    names = {part.name.lower() for part in found}
    assert {"python", "torch", "pyside6_essentials", "shiboken6", "duckdb", "sympy"} <= names
    assert all(part.texts for part in found)
    assert not {"pytest", "mypy", "transformers"} & names
    assert {part.licence for part in found if "pyside6" in part.name.lower()} == {"LGPL-3.0-only"}


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("MIT", "MIT"),
        ("LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only", "LGPL-3.0-only"),
        ("GPL-3.0-only", None),
        ("MIT AND GPL-2.0-only", None),
        ("(Apache-2.0 OR BSD-3-Clause)", "Apache-2.0"),
        ("Apache Software License", "Apache-2.0"),
        ("Commercial", None),
        ("", None),
    ],
)
def test_a_licence_is_accepted_by_name_only(expression: str, chosen: str | None) -> None:
    assert third_party.choose(expression) == chosen


def planted(folder: Path, **lines: str) -> metadata.Distribution:
    info = folder / "planted-1.dist-info"
    info.mkdir(parents=True)
    told = {
        "Metadata-Version": "2.4",
        "Name": "planted",
        "Version": "1",
        **{k.replace("_", "-"): v for k, v in lines.items()},
    }
    (info / "METADATA").write_text("".join(f"{name}: {value}\n" for name, value in told.items()), "utf-8")
    (info / "RECORD").write_text("planted-1.dist-info/METADATA,,\n", "utf-8")
    return metadata.Distribution.at(info)


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "Proprietary"])
def test_a_licence_that_nobody_looked_at_ends_the_build(licence: str, tmp_path: Path) -> None:
    with pytest.raises(third_party.NoticeError, match=licence):
        third_party.part_of(planted(tmp_path, License_Expression=licence))


def test_a_library_without_its_words_ends_the_build(tmp_path: Path) -> None:
    with pytest.raises(third_party.NoticeError, match="without a licence text"):
        third_party.part_of(planted(tmp_path, License_Expression="MIT"))
    assert third_party.part_of(planted(tmp_path / "b", License_Expression="Apache-2.0")).texts  # we have that one


def test_files_are_known_by_their_owners() -> None:
    ours = third_party.ROOT / "llmstudio" / "__main__.py"
    numpy = Path(str(metadata.distribution("numpy").locate_file("numpy/__init__.py")))
    json = Path(sysconfig.get_path("stdlib")) / "json" / "__init__.py"
    names, system = third_party.owners([str(ours), str(numpy), str(json), "/usr/lib/libplanted.so.1"])
    assert names == {"numpy"}
    assert system == ["/usr/lib/libplanted.so.1"]


def test_a_file_among_the_packages_that_none_of_them_knows_ends_the_build() -> None:
    with pytest.raises(third_party.NoticeError, match="planted"):
        third_party.owners([str(SITE / "planted.py")])


def test_a_file_from_nowhere_ends_the_build(tmp_path: Path) -> None:
    with pytest.raises(third_party.NoticeError, match="Whose file"):
        third_party.owners([str(tmp_path / "words.txt")])


def test_a_library_of_nobody_ends_the_build(tmp_path: Path) -> None:
    with pytest.raises(third_party.NoticeError, match=r"libplanted\.so"):
        third_party.system_parts([str(tmp_path / "libplanted.so")])


def test_the_notices_hold_the_list_and_the_words(tmp_path: Path) -> None:
    part = third_party.Part(
        "PySide6_Essentials", "6.11.3", "LGPL-3.0-only", "qt.io", texts=(("LICENSE", "Words of theirs."),)
    )
    whole = third_party.write(tmp_path / "licences", [part]).read_text("utf-8")
    assert "6.11.3" in whole
    assert "Words of theirs." in whole
    written = {path.name for path in (tmp_path / "licences").iterdir()}
    assert {"LICENSE.txt", "QT.txt", "LGPL-3.0.txt", "GPL-3.0.txt", "Apache-2.0.txt"} <= written
    about_qt = (tmp_path / "licences" / "QT.txt").read_text("utf-8")
    assert "v6.11.3" in about_qt
    assert "@QT@" not in about_qt
