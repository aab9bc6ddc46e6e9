"""What the ticked models have in common: bars by label, reliability, curves, the confusion of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmstudio.base import units
from llmstudio.gui.tabs.evaluate.presenter import PERCENT, Measure, Row, Table, figure, short_name
from llmstudio.gui.widgets.confusiondata import Matrix
from llmstudio.gui.widgets.groupbars import Bar, Group
from llmstudio.gui.widgets.reliability import ShareCurve, SharePicture
from llmstudio.gui.widgets.scatterdata import ScatterPicture, Series, lean, thinned
from llmstudio.store.evaluations import Record

LEVEL = 0.005  # F1 closer than this is as good as equal
SURE = 0.01


@dataclass(frozen=True)
class Bars:
    """What the card of bars shows."""

    title: str = ""
    groups: tuple[Group, ...] = ()
    names: tuple[str, ...] = ()
    hues: tuple[int, ...] = ()
    most: float = 1.0
    sentence: str = ""


def names_of(rows: Sequence[Row]) -> list[str]:
    """Short names of the ticked rows."""
    return [short_name(row, rows) for row in rows]


def bars(table: Table, rows: Sequence[Row], noun: str) -> Bars:
    """F1 of each label, or where there are no labels the main measures of each model."""
    names, hues = names_of(rows), tuple(row.slot for row in rows)
    if any(row.entry.get("by_class") for row in rows):
        groups = _by_class(rows)
        return Bars(f"F1 by {noun}", groups, tuple(names), hues, 1.0, _class_sentence(groups, names, noun))
    chosen = [one for one in table.measures if one.unit in ("share", "points") and one.better == "high"]
    if not chosen:
        wanted = "bits_per_byte" if table.task == "continue" else "mae"
        chosen = [one for one in table.measures if one.key == wanted]
    found = []
    for measure in chosen:
        scale = 100.0 if measure.unit == "points" else 1.0
        values = [max(0.0, (row.value(measure.key) or 0.0) / scale) for row in rows]
        goal = (max if measure.better == "high" else min)(values, default=0.0)
        parts = zip(rows, values, strict=True)
        drawn = tuple(Bar(value, _cell(row, measure), row.slot, value == goal) for row, value in parts)
        found.append(Group(measure.title, drawn))
    shares = all(one.unit in ("share", "points") for one in chosen)
    most = 1.0 if shares else max((bar.value for group in found for bar in group.bars), default=1.0) or 1.0
    title = "Figures side by side" if len(chosen) != 1 else chosen[0].title
    about = chosen[0] if len(chosen) == 1 else next(iter(table.measures), None)
    return Bars(title, tuple(found), tuple(names), hues, most, _measure_sentence(about, rows, names))


def _cell(row: Row, measure: Any) -> str:
    value = row.value(measure.key)
    return "–" if value is None else figure(value, measure)


def _by_class(rows: Sequence[Row]) -> tuple[Group, ...]:
    labels = list(dict.fromkeys(str(one["label"]) for row in rows for one in row.entry.get("by_class") or ()))
    values = [{str(one["label"]): float(one["f1"]) for one in row.entry.get("by_class") or ()} for row in rows]
    groups = []
    for label in labels:
        found = [known.get(label) for known in values]
        goal = max((value for value in found if value is not None), default=0.0)
        drawn = (
            Bar(value or 0.0, "–" if value is None else f"{value:.2f}", row.slot, value == goal)
            for row, value in zip(rows, found, strict=True)
        )
        groups.append(Group(label, tuple(drawn)))
    return tuple(groups)


def _class_sentence(groups: Sequence[Group], names: Sequence[str], noun: str) -> str:
    if not groups:
        return ""
    if len(names) < 2:
        worst = min(groups, key=lambda group: group.bars[0].value)
        return f"Weakest for {worst.label}: {worst.bars[0].words}."
    gaps = {group.label: group.bars[0].value - group.bars[1].value for group in groups}
    ahead = [label for label, gap in gaps.items() if gap > LEVEL]
    behind = [label for label, gap in gaps.items() if gap < -LEVEL]
    if not ahead and not behind:
        return f"{names[0]} and {names[1]} are level for every {noun}."
    leader, leading = (names[0], ahead) if len(ahead) >= len(behind) else (names[1], behind)
    most = max(leading, key=lambda label: abs(gaps[label]))
    where = f"every {noun}" if len(leading) == len(gaps) else f"{len(leading)} of {len(gaps)} {_many(noun)}"
    return f"{leader} is ahead for {where}, most for {most}."


def _many(noun: str) -> str:
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def _measure_sentence(measure: Measure | None, rows: Sequence[Row], names: Sequence[str]) -> str:
    if measure is None or not rows:
        return ""
    told = [
        (name, value) for name, row in zip(names, rows, strict=True) if (value := row.value(measure.key)) is not None
    ]
    if len(told) < 2:
        return f"{measure.title} {figure(told[0][1], measure)}." if told else ""
    ordered = sorted(told, key=lambda one: one[1], reverse=measure.better == "high")
    gap = abs(ordered[0][1] - ordered[1][1])
    words = f"{100 * gap:.1f} points" if measure.key in PERCENT else figure(gap, measure)
    return f"{ordered[0][0]} is ahead by {words} in {lower_first(measure.title)}."


def lower_first(words: str) -> str:
    """As it stands within a sentence; abbreviations stay as they are."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


