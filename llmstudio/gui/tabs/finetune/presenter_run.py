"""During and after a fine-tuning: tiles, tables and words for a run. Knows no widgets."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from llmstudio.base import units
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.gui import runtrouble, runwords
from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.runwords import Tile, Trouble
from llmstudio.gui.tabs.finetune import words
from llmstudio.gui.tabs.finetune.report import Judged, Report
from llmstudio.gui.widgets.scatterdata import ScatterPicture, Series, lean, thinned
from llmstudio.jobs.job import RESUMABLE
from llmstudio.store.run import LIVE, RunState

TILES = ("first", "second", "third", "fourth", "trained")


@dataclass(frozen=True)
class Kept:
    """The model that came out: what it is made of, in three stations, its id, and how it does on the test rows."""

    model: str
    base: str
    dataset: str
    how: str
    test: str = ""


@dataclass(frozen=True)
class RunView:
    """Everything the page shows of a fine-tuning."""

    title: str
    task: str
    status: str
    since: str
    noun: str
    tiles: dict[str, Tile]
    report: Report | None = None
    trouble: Trouble | None = None
    unusual: tuple[float, float] | None = None
    waiting: str = ""
    first_report: str = ""
    samples: tuple[tuple[int, str, str], ...] = ()
    kept: Kept | None = None
    live: bool = False
    busy: str = ""
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def resumable(self) -> bool:
        """Whether it can go on."""
        return self.status in RESUMABLE and self.status != "finished"


def view(
    model: RunModel,
    report: Report | None,
    status: str,
    *,
    asked: str = "",
    watched: frozenset[str] = frozenset(),
    names: Mapping[str, str] | None = None,
    column: str = "",
    now: datetime,
) -> RunView:
    """The view of a run that is `status`; `asked` was requested and not yet done; `names` gives titles of ids,
    `column` is the dataset's own one of labels."""
    state, live = model.state, status in LIVE
    alarm = runtrouble.open_alarm(state, status, watched)
    every = state.config.get("eval_every")
    return RunView(
        title=state.title,
        task=str(state.config.get("task", "classify")),
        status="stopping" if live and asked else status,
        since=runwords.since(state, status, now),
        noun=words.noun(state.config, column),
        tiles=tiles(model, report, status, now, column),
        report=report,
        trouble=runtrouble.trouble_of(model, status, alarm),
        unusual=runtrouble.unusual(model, alarm),
        waiting=runwords.waiting(state, status),
        first_report=_first_report(every, live=live),
        samples=tuple((sample.step, sample.prompt, sample.text) for sample in state.samples),
        kept=_kept(state, names or {}) if status == "finished" else None,
        live=live,
        busy={"pause": "Pausing", "cancel": "Stopping"}.get(asked, "Stopping") if asked else "",
        config=dict(state.config),
    )


def _first_report(every: Any, *, live: bool) -> str:
    if not live:
        return "It ended before its first evaluation."
    return f"The first evaluation comes at step {units.number(every)}." if isinstance(every, int) else ""


# -- tiles


def tiles(model: RunModel, report: Report | None, status: str, now: datetime, column: str = "") -> dict[str, Tile]:
    """Five tiles for the task of a run, by their place."""
    state = model.state
    task = str(state.config.get("task", "classify"))
    figures = Figures(model, report, status, words.noun(state.config, column))
    made = {"regress": _regress, "instruct": _instruct, "continue": _continue}.get(task, _classify)(figures)
    time = runwords.time_tile(model, status, now)
    found = [*made, time][: len(TILES) - 1]
    return dict(zip(TILES, [*found, _trained(figures)], strict=True))


class Figures:
    """The newest figures of a run: those of its result once it has finished."""

    def __init__(self, model: RunModel, report: Report | None, status: str, noun: str = "label") -> None:
        self.state, self.report, self.noun, self._model = model.state, report, noun, model
        result = model.state.result
        kept = result.get("metrics")
        self.final: Mapping[str, Any] = kept if status == "finished" and isinstance(kept, Mapping) else {}
        if status == "finished" and "val_loss" not in self.final and "val_loss" in result:
            self.final = {**self.final, "val_loss": result["val_loss"]}

    def get(self, name: str) -> float | None:
        """The figure, or None."""
        value = self.final.get(name, self.state.latest.get(name))
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None

    def first(self, name: str) -> float | None:
        """The figure of the first evaluation."""
        _, values = self._model.series.get(name).arrays()
        return float(values[0]) if len(values) and math.isfinite(values[0]) else None

    @property
    def scope(self) -> str:
        """On what it was measured."""
        rows = self.report.rows_total if self.report else 0
        return f"on {units.plural(rows, 'validation row')}" if rows else "on the validation rows"


def _classify(figures: Figures) -> list[Tile]:
    baseline = figures.get("baseline_accuracy")
    bag = Tile("Bag of words", words.share(baseline), "%" if baseline is not None else "", _bag_note(figures))
    accuracy = figures.get("accuracy")
    return [
        Tile("Accuracy", words.share(accuracy), "%" if accuracy is not None else "", figures.scope),
        Tile("Macro-F1", words.figure(figures.get("macro_f1")), "", f"every {figures.noun} counts alike"),
        _loss(figures),
        bag,
    ]


def _bag_note(figures: Figures) -> str:
    if figures.state.config.get("baseline") is False:
        return "switched off"
    return "the baseline to beat" if figures.get("baseline_accuracy") is not None else "measured at the start"


