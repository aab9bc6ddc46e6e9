"""The cleaner counts what each step touched and shows one example of it."""

from collections.abc import Iterator

import pytest

from llmstudio.config.dataset import ImportConfig
from llmstudio.data.clean import cleaner
from llmstudio.data.clean.cleaner import Cleaner, preview


def cleaned_long(text: str, size: int, **options: object) -> tuple[str, Cleaner]:
    def blocks() -> Iterator[str]:
        for start in range(0, len(text), size):
            yield text[start : start + size]

    made = Cleaner(ImportConfig(**options))
    return "".join(made.clean_long(blocks())), made


def test_reports_count_documents_and_show_the_first_change() -> None:
    made = Cleaner(ImportConfig(lowercase=True, control=True))
    far = "x" * 500 + "\0 Capital"
    assert [made.clean(text) for text in ("same", "UP", far)] == ["same", "up", "x" * 500 + " capital"]
    control, lower = made.reports
    assert (control.step, control.touched) == ("control", 1)
    assert "\0" in control.before
    assert "\0" not in control.after
    assert (lower.touched, lower.before, lower.after) == (2, "UP", "up")
    assert lower.record() == {"step": "lowercase", "touched": 2, "before": "UP", "after": "up"}


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_a_long_document_is_cleaned_as_a_short_one_would_be(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(cleaner, "BLOCK", 64)
    text = "  \n" + "".join(f"Line  {i}  ends\t \n" + "\n" * (i % 5) for i in range(60)) + "  \n "
    whole = Cleaner(ImportConfig(whitespace=True, lowercase=True)).clean(text)
    found, made = cleaned_long(text, size, whitespace=True, lowercase=True)
    assert found == whole
    assert [report.touched for report in made.reports] == [1, 1]


def test_an_endless_line_is_cut_at_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaner, "BLOCK", 32)
    text = "word  " * 500
    assert cleaned_long(text, 50, whitespace=True)[0] == ("word " * 500).strip()
    assert cleaned_long("x" * 1000, 50, lowercase=True)[0] == "x" * 1000


def test_without_steps_blocks_pass_untouched() -> None:
    text = " \r\n a \n"
    found, made = cleaned_long(text, 2)
    assert (found, made.reports) == (text, [])


def test_a_preview_tells_what_would_happen() -> None:
    (report,) = preview(ImportConfig(punctuation=True), ["a, b", "c"])
    assert (report.touched, report.before, report.after) == (1, "a, b", "a b")
