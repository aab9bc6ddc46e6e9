"""Cleaning and splitting anew: what the steps would do to a sample, and the job that makes a new dataset of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config import option
from llmstudio.config.dataset import CLEANING, NEAR, FindRepeatsConfig, ImportConfig, split_as_now
from llmstudio.config.option import Fault, OptionInfo
from llmstudio.gui.background import Handle
from llmstudio.gui.session import Session
from llmstudio.store.catalog import Kept

if TYPE_CHECKING:
    from llmstudio.data.clean.cleaner import Report

SAMPLE = 200
DEBOUNCE_MS = 120
GOING = ("min_length", "max_length", "duplicates", "near_duplicates")  # steps that leave whole documents out
REASONS = {
    "empty": "Empty",
    "duplicate": "Duplicates",
    "short": "Too short",
    "long": "Too long",
    NEAR: "Near-duplicates",
}


@dataclass(frozen=True)
class Sample:
    """The documents the steps are tried on, and how many there are in all."""

    texts: tuple[str, ...] = ()
    documents: int = 0


@dataclass(frozen=True)
class Repeats:
    """What a look through all documents found: in words, and the largest clusters as (words, stays, goes)."""

    words: str
    clusters: tuple[tuple[str, str, str], ...] = ()


def repeats_of(result: dict[str, Any]) -> Repeats:
    """The result of the job that looked."""
    equal, near = int(result["duplicates"]), int(result["near_duplicates"])
    of = f"of {units.plural(int(result['documents']), 'document')}"
    if not equal + near:
        return Repeats(f"None {of} is repeated, at a likeness of {result['similarity']:g}.")
    words = (
        f"{units.number(equal + near)} {of} would go: {units.number(equal)} equal to an earlier one, "
        f"{units.plural(near, 'near-duplicate')} in {units.plural(int(result['clusters']), 'cluster')}, "
        f"at a likeness of {result['similarity']:g}. The first of each cluster stays."
    )
    clusters = []
    for one in result["examples"]:
        title = f"{units.plural(one['documents'], 'document')}, {units.percent(one['similarity'])} alike"
        clusters.append((title, str(one["stays"]), str(one["goes"])))
    return Repeats(words, tuple(clusters))


@dataclass(frozen=True)
class CleaningState:
    """The steps as set, and what each did to the sample: documents touched and the first place, before and after."""

    dataset: Kept | None = None
    values: dict[str, Any] = field(default_factory=dict)
    sample: Sample = field(default_factory=Sample)
    reports: "dict[str, Report]" = field(default_factory=dict)
    busy: bool = False
    trouble: str = ""
    looking: str = ""  # the run that looks through all documents for repeated ones
    found: Repeats | None = None

    @property
    def switched_on(self) -> list[str]:
        """The steps that would do something, in their order."""
        return [name for name in CLEANING if is_on(self.values.get(name))]


def is_on(value: Any) -> bool:
    """Whether a step's value switches it on."""
    return bool(value) and value != "off"


def step_infos() -> tuple[OptionInfo, ...]:
    """The cleaning options in the order in which they are applied."""
    by_name = {info.name: info for info in option.describe(ImportConfig)}
    return tuple(by_name[name] for name in CLEANING)


def split_infos() -> tuple[OptionInfo, ...]:
    """The options of a split."""
    by_name = {info.name: info for info in option.describe(ImportConfig)}
    return tuple(by_name[name] for name in ("split_by", "split", "seed"))


def read_sample(kept: Kept) -> Sample:
    """The first part of each of the first 200 documents. Reads the disk; raises UserError."""
    from llmstudio.data.documents import Documents  # in the background, with numpy and DuckDB

    documents = Documents(kept.path)
    try:
        texts = tuple(next(parts, "") for parts in islice(documents.iterate(), SAMPLE))
        return Sample(texts, int(kept.manifest.get("documents", len(texts))))
    finally:
        documents.close()


def try_steps(values: dict[str, Any], texts: Sequence[str]) -> "dict[str, Report]":
    """What the steps do to the sample, one by one. Duplicates and lengths count documents that would go."""
    from llmstudio.data.clean.cleaner import preview  # in the background, with what mends text

    config, _ = option.check(ImportConfig, values)
    if config is None:
        return {}
    reports = {report.step: report for report in preview(config, texts)}
    if config.duplicates:
        reports["duplicates"] = _gone("duplicates", texts, _repeated(texts))
    if config.near_duplicates:
        from llmstudio.data import repeats  # in the background, with numpy

        near = repeats.among(texts, config.near_duplicates)
        reports["near_duplicates"] = _gone("near_duplicates", texts, near)
    if config.min_length:
        short = [at for at, text in enumerate(texts) if len(text) < config.min_length]
        reports["min_length"] = _gone("min_length", texts, short)
    if config.max_length:
        long = [at for at, text in enumerate(texts) if len(text) > config.max_length]
        reports["max_length"] = _gone("max_length", texts, long)
    return reports


def _repeated(texts: Sequence[str]) -> list[int]:
    seen: set[str] = set()
    found = []
    for at, text in enumerate(texts):
        if text in seen:
            found.append(at)
        seen.add(text)
    return found


def _gone(step: str, texts: Sequence[str], places: Sequence[int]) -> "Report":
    from llmstudio.data.clean.cleaner import Report  # it is loaded by now

    return Report(step, len(places), texts[places[0]][:160] if places else "", "")


def touched_words(report: "Report | None", sample: Sample) -> str:
    """How many documents of the sample a step touches."""
    if report is None:
        return ""
    what = "would go" if report.step in GOING else "would change"
    return f"{units.number(report.touched)} of {units.number(len(sample.texts))} {what}"


