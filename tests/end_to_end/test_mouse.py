"""By mouse alone, in a real window on a virtual desktop: import a text, train on it, let the model write."""

from pathlib import Path

import pytest

from tests.end_to_end.desktop import Person, application, virtual_desktop

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(400)]

TEXT = "The miller found a key in a loaf of bread. He laughed until the dog came to look.\n" * 400


def test_from_a_text_to_words(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "miller.txt").write_text(TEXT, encoding="utf-8")
    with virtual_desktop() as environment:
        own = {**environment, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
        with application(tmp_path / "workspace", home, own) as person:
            bring_text(person)
            train(person)
            write(person)
            look_for_a_command(person)
            assert person.ask(op="modules") == {"torch": False}


def bring_text(person: Person) -> None:
    person.click(text="Data")
    person.click(text="Files")
    person.until(lambda: marked(person, "miller.txt"), "the file is marked", 30)
    person.click(text="Open")
    person.until(lambda: person.reads("data.path").endswith("miller.txt"), "the file is chosen", 10)
    person.click(name="data.import_button", wait=30)
    person.until(lambda: person.sees(text="Use for a tokenizer").get("enabled", False), "the text is imported", 60)


def marked(person: Person, name: str) -> bool:
    """Mark a file in the system's dialog; it fills its list in its own time, so a press can be too early."""
    person.click(text=name)
    return bool(person.sees(text="Open").get("enabled"))


def train(person: Person) -> None:
    person.click(text="Train")
    person.click(name="train.start_button", wait=60)
    person.until(lambda: "Finished" in person.reads("train.status"), "the model is trained and kept", 200)


def write(person: Person) -> None:
    person.click(text="Playground")
    person.click(name="playground.generate_button", wait=60)
    person.until(lambda: len(person.reads("playground.output")) > 20, "the model has written", 60)


def look_for_a_command(person: Person) -> None:
    """The palette by its key, and away again by Esc, though Esc means other things to the window too."""
    person.press("ctrl+k")
    person.until(lambda: palette_open(person), "the palette is open", 10)
    person.press("Escape")
    person.until(lambda: not palette_open(person), "the palette has closed", 10)


def palette_open(person: Person) -> bool:
    return bool(person.sees(name="palette.field")["found"])
