"""`llmstudio evaluate` measures models; `llmstudio evaluations` shows results, compares rows, and writes them out."""

from pathlib import Path
from typing import Any

import click

from llmstudio.base.errors import UserError
from llmstudio.cli.arguments import make, options_of
from llmstudio.cli.console import table
from llmstudio.cli.work import Desk
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.store import catalog
from llmstudio.store import evaluations as results

_COLUMNS = ("run", "name", "status", "dataset", "split", "task", "models")
_SHOWN = 20


@click.command()
@click.argument("models", nargs=-1)
@options_of(EvaluateConfig, skip=["models"])
@click.pass_obj
def evaluate(desk: Desk, /, models: tuple[str, ...], **values: Any) -> None:
    """Measure one or more MODELS on the same rows of a dataset."""
    if not values.get("dataset"):
        raise UserError("The dataset is missing.", "Add --dataset NAME.", field="dataset")
    if not models:
        raise UserError("No model is named.", "Write llmstudio evaluate MODEL --dataset NAME.", field="models")
    config = make(EvaluateConfig, {**values, "models": models})
    dataset = catalog.find(desk.workspace, "dataset", config.dataset)  # before torch is loaded and a run is written
    kept = [catalog.find(desk.workspace, "model", name) for name in config.models]
    title = f"{', '.join(one.title for one in kept[:3])} on {dataset.title}"[:120]
    state = desk.run("evaluate", config, title=title, inputs=(dataset.id, *(one.id for one in kept)))
    report = results.read(desk.workspace.runs / state.id)
    desk.console.result(state.result, _table(report))


@click.group()
def evaluations() -> None:
    """Look at what was measured."""


@evaluations.command("list")
@click.pass_obj
def list_(desk: Desk) -> None:
    """Every evaluation of the workspace, newest first."""
    rows = [_row(one) for one in results.list_all(desk.workspace)]
    desk.console.result({"evaluations": rows}, table(rows, _COLUMNS) if rows else "Nothing measured yet.")


@evaluations.command()
@click.argument("name", metavar="RUN")
@click.pass_obj
def show(desk: Desk, name: str) -> None:
    """The figures of one evaluation."""
    report = results.read(results.find(desk.workspace, name))
    desk.console.result(report, _table(report))


@evaluations.command()
@click.argument("name", metavar="RUN")
@click.argument("first", metavar="MODEL")
@click.argument("second", metavar="MODEL")
@click.pass_obj
def compare(desk: Desk, name: str, first: str, second: str) -> None:
    """Rows that the second of two models gained over the first, and rows it lost."""
    folder = results.find(desk.workspace, name)
    entries = [_entry(results.read(folder), model) for model in (first, second)]
    found = results.compare(*(results.predictions(folder, entry) for entry in entries))
    rows = [_changed("gained", one) for one in found.gained] + [_changed("lost", one) for one in found.lost]
    counts = {"gained": len(found.gained), "lost": len(found.lost), "both": found.both, "neither": found.neither}
    words = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    shown = table(rows[:_SHOWN], ("row", "change", "true", "text")) if rows else ""
    desk.console.result({**counts, "rows": rows}, f"{words}\n{shown}".strip())


@evaluations.command()
@click.argument("name", metavar="RUN")
@click.argument("title", metavar="NAME")
@click.pass_obj
def rename(desk: Desk, name: str, title: str) -> None:
    """Give an evaluation another name."""
    folder = results.find(desk.workspace, name)
    results.rename(folder, title)
    desk.console.result({"run": folder.name, "name": title}, f"It is called {title} now.")


@evaluations.command()
@click.argument("name", metavar="RUN")
@click.pass_obj
def trash(desk: Desk, name: str) -> None:
    """Move an evaluation to the workspace's trash."""
    folder = results.find(desk.workspace, name)
    token = results.trash(desk.workspace, folder)
    desk.console.result({"run": folder.name, "trash": token}, f"{name} is in the trash.")


@evaluations.command()
@click.argument("name", metavar="RUN")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--predictions", metavar="MODEL", default=None, help="Write what this model said of each row.")
@click.pass_obj
def export(desk: Desk, name: str, file: Path, predictions: str | None) -> None:
    """Write an evaluation to FILE, by its ending .csv, .json or .md."""
    folder = results.find(desk.workspace, name)
    form = file.suffix.lower().removeprefix(".")
    if predictions:
        if form != "csv":
            raise UserError("Predictions are written as a table.", "Choose a name that ends in .csv.", field="file")
        results.export_predictions(folder, _entry(results.read(folder), predictions), file)
    elif form in ("csv", "json", "md"):
        results.export(folder, file, form)  # type: ignore[arg-type]
    else:
        raise UserError(f"{file.name} does not tell the format.", "End it in .csv, .json or .md.", field="file")
    desk.console.result({"path": str(file)}, str(file))


def _changed(change: str, one: results.Difference) -> dict[str, Any]:
    now = one.second
    return {"row": now["row"], "change": change, "true": now.get("true"), "text": str(now.get("text", ""))[:60]}


def _entry(report: dict[str, Any], model: str) -> dict[str, Any]:
    entries = report["models"]
    found = next((one for one in entries if model in (one.get("id"), one.get("title"))), None)
    if found is None:
        titles = tuple(str(one.get("title")) for one in entries)
        raise UserError(
            f"{model} was not measured there.", f"There is {', '.join(titles)}.", field="model", candidates=titles
        )
    return dict(found)


def _row(one: results.Evaluation) -> dict[str, Any]:
    report = one.report
    return {
        "run": one.state.id,
        "name": one.state.title,
        "status": one.state.status,
        "dataset": report.get("dataset", {}).get("title", ""),
        "split": report.get("split", ""),
        "task": report.get("task", ""),
        "models": len(report.get("models", [])),
    }


def _table(report: dict[str, Any]) -> str:
    measures = [(str(one["key"]), str(one["title"])) for one in report.get("measures", [])]
    rows = []
    for entry in report["models"]:
        figures = entry.get("metrics", {})
        row = {"Model": entry.get("title"), "Kind": entry.get("kind")}
        row |= {title: f"{figures[key]:.4f}" if key in figures else "–" for key, title in measures}
        rows.append({**row, "Note": entry.get("error") or entry.get("note") or ""})
    return table(rows, ("Model", "Kind", *(title for _, title in measures), "Note")) if rows else "Nothing measured."
