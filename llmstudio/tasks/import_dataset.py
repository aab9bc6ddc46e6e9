"""Imports text: reads, cleans, splits, counts and keeps it as a dataset of the workspace."""

import contextlib
from pathlib import Path
from typing import Any

from llmstudio import __version__
from llmstudio.base import files, units
from llmstudio.base.errors import UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.data import halfimport, split, statistics
from llmstudio.data.clean.cleaner import Cleaner
from llmstudio.data.documents import TEXT, Documents
from llmstudio.data.halfimport import HalfImport
from llmstudio.data.ingest import Removed, ingest, sift
from llmstudio.data.readers import sources
from llmstudio.data.readers.document import Faults
from llmstudio.data.readers.read import Reading
from llmstudio.data.spool import Spool
from llmstudio.data.workers import processes_for, readers_for
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import catalog

SPOOL = ".spool"
MOST_LISTED = 10_000


def run(job: Job, context: Context) -> None:
    """Import what the job's config names; the result has the command line's keys."""
    config = ImportConfig(**job.config)
    title = catalog.check_name(context.workspace, "dataset", config.name)
    finding = sources.find(config, context.check)
    try:
        needed = sum(source.stored for source in finding.sources)
        files.require_free(context.workspace.datasets, needed)
        with catalog.keep(context.workspace, "dataset", title, needed=needed) as keeping:
            with files.disk_faults(keeping.folder, needed):
                facts = _imported(config, context, keeping, finding)
            keeping.facts.update(facts)
    finally:
        finding.close()
    kept = catalog.find(context.workspace, "dataset", keeping.id)
    context.artifact("dataset", kept.path, id=kept.id, title=kept.title)
    shown = ("documents", "characters", "bytes", "encoding", "splits", "removed", "faults", "labels", "cleaning")
    context.result(id=kept.id, dataset=kept.id, title=kept.title, **{key: facts[key] for key in shown})


def _imported(
    config: ImportConfig, context: Context, keeping: catalog.Keeping, finding: sources.Finding
) -> dict[str, Any]:
    """The manifest's facts; goes on where an earlier import of the same was killed."""
    with halfimport.open_half(context.workspace.datasets, keeping.id, keeping.folder / SPOOL) as half:
        return _Import(config, context, keeping.folder).run(finding, half)


