"""Applies the chosen steps to documents, counts what each touched and keeps one example of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from llmstudio.config.dataset import ImportConfig
from llmstudio.data.clean.steps import steps_of

BLOCK = 1 << 20
SHOWN = 160
_BEFORE = 40


@dataclass
class Report:
    """What one step did: how many documents it touched, and the first place where it did."""

    step: str
    touched: int = 0
    before: str = ""
    after: str = ""

    def record(self) -> dict[str, Any]:
        """For the manifest."""
        return {"step": self.step, "touched": self.touched, "before": self.before, "after": self.after}


class Cleaner:
    """The steps of one import; `reports` grows while documents pass."""

    def __init__(self, config: ImportConfig) -> None:
        self._steps = [(name, step, Report(name)) for name, step in steps_of(config)]
        self._trims = config.whitespace

    @property
    def reports(self) -> list[Report]:
        """One report for each step that is switched on."""
        return [report for _, _, report in self._steps]

    def restore(self, records: Iterable[dict[str, Any]]) -> None:
        """Go on counting from what `Report.record` told."""
        for report, record in zip(self.reports, records, strict=True):
            report.touched, report.before, report.after = int(record["touched"]), record["before"], record["after"]

    def merge(self, reports: Iterable[Report]) -> None:
        """Add what another cleaner with the same steps did to the documents that follow."""
        for own, other in zip(self.reports, reports, strict=True):
            own.touched += other.touched
            if not own.before:
                own.before, own.after = other.before, other.after

    def clean(self, text: str) -> str:
        """One document that fits in memory."""
        for name, step, report in self._steps:
            done = step(text).strip() if name == "whitespace" else step(text)
            if done != text:
                self._tell(report, text, done)
                report.touched += 1
            text = done
        return text

    def clean_long(self, blocks: Iterable[str]) -> Iterator[str]:
        """A long document block by block, cut before line ends, so that steps see whole lines."""
        if not self._steps:
            yield from blocks
            return
        touched: set[str] = set()
        held, started = "", False
        for block in _whole_lines(blocks):
            text = self._apply(block, touched)
            if self._trims:  # white space at the end of the document is known only when it ends
                text = held + text if started else text.lstrip()
                held = text[len(text.rstrip()) :]
                text = text[: len(text) - len(held)]
            if text:
                started = True
                yield text
        for name, _, report in self._steps:
            report.touched += name in touched

    def _apply(self, text: str, touched: set[str]) -> str:
        for name, step, report in self._steps:
            done = step(text)
            if done != text:
                self._tell(report, text, done)
                touched.add(name)
            text = done
        return text

    @staticmethod
    def _tell(report: Report, before: str, after: str) -> None:
        if not report.before:
            start = max(0, _first_difference(before, after) - _BEFORE)
            report.before, report.after = before[start : start + SHOWN], after[start : start + SHOWN]


def preview(config: ImportConfig, texts: Iterable[str]) -> list[Report]:
    """What the steps would do to these texts."""
    cleaner = Cleaner(config)
    for text in texts:
        cleaner.clean(text)
    return cleaner.reports


def _first_difference(one: str, two: str) -> int:
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == two[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _whole_lines(blocks: Iterable[str]) -> Iterator[str]:
    """Blocks of about a million characters that begin at a line end (or at a space where lines are endless)."""
    rest = ""
    for block in blocks:
        rest += block
        if len(rest) < BLOCK:
            continue
        cut = max(rest.rfind("\n", 1), rest.rfind("\r", 1))
        if cut < 1 and len(rest) >= 4 * BLOCK:
            cut = rest.rfind(" ", 1)
            cut = len(rest) if cut < 1 else cut
        if cut >= 1:
            head = rest[:cut].rstrip()
            if head:
                yield head
                rest = rest[len(head) :]
    if rest:
        yield rest
