"""Evaluations made of nothing but their files: what the job would have written."""

import random
from functools import cache
from pathlib import Path
from typing import Any

from llmstudio.base import files, jsonl
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.jobs import create
from llmstudio.store.events import Event, Progress, Result, Stage, Status
from llmstudio.store.workspace import Workspace
from tests.gui.tabs.run_fixtures import stamp, write

MOODS = ("calm", "merry", "sad", "tense", "odd")
TALE = "The lamp went out and for once nobody minded the gulls that counted oars on the pier"
MEASURES = [
    {"key": "accuracy", "title": "Accuracy", "better": "high", "unit": "share"},
    {"key": "macro_f1", "title": "Macro-F1", "better": "high", "unit": "share"},
    {"key": "weighted_f1", "title": "Weighted F1", "better": "high", "unit": "share"},
    {"key": "log_loss", "title": "Log loss", "better": "low", "unit": "nats"},
    {"key": "ece", "title": "Calibration error", "better": "low", "unit": "share"},
]
# title, kind, accuracy, over-confidence, seconds
MODELS = (
    ("Story moods, LoRA", "model", 0.91, 0.0, 8.4),
    ("Story moods, small", "model", 0.87, 0.06, 1.1),
    ("Harbour 135M, four examples", "few-shot", 0.72, 0.1, 19.0),
    ("Bag of words", "baseline", 0.83, 0.04, 0.1),
    ("Most frequent label", "baseline", 0.2, 0.0, 0.0),
)


@cache
def judged(seed: int, accuracy: float, excess: float, rows: int = 500) -> list[dict[str, Any]]:
    """Predictions of a classifier that is right so often."""
    luck, chance = random.Random(7), random.Random(seed)
    found = []
    for row in range(rows):
        true, text = luck.choice(MOODS), " ".join(luck.choices(TALE.split(), k=9))
        sure = chance.uniform(0.22, 1.0) ** 0.4
        right = chance.random() < max(0.2, min(0.99, accuracy + (sure - 0.75) * 0.5))
        told = true if right else chance.choice([mood for mood in MOODS if mood != true])
        certainty = round(min(1.0, sure + excess), 4)
        found.append({"row": row + 1, "text": f"{text}.", "true": true, "predicted": told, "certainty": certainty})
    return found


def entry(number: int, records: list[dict[str, Any]]) -> dict[str, Any]:
    """The report's entry of a model, with figures that follow from its predictions."""
    title, kind, _, _, seconds = MODELS[number]
    matrix = [[sum(r["true"] == a and r["predicted"] == b for r in records) for b in MOODS] for a in MOODS]
    right = sum(r["true"] == r["predicted"] for r in records)
    by_class = [_class(matrix, at) for at in range(len(MOODS))]
    macro = sum(one["f1"] for one in by_class) / len(MOODS)
    bins = _bins(records)
    ece = sum(abs(one["confidence"] - one["accuracy"]) * one["rows"] for one in bins) / len(records)
    baseline = {"Bag of words": "bag-of-words", "Most frequent label": "most-frequent"}
    accuracy = right / len(records)
    return {
        "id": baseline.get(title, title.casefold().replace(" ", "-").replace(",", "")),
        "title": title,
        "kind": kind,
        "note": "Judged by the split it was trained with." if kind == "model" else "",
        "error": "",
        "metrics": {"accuracy": accuracy, "macro_f1": macro, "weighted_f1": macro, "log_loss": 0.4, "ece": ece},
        "rules": {"macro_f1": "the plain mean of the labels' F1, on 500 rows"},
        "intervals": {"accuracy": [accuracy - 0.03, accuracy + 0.03]},
        "labels": list(MOODS),
        "by_class": by_class,
        "confusion": matrix,
        "reliability": bins,
        "roc": [],
        "pr": [],
        "predictions": f"predictions-{number}.jsonl",
        "rows": len(records),
        "seconds": seconds,
    }


def _class(matrix: list[list[int]], at: int) -> dict[str, Any]:
    rows, told = sum(matrix[at]), sum(line[at] for line in matrix)
    precision, recall = matrix[at][at] / max(1, told), matrix[at][at] / max(1, rows)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"label": MOODS[at], "precision": precision, "recall": recall, "f1": f1, "rows": rows}