def done_before(manifest: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """What an import did: (title, count, before, after) of each step and of each reason to leave documents out."""
    titles = {info.name: info.title for info in step_infos()}
    lines = [
        (
            titles.get(step["step"], step["step"]),
            units.plural(int(step["touched"]), "document") + " changed",
            str(step.get("before", "")),
            str(step.get("after", "")),
        )
        for step in manifest.get("cleaning", [])
    ]
    examples = manifest.get("removed_examples", {})
    for reason, count in manifest.get("removed", {}).items():
        if count:
            words = units.plural(int(count), "document") + " left out"
            lines.append((REASONS.get(reason, reason), words, str(examples.get(reason, "")), ""))
    if manifest.get("replaced"):
        lines.append(("Lone surrogates", f"{units.number(manifest['replaced'])} replaced by \ufffd", "", ""))
    return lines


class CleaningPresenter(QObject):
    """Holds `state`; tries the steps in the background."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.state = CleaningState()
        self.taken: frozenset[str] = frozenset()
        self._handle: Handle | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._try)
        session.jobs.ended.connect(self._ended)

    def show(self, kept: Kept | None, taken: frozenset[str]) -> None:
        """Take another dataset; the steps stay as they are set. `taken` are the names of all datasets, folded."""
        self.taken = taken
        if kept is not None and self.state.dataset is not None and kept.id == self.state.dataset.id:
            return
        self.state = CleaningState(kept, self.state.values, busy=kept is not None)
        self.changed.emit()
        if kept is not None:
            run = self.session.background.run
            run(read_sample, kept, done=self._sampled, failed=self._failed, owner=self)

    def set_step(self, name: str, value: Any) -> None:
        """Switch a step, or set its number."""
        self.state = replace(self.state, values={**self.state.values, name: value})
        self._timer.start()
        self.changed.emit()

    def reset(self) -> None:
        """Switch everything off."""
        self.state = replace(self.state, values={}, reports={})
        self.changed.emit()

    def fault(self) -> Fault | None:
        """What is wrong with the steps as set."""
        _, faults = option.check(ImportConfig, self.state.values)
        return next(iter(faults.values()), None)

    def propose_name(self, word: str) -> str:
        """A free name for the new dataset: "Small stories, cleaned"."""
        base = self.state.dataset.title if self.state.dataset is not None else ""
        title = f"{base.removesuffix(f', {word}')}, {word}"
        name, number = title, 2
        while name.casefold() in self.taken:
            name, number = f"{title} {number}", number + 1
        return name

    def apply(self, name: str) -> str:
        """Clean into a new dataset, split like this one; returns the run id. Raises UserError."""
        how = split_as_now(self.state.dataset.manifest) if self.state.dataset is not None else {}
        return self._submit(name, "Clean", {**how, **self.state.values})

    def split(self, name: str, values: dict[str, Any]) -> str:
        """Split into a new dataset, the text unchanged; returns the run id. Raises UserError."""
        return self._submit(name, "Split", values)

    def look(self) -> None:
        """Look through all documents for repeated ones; `state.found` tells what came of it."""
        kept, similarity = self.state.dataset, self.state.values.get("near_duplicates")
        if kept is None or self.state.looking or not similarity:
            return
        config = FindRepeatsConfig(dataset=kept.id, near_duplicates=similarity)
        try:
            run = self.session.jobs.submit("find_repeats", config, title=f"Look through {kept.title}", inputs=[kept.id])
        except UserError as error:
            self.session.notices.error(error, "Looking for repeated documents")
            return
        self.state = replace(self.state, looking=run, found=None)
        self.changed.emit()

    def _ended(self, run: str, status: str) -> None:
        if run != self.state.looking:
            return
        found, ended = None, self.session.jobs.state(run)
        if status == "finished":
            found = repeats_of(ended.result)
        elif ended.error is not None:
            self.session.notices.error(UserError(ended.error.message, ended.error.hint), ended.title)
        self.state = replace(self.state, looking="", found=found)
        self.changed.emit()

    def _submit(self, name: str, verb: str, values: dict[str, Any]) -> str:
        kept = self.state.dataset
        if kept is None:
            raise UserError("There is no dataset.", "Import text first.")
        from llmstudio.data.documents import TEXT  # it is loaded by now

        everything = {**values, "paths": (str(kept.path / TEXT),), "name": name or self.propose_name("cleaned")}
        config, faults = option.check(ImportConfig, everything)
        if config is None:
            field_name, fault = next(iter(faults.items()))
            raise UserError(fault.message, "Correct it, then try again.", field=field_name)
        title = f"{verb} {kept.title}"
        return self.session.jobs.submit("import_dataset", config, title=title, inputs=[kept.id])

    def _sampled(self, sample: Sample) -> None:
        self.state = replace(self.state, sample=sample, busy=False, trouble="")
        self._try()
        self.changed.emit()

    def _try(self) -> None:
        if not self.state.sample.texts:
            return
        if self._handle is not None:
            self._handle.cancel()
        run = self.session.background.run
        values = dict(self.state.values)
        self._handle = run(
            try_steps, values, self.state.sample.texts, done=self._tried, failed=self._failed, owner=self
        )

    def _tried(self, reports: "dict[str, Report]") -> None:
        self.state = replace(self.state, reports=reports)
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        told = str(error) if isinstance(error, UserError) else "The steps could not be tried."
        self.state = replace(self.state, busy=False, trouble=told)
        if not isinstance(error, UserError):
            self.session.notices.error(error, "Trying the cleaning")
        self.changed.emit()
