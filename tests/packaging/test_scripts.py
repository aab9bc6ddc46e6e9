"""The parts for each system: scripts that parse and say what they need, descriptions that are well formed."""

import configparser
import os
import plistlib
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.packaging.modules import FOLDER

SCRIPTS = sorted([*FOLDER.glob("macos/*.sh"), *FOLDER.glob("linux/install.sh"), *FOLDER.glob("linux/post*")])


@pytest.mark.skipif(not shutil.which("bash"), reason="no shell here")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_parses(script: Path) -> None:
    shell = "bash" if "bash" in script.read_text("utf-8").splitlines()[0] else "sh"
    subprocess.run([shell, "-n", str(script)], check=True)


@pytest.mark.skipif(os.uname().sysname == "Darwin" if hasattr(os, "uname") else True, reason="it would do it")
@pytest.mark.parametrize("name", ["sign.sh", "dmg.sh", "notarize.sh"])
def test_scripts_for_macos_say_what_they_need(name: str, tmp_path: Path) -> None:
    folder, image = tmp_path / "LLM Studio.app", tmp_path / "image.dmg"
    folder.mkdir()
    image.touch()
    arguments = {"sign.sh": [folder], "dmg.sh": [folder, image], "notarize.sh": [image]}[name]
    done = subprocess.run([str(FOLDER / "macos" / name), *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 2
    assert "needs macOS" in done.stderr
    without = subprocess.run([str(FOLDER / "macos" / name)], capture_output=True, text=True)
    assert without.returncode == 2
    assert "usage" in without.stderr


def test_the_descriptions_for_macos_are_well_formed() -> None:
    facts = plistlib.loads((FOLDER / "macos" / "Info.plist").read_bytes())
    assert facts["CFBundleIdentifier"] == "app.llmstudio.LLMStudio"
    rights = plistlib.loads((FOLDER / "macos" / "entitlements.plist").read_bytes())
    assert all(value is True for value in rights.values())
    assert "com.apple.security.cs.disable-library-validation" in rights  # a person may put in a Qt of his own


def test_the_windows_manifest_allows_long_paths() -> None:
    words = (FOLDER / "windows" / "llmstudio.manifest").read_text("utf-8")
    assert any(node.tag.endswith("longPathAware") and node.text == "true" for node in ET.fromstring(words).iter())


def test_the_installer_asks_no_administrator_and_leaves_work_alone() -> None:
    words = (FOLDER / "windows" / "installer.iss").read_text("utf-8")
    assert "PrivilegesRequired=lowest" in words
    assert "\n[UninstallDelete]" not in words


def test_the_version_resource_is_python_that_pyinstaller_reads() -> None:
    words = (FOLDER / "windows" / "version_info.txt.in").read_text("utf-8")
    compile(words.replace("@NUMBERS@", "0, 1, 0, 0").replace("@VERSION@", "0.1.0"), "version_info.txt", "eval")


def test_the_menu_entry_has_what_menus_want() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(FOLDER / "linux" / "llmstudio.desktop", "utf-8")
    facts = entry["Desktop Entry"]
    assert facts["Icon"] == facts["Exec"] == facts["StartupWMClass"] == "llmstudio"
    assert facts["Categories"].endswith(";")


@pytest.mark.skipif(os.name == "nt", reason="for Linux")
def test_the_archive_puts_itself_into_the_menu_and_out_again(tmp_path: Path) -> None:
    place = tmp_path / 'my "apps" 100% $HOME ü'
    (place / "share" / "applications").mkdir(parents=True)
    icon = place / "share" / "icons" / "hicolor" / "64x64" / "apps" / "llmstudio.png"
    icon.parent.mkdir(parents=True)
    icon.write_bytes(b"icon")
    shutil.copy2(FOLDER / "linux" / "install.sh", place)
    shutil.copy2(FOLDER / "linux" / "llmstudio.desktop", place / "share" / "applications")
    home = tmp_path / "hö me"
    home.mkdir()
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    subprocess.run([str(place / "install.sh")], env=environment, check=True, capture_output=True)
    entry = home / ".local" / "share" / "applications" / "llmstudio.desktop"
    (line,) = [line for line in entry.read_text("utf-8").splitlines() if line.startswith("Exec=")]
    assert started(line.removeprefix("Exec=")) == str(place / "llmstudio")
    assert (home / ".local/share/icons/hicolor/64x64/apps/llmstudio.png").read_bytes() == b"icon"
    subprocess.run([str(place / "install.sh"), "--remove"], env=environment, check=True, capture_output=True)
    assert not entry.exists()
    assert not (home / ".local/share/icons/hicolor/64x64/apps/llmstudio.png").exists()


def started(value: str) -> str:
    """What a desktop starts for an Exec value of one quoted word, after the Desktop Entry Specification."""
    plain = value.replace("\\\\", "\\")  # first as any string value of the file
    assert plain[0] == plain[-1] == '"'
    word, rest = "", plain[1:-1]
    while rest:
        if rest[0] == "\\":
            word, rest = word + rest[1], rest[2:]
        elif rest[:2] == "%%":
            word, rest = word + "%", rest[2:]
        else:
            assert rest[0] not in '"`$%', rest
            word, rest = word + rest[0], rest[1:]
    return word