def _bins(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for low in range(10):
        inside = [r for r in records if low / 10 < r["certainty"] <= (low + 1) / 10]
        if inside:
            found.append({
                "low": low / 10, "high": (low + 1) / 10, "rows": len(inside),
                "confidence": sum(r["certainty"] for r in inside) / len(inside),
                "accuracy": sum(r["true"] == r["predicted"] for r in inside) / len(inside),
            })  # fmt: skip
    return found


def make(ws: Workspace, report: dict[str, Any], predictions: dict[str, list[dict[str, Any]]], *,
         models: tuple[str, ...] = (), done: bool = True, ending: tuple[Event, ...] = ()) -> Path:  # fmt: skip
    """A run of kind evaluate with these files; still under way unless `done`."""
    config = EvaluateConfig(models=models, dataset=str(report.get("dataset", {}).get("id", "moods")), split="test")
    folder = create.create_run(ws, "evaluate", config, title="An evaluation")
    begin = [Status("starting", **stamp(0)), Status("running", **stamp(1)), Stage("Measuring", 0.5, **stamp(2))]
    finish = [Result({"models": []}, **stamp(9)), Status("finished", **stamp(10))]
    write(folder, [*begin, *(ending or (finish if done else [Progress(3, 10, "rows", **stamp(3))]))])
    if report:
        files.write_json(folder / "report.json", report)
    for name, records in predictions.items():
        files.write_bytes(folder / name, b"".join(jsonl.encode(record) for record in records))
    return folder


def report_of_moods(models: list[dict[str, Any]]) -> dict[str, Any]:
    """The report on story moods with these entries."""
    about = {"id": "moods", "title": "Story moods", "sha256": ""}
    told = MEASURES if models else []
    return {"dataset": about, "split": "test", "rows": 500, "task": "classify", "measures": told, "models": models}


def moods(ws: Workspace, *, upto: int = len(MODELS), done: bool = True) -> Path:
    """The evaluation of the picture: five rows on story moods, or as many as are done."""
    records = [judged(number, model[2], model[3]) for number, model in enumerate(MODELS)]
    report = report_of_moods([entry(number, records[number]) for number in range(upto)])
    names = tuple(model[0] for model in MODELS if model[1] != "baseline")
    found = {f"predictions-{number}.jsonl": records[number] for number in range(upto)}
    return make(ws, report, found, models=names, done=done)


def instructions(ws: Workspace) -> Path:
    """Two models that answered instructions."""
    measures = [
        {"key": "rouge_l", "title": "ROUGE-L", "better": "high", "unit": "share"},
        {"key": "bleu", "title": "BLEU", "better": "high", "unit": "points"},
        {"key": "exact_match", "title": "Exact match", "better": "high", "unit": "share"},
    ]
    found, models = {}, []
    for number, (title, score) in enumerate((("Harbour 135M, tuned", 0.62), ("Harbour 135M", 0.31))):
        name = f"predictions-{number}.jsonl"
        found[name] = [
            {"row": row, "text": f"Name a bird, please, number {row}.", "reference": "A gull is a bird.",
             "answer": ("A gull.", f"Birds are {row}.")[number], "scores": {"rouge_l": score, "exact_match": 0}}
            for row in range(1, 30)
        ]  # fmt: skip
        figures = {"rouge_l": score, "bleu": 100 * score * 0.5, "exact_match": score / 4}
        models.append({"id": f"m{number}", "title": title, "kind": "model", "metrics": figures, "rows": 29,
                       "seconds": 12.0, "predictions": name, "rules": {}, "intervals": {}})  # fmt: skip
    about = {"id": "asks", "title": "Instructions", "sha256": ""}
    report = {"dataset": about, "split": "test", "rows": 29, "task": "instruct", "measures": measures, "models": models}
    return make(ws, report, found, models=("m0", "m1"))


def texts(ws: Workspace) -> Path:
    """Perplexity of two models; a third failed."""
    measures = [
        {"key": "perplexity", "title": "Perplexity", "better": "low", "unit": ""},
        {"key": "bits_per_byte", "title": "Bits per byte", "better": "low", "unit": "bits"},
    ]
    rules = {"perplexity": "stride 128, context 256", "bits_per_byte": "over 120,400 bytes of the test part"}
    models: list[dict[str, Any]] = [
        {"id": "a", "title": "Pell stories", "metrics": {"perplexity": 4.2, "bits_per_byte": 0.496}, "rules": rules},
        {"id": "b", "title": "Harbour 135M", "metrics": {"perplexity": 9.7, "bits_per_byte": 0.812}, "rules": rules},
        {"id": "c", "title": "Broken", "error": "This file is damaged: 3 of 148 tensors are cut off.", "metrics": {}},
    ]
    about = {"id": "tales", "title": "Small stories", "sha256": ""}
    report = {"dataset": about, "split": "test", "rows": 0, "task": "continue", "measures": measures, "models": models}
    return make(ws, report, {}, models=("a", "b", "c"))