def _regress(figures: Figures) -> list[Tile]:
    baseline = figures.get("baseline_mae")
    found = [
        Tile("Mean error", words.figure(figures.get("mae")), "", figures.scope),
        Tile("R²", words.figure(figures.get("r2")), "", "1 is perfect"),
        _loss(figures),
    ]
    if baseline is not None:
        found.append(Tile("Always the mean", words.figure(baseline), "", "the error to beat"))
    return found


def _instruct(figures: Figures) -> list[Tile]:
    before = figures.first("rouge_l")
    return [
        _loss(figures),
        Tile("ROUGE-L", words.figure(figures.get("rouge_l")), "", "against the reference answers"),
        Tile("ROUGE-L before", words.figure(before), "", "of the model it began with"),
    ]


def _continue(figures: Figures) -> list[Tile]:
    old, before = figures.get("old_loss"), figures.first("old_loss")
    if old is None:
        return [_loss(figures), _perplexity(figures), _speed(figures)]
    change = "" if before is None else f"{old - before:+.2f} since the start".replace("-", "−")
    return [_loss(figures), _perplexity(figures), Tile("Old domain", words.figure(old), "", change or "not yet known")]


def _speed(figures: Figures) -> Tile:
    speed = figures.get("tokens_per_second")
    figure, _, unit = units.rate(speed, "tokens").partition(" ") if speed else ("–", "", "")
    return Tile("Speed", figure, unit, "without an old domain to watch")


def _perplexity(figures: Figures) -> Tile:
    loss = figures.get("val_loss")
    value = math.exp(loss) if loss is not None and loss < 50 else None
    return Tile("Perplexity", words.figure(value, 1), "", "on the new domain")


def _loss(figures: Figures) -> Tile:
    state, loss = figures.state, figures.get("val_loss")
    if loss is None:
        return Tile("Validation loss", "–", "", _awaited(state))
    if figures.final:
        return Tile("Validation loss", words.figure(loss), "", "of the kept model")
    best = state.best
    if best is None:
        return Tile("Validation loss", words.figure(loss), "", "")
    return Tile("Validation loss", words.figure(loss), "", f"best at step {units.number(best[0])}")


def _awaited(state: RunState) -> str:
    every = state.config.get("eval_every")
    return f"first at step {units.number(every)}" if isinstance(every, int) else ""


def _trained(figures: Figures) -> Tile:
    trained, total = figures.get("trained_parameters"), figures.get("parameters")
    how = words.method(figures.state.config)
    if trained is None or not total:
        return Tile("Trained", "–", "", how)
    part = 100 * trained / total
    decimals = 0 if part >= 99.95 else 1 if part >= 0.1 else 3
    return Tile("Trained", f"{part:.{decimals}f}", "%", f"{how}, of {units.short(total)}")


# -- after


def _kept(state: RunState, names: Mapping[str, str]) -> Kept | None:
    model = str(state.result.get("model", ""))
    if not model:
        return None
    step = state.result.get("kept_step", state.result.get("steps", state.step))
    base, dataset = (names.get(str(state.config.get(key, "")), str(state.config.get(key, "")))
                     for key in ("model", "dataset"))  # fmt: skip
    how = f"{words.method(state.config)}, step {units.number(int(step))}"
    return Kept(model, base, dataset, how, _tested(state.result.get("metrics")))


def _tested(metrics: Any) -> str:
    """The figure that counts, on rows the model has never seen; "" where there were none."""
    known = metrics if isinstance(metrics, Mapping) else {}

    def told(name: str) -> float | None:
        value = known.get(name)
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None

    accuracy, bag = told("test_accuracy"), told("baseline_test_accuracy")
    if accuracy is not None:
        beside = f", bag of words {units.percent(bag, 1)}" if bag is not None else ""
        return f"Test rows: {units.percent(accuracy, 1)} right{beside}"
    for name, title in (("test_mae", "mean error"), ("test_rouge_l", "ROUGE-L"), ("test_loss", "loss")):
        value = told(name)
        if value is not None:
            return f"Test rows: {title} {value:.3f}"
    return ""


# -- tables


def rows_in(report: Report, cell: tuple[str, str] | None) -> tuple[Judged, ...]:
    """The rows of one cell (true, predicted) of the matrix, or all of them."""
    if cell is None:
        return report.rows
    return tuple(row for row in report.rows if (row.true, row.predicted) == cell)


def rows_title(report: Report | None, cell: tuple[str, str] | None) -> tuple[str, str]:
    """Heading of the table of rows, and the words of the link that shows all of them again."""
    if report is None:
        return "Validation rows, worst first", ""
    if cell is None:
        shown = len(report.rows) or len(report.values)
        rest = f", {units.number(shown)} of {units.number(report.rows_total)}" if shown < report.rows_total else ""
        return f"Validation rows, worst first{rest}", ""
    true, predicted = cell
    heading = f"Truly {true}, called {predicted}" if true != predicted else f"Truly {true}, and called so"
    return heading, f"All {units.plural(report.rows_total, 'row')}"


def scatter(report: Report | None, hint: str) -> ScatterPicture:
    """True against predicted numbers of the validation rows; reports of before have only the worst of them."""
    if report is None:
        return ScatterPicture(empty=hint)
    points = report.points or tuple((row.true, row.predicted) for row in report.values)
    some = len(points) < report.rows_total
    which = f" These are {units.number(len(points))} of {units.number(report.rows_total)} rows." if some else ""
    return ScatterPicture((Series("", thinned(points)),), f"{lean(points)}{which}".strip())


def all_settings(state: RunState) -> list[tuple[str, str]]:
    """Every setting of the run with its title."""
    titles = {name: found.title or name for name, found in FinetuneConfig.model_fields.items()}
    return [(titles.get(name, name), runwords.shown(value)) for name, value in state.config.items()]