# -- curves


def curve_parts(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Which plots the ticked rows have."""
    wanted = [("reliability", "Reliability"), ("roc", "ROC"), ("pr", "Precision"), ("confusion", "Confusion")]
    found = [(key, words) for key, words in wanted if any(row.entry.get(key) for row in rows)]
    return [*found, ("scatter", "True and predicted")] if any(_guesses(row) for row in rows) else found


def _guesses(row: Row) -> bool:
    """Whether it tells numbers, and each was kept."""
    return row.value("mae") is not None and bool(row.entry.get("predictions"))


def scatter(rows: Sequence[Row], records: Mapping[str, Sequence[Record]]) -> ScatterPicture:
    """True against predicted numbers of the first two ticked rows whose predictions were read."""
    found, told = [], []
    for row, name in list(zip(rows, names_of(rows), strict=True))[:2]:
        pairs = [(one.get("true"), one.get("predicted")) for one in records.get(row.key, ())]
        points = [(float(x), float(y)) for x, y in pairs if isinstance(x, int | float) and isinstance(y, int | float)]
        if points:
            found.append(Series(name, thinned(points), row.slot))
            told.append(f"{name}: {lower_first(lean(points))}")
    return ScatterPicture(tuple(found), " ".join(told), "No rows were kept, or they are being read.")


def curve_words(kind: str, rows: Sequence[Row]) -> str:
    """What a plot shows, in one line."""
    labels = next((row.entry.get("labels") for row in rows if row.entry.get(kind)), None) or ("", "the second")
    if kind == "roc":
        return f"How many {labels[-1]} are found, at how many false alarms"
    if kind == "scatter":
        return "On the dashed line a guess is right"
    if kind == "pr":
        return f"How many called {labels[-1]} are, by how many are found"
    return "Rows true, columns predicted" if kind == "confusion" else "How often it is right when it says so"


def reliability(rows: Sequence[Row]) -> SharePicture:
    """How often each is right when it is so sure."""
    names = names_of(rows)
    curves, gaps = [], []
    for row, name in zip(rows, names, strict=True):
        bins = [one for one in row.entry.get("reliability") or () if one.get("rows")]
        points = tuple((float(one["confidence"]), float(one["accuracy"])) for one in bins)
        words = tuple(
            f"{units.percent(x)} sure, right in {units.percent(y)} of {units.plural(int(one['rows']), 'row')}"
            for (x, y), one in zip(points, bins, strict=True)
        )
        curves.append(ShareCurve(name, points, words, row.slot))
        counted = sum(one["rows"] for one in bins)
        if counted:
            gap = sum((one["confidence"] - one["accuracy"]) * one["rows"] for one in bins) / counted
            gaps.append((name, gap))
    picture = SharePicture(tuple(curves), "rising", "certainty", "right", _sureness(gaps))
    return picture if any(curve.points for curve in curves) else SharePicture(empty="No certainty was measured")


def _sureness(gaps: Sequence[tuple[str, float]]) -> str:
    if not gaps:
        return ""
    name, gap = max(gaps, key=lambda one: abs(one[1]))
    if abs(gap) < SURE:
        return "They are as sure as they may be." if len(gaps) > 1 else f"{name} is as sure as it may be."
    points = units.plural(round(100 * abs(gap)), "point")
    return f"{name} is too {'sure' if gap > 0 else 'unsure'} of itself, by {points} on average."


def curve(rows: Sequence[Row], kind: str) -> SharePicture:
    """ROC ("roc") or precision against recall ("pr") of two classes."""
    names = names_of(rows)
    found = []
    for row, name in zip(rows, names, strict=True):
        points = tuple((float(x), float(y)) for x, y in row.entry.get(kind) or ())
        found.append(ShareCurve(name, points, hue=row.slot))
    if not any(one.points for one in found):
        return SharePicture(empty="Two classes have this curve")
    key, words = ("auc", "area") if kind == "roc" else ("average_precision", "average precision")
    told = [(name, row.value(key)) for name, row in zip(names, rows, strict=True)]
    sentence = ", ".join(f"{name} {words} {value:.3f}" for name, value in told if value is not None)
    across, upward = ("false alarms", "found") if kind == "roc" else ("found (recall)", "right (precision)")
    ending = f"{sentence}." if sentence else ""
    return SharePicture(tuple(found), "rising" if kind == "roc" else "", across, upward, ending)


def matrix(row: Row, noun: str) -> Matrix:
    """The confusion matrix of one row."""
    labels = tuple(map(str, row.entry.get("labels") or ()))
    counts = tuple(tuple(int(count) for count in line) for line in row.entry.get("confusion") or ())
    return Matrix(labels, counts, noun) if len(counts) == len(labels) else Matrix()
