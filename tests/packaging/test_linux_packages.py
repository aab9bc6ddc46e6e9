"""Linux packages, made from a small folder in place of the application: what is in them and what they ask for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.modules import load

linux_packages = load("linux_packages")
elf = load("elf")
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not all(map(shutil.which, ("dpkg-deb", "readelf", "xz", "tar"))),
    reason="made of Debian's tools",
)


@pytest.fixture
def application(tmp_path: Path) -> Path:
    folder = tmp_path / "llmstudio"
    (folder / "_internal").mkdir(parents=True)
    shutil.copy2(Path("/bin/true").resolve(), folder / "llmstudio")
    (folder / "_internal" / "data ü.txt").write_text("words", "utf-8")
    (folder / "_internal" / "link").symlink_to("data ü.txt")
    return folder


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    icon = folder / "hicolor" / "64x64" / "apps" / "llmstudio.png"
    notices = folder / "licences" / "THIRD_PARTY_NOTICES.txt"
    for path in (icon, notices):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"words of others")
    return folder


def listed(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_debian_package_holds_all_in_its_places(application: Path, made: Path, tmp_path: Path) -> None:
    package = linux_packages.deb(application, made, tmp_path / "out", 0)
    content = listed("dpkg-deb", "--contents", str(package))
    for path in (
        "./opt/llmstudio/llmstudio",
        "./opt/llmstudio/_internal/link -> data",
        "./usr/bin/llmstudio -> /opt/llmstudio/llmstudio",
        "./usr/share/applications/llmstudio.desktop",
        "./usr/share/icons/hicolor/64x64/apps/llmstudio.png",
        "./usr/share/metainfo/app.llmstudio.LLMStudio.metainfo.xml",
        "./usr/share/doc/llmstudio/copyright",
    ):
        assert path in content, path
    assert all(" root/root " in line for line in content.splitlines())
    assert not (tmp_path / "out" / "staging-deb").exists()
    fields = listed("dpkg-deb", "--field", str(package))
    assert "Package: llmstudio" in fields
    assert "libc6 (>= 2." in fields
    assert listed("dpkg-deb", "--info", str(package), "postinst").startswith("#!/bin/sh")


def test_the_sums_in_the_package_are_those_of_its_files(application: Path, made: Path, tmp_path: Path) -> None:
    package = linux_packages.deb(application, made, tmp_path / "out", 0)
    unpacked = tmp_path / "unpacked"
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(unpacked)], check=True)
    subprocess.run(["md5sum", "--check", "--strict", "--quiet", "DEBIAN/md5sums"], cwd=unpacked, check=True)
    assert "data ü.txt" in (unpacked / "DEBIAN" / "md5sums").read_text("utf-8")


def test_packing_takes_nothing_from_the_application(application: Path, made: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in application.rglob("*"))
    linux_packages.deb(application, made, tmp_path / "out", 0)
    linux_packages.archive(application, made, tmp_path / "out", 0)
    assert sorted(path.name for path in application.rglob("*")) == before


def test_two_archives_of_one_commit_are_alike(
    application: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first = linux_packages.archive(application, made, tmp_path / "a", 0).read_bytes()
    assert linux_packages.archive(application, made, tmp_path / "b", 0).read_bytes() == first


def test_a_library_of_which_no_package_is_known_is_refused(application: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elf, "missing", lambda _folder: {"libplanted.so.7": {"llmstudio"}})
    with pytest.raises(linux_packages.PackageError, match=r"libplanted\.so\.7"):
        linux_packages.depends(application)


def test_what_is_carried_along_is_not_asked_for(application: Path) -> None:
    assert "libc.so.6" in elf.missing(application)
    (application / "_internal" / "libc.so.6").write_bytes(b"")
    assert "libc.so.6" not in elf.missing(application)


def test_renamed_packages_are_asked_for_under_both_names(application: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elf, "missing", lambda _folder: {"libglib-2.0.so.0": {"libQt6Core.so.6"}})
    assert "libglib2.0-0 | libglib2.0-0t64" in linux_packages.depends(application)


def test_without_appimagetool_there_is_no_appimage(
    application: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert linux_packages.appimage(application, made, tmp_path / "out") is None


def test_the_appimage_tool_gets_a_folder_it_can_use(
    application: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "appimagetool"
    tool.write_text(
        '#!/bin/sh\nset -e\ntest -x "$1/AppRun" && test -f "$1/llmstudio.desktop"\n"$1/AppRun"\necho "$ARCH" > "$2"\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    made_file = linux_packages.appimage(application, made, tmp_path / "out")
    assert made_file is not None
    assert made_file.read_text().strip() in made_file.name


def test_validators_that_are_not_there_are_named(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = linux_packages.faults(made, tmp_path / "checked")
    assert [words.split()[0] for words in told] == ["desktop-file-validate", "appstreamcli"]


@pytest.mark.skipif(not shutil.which("appstreamcli"), reason="no appstreamcli here")
def test_the_description_for_software_shops_is_valid(made: Path, tmp_path: Path) -> None:
    told = [words for words in linux_packages.faults(made, tmp_path / "checked") if "not installed" not in words]
    assert told == []


def test_libraries_that_nobody_asks_for_any_more_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {
        "torch.so": {"libfirst.so.1"},
        "libfirst.so.1": {"libsecond.so.2", "libc.so.6"},
        "libidle.so.3": {"libc.so.6"},
    }
    entries = {}
    for name in ("torch/torch.so", "libfirst.so.1", "libsecond.so.2", "libidle.so.3", "libpython3.11.so.1.0"):
        path = tmp_path / Path(name).name
        path.write_bytes(elf.MAGIC)
        entries[name] = str(path)
    monkeypatch.setattr(elf, "needed", lambda paths: {soname: set() for p in paths for soname in asked.get(p.name, ())})
    assert elf.unreached(entries) == {"libidle.so.3"}


def test_the_oldest_c_library_is_read_from_the_files() -> None:
    major, minor = elf.glibc([Path("/bin/true").resolve()])
    assert (2, 0) < (major, minor) < (3, 0)
