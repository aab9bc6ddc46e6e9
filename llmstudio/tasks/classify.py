"""The small job that lets a fine-tuned model judge texts."""

from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.config.classify import ClassifyConfig
from llmstudio.engine import device
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.tasks.judging import Floats, judge
from llmstudio.tasks.loading import Loaded, load_model

THRESHOLD = 0.5


def run(job: Job, context: Context) -> None:
    """Judge the texts; the result tells the first one, and all of them under `results`."""
    config = ClassifyConfig(**job.config)
    place = device.choose(config.device, config.precision, config.threads)
    place.settle()
    context.stage("Loading the model")
    loaded = load_model(context.workspace, config.model, place)
    if loaded.head is None:
        raise UserError(
            f"{loaded.kept.title} has not learned to judge texts.",
            "Choose a model fine-tuned to classify.",
            field="model",
        )
    said = judge(loaded, config.texts, place, context.check)
    results = [verdict(loaded, text, row) for text, row in zip(config.texts, said, strict=True)]
    context.result(**results[0], results=results)


def verdict(loaded: Loaded, text: str, said: Floats) -> dict[str, Any]:
    """What is said of one text, under the command line's keys."""
    task = loaded.task
    if task["kind"] == "regress":
        return {"text": text, "value": float(said[0])}
    labels = [str(label) for label in task["labels"]]
    shares = dict(sorted(zip(labels, said.tolist(), strict=True), key=lambda pair: -pair[1]))
    if task["kind"] == "classify":
        return {"text": text, "label": labels[int(said.argmax())], "probabilities": shares}
    threshold = float(task.get("threshold") or THRESHOLD)
    told = [label for label, share in shares.items() if share >= threshold]
    return {"text": text, "label": ", ".join(told), "labels": told, "probabilities": shares}
