"""Results of evaluations as they lie in run folders: list and read them, compare rows, write them out."""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from llmstudio.base import files, jsonl, spreadsheet
from llmstudio.base.errors import UserError
from llmstudio.store import catalog, run
from llmstudio.store.catalog import Kept
from llmstudio.store.run import RunState
from llmstudio.store.workspace import Workspace

KIND = "evaluate"
REPORT = "report.json"
REMEMBERED = 20  # evaluations in a model's manifest

Report = dict[str, Any]
Record = dict[str, Any]
Format = Literal["csv", "json", "md"]


@dataclass(frozen=True)
class Evaluation:
    """One evaluation: its run, and what it found so far (empty before the first model is done)."""

    state: RunState
    folder: Path
    report: Report


@dataclass(frozen=True)
class Difference:
    """One row on which two models were compared: what the first and the second made of it."""

    first: Record
    second: Record


@dataclass(frozen=True)
class Comparison:
    """Rows of two models: `gained` only the second has right, `lost` only the first; and how many both or none."""

    gained: tuple[Difference, ...]
    lost: tuple[Difference, ...]
    both: int
    neither: int


def list_all(ws: Workspace) -> list[Evaluation]:
    """Every evaluation of the workspace, newest first."""
    return [
        Evaluation(state, ws.runs / state.id, _report_or_nothing(ws.runs / state.id))
        for state in run.list_runs(ws)
        if state.kind == KIND
    ]


def _report_or_nothing(folder: Path) -> Report:
    with contextlib.suppress(UserError):
        return read(folder)
    return {}


def read(folder: Path) -> Report:
    """The report of a run. UserError if there is none yet or it is damaged."""
    path = folder / REPORT
    report = files.read_json(path)
    if not isinstance(report, dict) or not isinstance(report.get("models"), list):
        raise UserError(f"{path} is damaged.", "Evaluate again.")
    return report


def find(ws: Workspace, name: str) -> Path:
    """The folder of the evaluation with this run id or title. UserError that names near matches."""
    folder = run.find(ws, name)
    if run.load(folder, quick=True).kind != KIND:
        raise UserError(f"{name} is no evaluation.", "See llmstudio evaluations list.", field="run")
    return folder


def rename(folder: Path, title: str) -> None:
    """Give an evaluation another title. Raises `UserError` for a name that is refused."""
    run.rename(folder, title)


def trash(ws: Workspace, folder: Path) -> str:
    """Move an evaluation with all it measured to the trash; returns the token for `catalog.restore`.

    What models remember of it in their manifests stays: it was measured. Raises `UserError` while it is going on.
    """
    return run.trash(ws, folder)


def predictions(folder: Path, entry: dict[str, Any]) -> list[Record]:
    """What a model of the report said of each row; empty where it failed before."""
    name = str(entry.get("predictions") or "")
    return jsonl.read(files.safe_join(folder, name)) if name else []


def right(record: Record) -> bool:
    """Whether a row was told rightly: the label, all the labels, or the reference word for word."""
    scores = record.get("scores")
    if "reference" in record and isinstance(scores, dict):
        return bool(scores.get("exact_match"))
    return bool(record.get("true") == record.get("predicted"))


def compare(first: Iterable[Record], second: Iterable[Record]) -> Comparison:
    """How two models differ on the rows that both were judged on; the surest changes come first."""
    known = {record["row"]: record for record in first}
    gained: list[Difference] = []
    lost: list[Difference] = []
    both = neither = 0
    for record in second:
        before = known.get(record["row"])
        if before is None:
            continue
        was, now = right(before), right(record)
        both, neither = both + (was and now), neither + (not was and not now)
        if was != now:
            (gained if now else lost).append(Difference(before, record))
    return Comparison(_surest(gained), _surest(lost), both, neither)


def _surest(found: list[Difference]) -> tuple[Difference, ...]:
    def sureness(one: Difference) -> float:
        return -float(one.first.get("certainty") or 0) - float(one.second.get("certainty") or 0)

    return tuple(sorted(found, key=lambda one: (sureness(one), one.second["row"])))


# --- what a model remembers of them ---------------------------------------------------------------