class _Import:
    def __init__(self, config: ImportConfig, context: Context, folder: Path) -> None:
        self.config, self.context, self.folder = config, context, folder
        self.faults = Faults(stop=config.on_fault == "stop")

    def run(self, finding: sources.Finding, half: HalfImport) -> dict[str, Any]:
        """All stages; returns the manifest's facts."""
        reading = self._reading(finding)
        self.context.stage("Recognising encodings", 0.1)
        reading.recognise()
        earlier = self._earlier(half, reading)
        spool = Spool(half.folder, self.config.seed, self.context.check, earlier and earlier["spool"])
        try:
            self.context.stage("Reading", 0.4 if self.config.duplicates or self.config.near_duplicates else 0.5)
            cleaner, removed = self._ingest(reading, spool, half, earlier)
            self._sift(spool, removed)
            self._refuse_nothing(spool, removed)
            plan = self._plan(spool, reading)
            self.context.stage("Writing", 0.2)
            spool.write(self.folder, plan, lambda share: self.context.progress(share, 1.0))
        finally:
            spool.close()
        self.context.stage("Counting", 0.2)
        helpers = readers_for(spool.total)
        counted = statistics.compute(self.folder, self.context.check, self._characters, helpers)
        statistics.save(self.folder, counted)
        self._tell(finding, removed, plan)
        return self._facts(reading, cleaner, removed, plan, counted)

    def _earlier(self, half: HalfImport, reading: Reading) -> dict[str, Any] | None:
        """What an earlier import of the same sources with the same options noted before it was killed."""
        options = self.config.model_dump(mode="json")
        found = half.take_up(
            {
                "sources": [fact.record() for fact in reading.facts],
                "options": {name: options[name] for name in options if name not in ("paths", "text", "name")},
                "version": __version__,
            }
        )
        if "sources" in half.changed:
            self.context.note("The files have changed since this import was interrupted: it begins anew.", "warning")
        elif half.changed:
            self.context.note("The interrupted import had other options: it begins anew.", "warning")
        if found is not None:
            done = units.plural(int(found["spool"]["documents"]), "document")
            self.context.note(f"Goes on where an interrupted import was: after {done}.")
            reading.go_on(found["reading"])
        return found

    def _ingest(
        self, reading: Reading, spool: Spool, half: HalfImport, earlier: dict[str, Any] | None
    ) -> tuple[Cleaner, Removed]:
        def keep(state: dict[str, Any], back: int) -> None:
            half.keep({**state, "reading": reading.state(back)})

        helpers = processes_for(reading.total // 2)
        return ingest(
            reading.documents(), self.config, spool, self.context.check, processes=helpers, keep=keep, earlier=earlier
        )

    def _reading(self, finding: sources.Finding) -> Reading:
        done = 0
        reading = Reading(finding, self.config, self.faults, self.context.check)

        def tap(amount: int) -> None:
            nonlocal done
            done += amount
            self.context.progress(done, reading.total, "bytes")

        reading.tap = tap
        return reading

    def _characters(self, done: int, total: int) -> None:
        self.context.progress(done, total, "characters")

    def _sift(self, spool: Spool, removed: Removed) -> None:
        if spool.prints is None:
            return
        self.context.stage("Looking for repeated documents", 0.1)
        sift(spool, removed, self.context.check, lambda share: self.context.progress(share, 1.0))

    def _refuse_nothing(self, spool: Spool, removed: Removed) -> None:
        if spool.documents:
            return
        dropped = {reason: number for reason, number in removed.counts.items() if number}
        if not dropped or set(dropped) == {"empty"}:
            raise UserError("There is no text in it, only white space.", "Choose a file with text.", field="paths")
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in dropped.items())
        raise UserError(f"Nothing is left after cleaning: {reasons}.", "Switch cleaning steps off or loosen them.")

    def _plan(self, spool: Spool, reading: Reading) -> split.Plan:
        tables = bool(reading.choice.columns)
        return split.decide(self.config.split_by, self.config.shares, spool.fractions, spool.characters, tables)

    def _tell(self, finding: sources.Finding, removed: Removed, plan: split.Plan) -> None:
        self.context.note(f"Split by {plan.by}: {plan.why}.")
        if finding.skipped:
            names = ", ".join(finding.skipped[:3])
            self.context.note(f"Passed over {units.plural(len(finding.skipped), 'file')}: {names}.", "warning")
        for reason, number in removed.counts.items():
            if number:
                self.context.note(f"Left out {units.plural(number, 'document')}: {reason}.")
        if self.faults.count:
            self.context.note(f"Left out {units.plural(self.faults.count, 'faulty row')}.", "warning")
        if self.faults.replaced:
            self.context.note(f"Replaced {units.plural(self.faults.replaced, 'lone surrogate')} by \ufffd.", "warning")

    def _facts(
        self, reading: Reading, cleaner: Cleaner, removed: Removed, plan: split.Plan, counted: dict[str, Any]
    ) -> dict[str, Any]:
        with contextlib.closing(Documents(self.folder)) as documents:
            found, labels = documents.facts(), documents.labels()
        encodings = list(dict.fromkeys(fact.encoding for fact in reading.facts))
        shares = dict(zip(("train", "val", "test"), self.config.shares, strict=True))
        return {
            "documents": found["documents"],
            "characters": found["characters"],
            "bytes": counted["bytes"],
            "encoding": encodings[0] if len(encodings) == 1 else ", ".join(encodings[:6]),
            "splits": found["splits"],
            "split": {"by": plan.by, "why": plan.why, "seed": self.config.seed, "shares": shares},
            "removed": removed.counts,
            "removed_examples": removed.examples,
            **({"near_duplicates": removed.clusters} if removed.clusters else {}),
            "faults": [fault.record() for fault in self.faults.found],
            "fault_count": self.faults.count,
            "replaced": self.faults.replaced,
            "sources": [fact.record() for fact in reading.facts[:MOST_LISTED]],
            "source_count": len(reading.facts),
            "skipped": reading.finding.skipped[:MOST_LISTED],
            "columns": reading.choice.columns,
            "text_column": reading.choice.text,
            "label_column": reading.choice.label,
            "header": reading.table.header,
            "labels": labels,
            "cleaning": [report.record() for report in cleaner.reports],
            "documents_sha256": files.sha256(self.folder / TEXT, self.context.check),
        }