def remember(kept: Kept, record: Record) -> Kept:
    """Put a result into the model's manifest; the newest comes first, and replaces an older one of the same kind.

    `record` has run, dataset, split, task, rows, kind and metrics. Raises `UserError`.
    """

    def change(manifest: dict[str, Any]) -> dict[str, Any]:
        known = manifest.get("evaluations")
        others = [one for one in known if isinstance(one, dict)] if isinstance(known, list) else []
        kept_ones = [one for one in others if _sort(one) != _sort(record)]
        return {**manifest, "evaluations": [record, *kept_ones][:REMEMBERED]}

    return catalog.amend(kept, change)


def _sort(record: Record) -> tuple[str, ...]:
    dataset = record.get("dataset")
    name = dataset.get("id") if isinstance(dataset, dict) else dataset
    return (str(name), *(str(record.get(key)) for key in ("split", "task", "kind")))


# --- writing out ----------------------------------------------------------------------------------


def export(folder: Path, target: Path, form: Format) -> None:
    """Write a report as a table for spreadsheets, as JSON, or as Markdown. Raises `UserError`."""
    report = read(folder)
    texts = {"csv": to_csv, "json": to_json, "md": to_markdown}
    files.write_text(target, texts[form](report))


def export_predictions(folder: Path, entry: dict[str, Any], target: Path) -> None:
    """Write what a model said of each row as a table for spreadsheets. Raises `UserError`."""
    files.write_text(target, predictions_csv(predictions(folder, entry)))


def to_json(report: Report) -> str:
    """The whole report, readable for people."""
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


def to_csv(report: Report) -> str:
    """One row for each model; intervals stand beside their figure."""
    names = [str(measure["key"]) for measure in report.get("measures", [])]
    head = ["id", "title", "kind"]
    for name in names:
        head += [name, f"{name}_low", f"{name}_high"]
    rows = [_cells(entry, names) for entry in report["models"]]
    return spreadsheet.csv_text([*head, "note", "error"], rows)


def _cells(entry: dict[str, Any], names: list[str]) -> list[Any]:
    figures, ranges = entry.get("metrics", {}), entry.get("intervals", {})
    cells = [entry.get("id"), entry.get("title"), entry.get("kind")]
    for name in names:
        low, high = ranges.get(name) or (None, None)
        cells += [figures.get(name), low, high]
    return [*cells, entry.get("note"), entry.get("error")]


def predictions_csv(records: list[Record]) -> str:
    """Every record as a row; lists and objects as JSON."""
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = [[_plain(record.get(name)) for name in names] for record in records]
    return spreadsheet.csv_text(names, rows)


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def to_markdown(report: Report) -> str:
    """A table of models and measures, and below it by which rules they were measured."""
    measures = report.get("measures", [])
    dataset = report.get("dataset", {})
    lines = [
        f"# {_cell(report.get('task'))} on {_cell(dataset.get('title'))}",
        "",
        f"Part {_cell(report.get('split'))}, {report.get('rows', 0):,} rows.",
        "",
        "| " + " | ".join(["Model", *(_cell(measure["title"]) for measure in measures)]) + " |",
        "|" + " --- |" + " ---: |" * len(measures),
    ]
    lines += [_line(entry, measures) for entry in report["models"]]
    rules = {key: rule for entry in reversed(report["models"]) for key, rule in entry.get("rules", {}).items()}
    titles = {measure["key"]: measure["title"] for measure in measures}
    lines += ["", *(f"- {_cell(titles[key])}: {_cell(rule)}" for key, rule in rules.items() if key in titles)]
    return "\n".join(lines).rstrip() + "\n"


def _line(entry: dict[str, Any], measures: list[dict[str, Any]]) -> str:
    if entry.get("error"):
        return f"| {_cell(entry.get('title'))} | {_cell(entry['error'])} |" + " |" * (len(measures) - 1)
    figures, ranges = entry.get("metrics", {}), entry.get("intervals", {})
    cells = []
    for measure in measures:
        value, between = figures.get(measure["key"]), ranges.get(measure["key"])
        text = "–" if value is None else f"{value:.4g}"
        cells.append(text + (f" ({between[0]:.4g} to {between[1]:.4g})" if between and value is not None else ""))
    return f"| {_cell(entry.get('title'))} | " + " | ".join(cells) + " |"


def _cell(value: Any) -> str:
    """Text that stays in its cell and is nothing but text."""
    text = " ".join(str("" if value is None else value).split())
    for sign in ("\\", "|", "<", ">", "[", "]", "*", "_", "`", "!"):
        text = text.replace(sign, f"\\{sign}")
    return text
