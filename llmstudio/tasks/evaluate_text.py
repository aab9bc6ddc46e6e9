"""How well models foretell a text: perplexity and bits per byte over overlapping windows."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.evaluate import EvaluateConfig
from llmstudio.config.model import ModelConfig
from llmstudio.data.encode import encode_dataset
from llmstudio.data.labelled_split import DATASET
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine import sliding
from llmstudio.engine.measure import bits_per_byte
from llmstudio.engine.metrics import bootstrap
from llmstudio.store.catalog import Kept
from llmstudio.tasks.evaluate_data import Rows, learned_from, recorded_rule
from llmstudio.tasks.evaluate_report import Entry
from llmstudio.tasks.evaluate_trial import Trial

LONGEST = 1024  # tokens of context, unless more are asked for
SHOWN = 300  # characters of a window in the predictions
MOST_SHOWN = 2000  # windows
UNKNOWN_SHARE = 0.05


@dataclass(frozen=True)
class Text:
    """A part of a dataset in tokens, and the bytes it has."""

    ids: NDArray[Any]
    bytes: int
    part: str


def measure(trial: Trial, rows: Rows | None) -> list[dict[str, Any]]:
    """Fill the entry with the figures of one model; its windows, those foretold worst first.

    `rows` are given where the part is not one of the dataset's own.
    """
    loaded, config, entry = trial.loaded, trial.config, trial.entry
    block, stride = reach(loaded.model.config, config, loaded.kept.title)
    text = of_rows(rows, loaded.tokenizer) if rows else of_dataset(trial)
    if len(text.ids) < 2:
        message = f"The part {text.part} of {trial.dataset.title} is empty."
        raise UserError(message, "Choose another part, or split anew.", field="split")
    every = sliding.windows(len(text.ids), block, stride)
    chosen = sliding.evenly(every, config.max_rows)
    nats = _losses(trial, text.ids, chosen)
    _fill(entry, loaded.tokenizer, text, chosen, nats)
    scope = f"the whole part {text.part}" if len(chosen) == len(every) else f"{len(chosen):,} of {len(every):,} windows"
    stated = f"{scope}, {units.plural(entry.rows, 'token')}; windows of {block:,} tokens, stride {stride:,}"
    entry.rules = {
        "perplexity": f"e to the power of the mean loss over {stated}",
        "loss": f"nats per token of this model's tokenizer over {stated}",
        "bits_per_byte": f"bits needed for each byte of the text, comparable across tokenizers; {stated}",
    }
    _warn(trial, text, rows)
    return _records(loaded.tokenizer, text.ids, chosen, nats)


def _warn(trial: Trial, text: Text, rows: Rows | None) -> None:
    """What makes the figures look better than they are."""
    kept, unknown = trial.loaded.kept, trial.loaded.tokenizer.unknown_id
    if rows is None and learned_from(kept, trial.dataset):
        if text.part in ("train", "all"):
            trial.add_note("It learned from the text that it is judged on here.")
        elif recorded_rule(kept).get("rule", DATASET) != DATASET:
            trial.add_note("It was trained with another split, and may have learned rows that it is judged on here.")
    share = 0.0 if unknown is None else float(np.mean(text.ids == unknown))
    if share > UNKNOWN_SHARE:
        trial.add_note(f"{share:.0%} of the text is unknown to its tokenizer and is easily foretold.")


def reach(model: ModelConfig, config: EvaluateConfig, title: str) -> tuple[int, int]:
    """Tokens of a window and its stride. UserError where the model cannot look back so far."""
    block = config.block_size or min(model.block_size, LONGEST)
    if block > model.block_size:
        message = f"{title} can look back {model.block_size:,} tokens, {block:,} were asked for."
        raise UserError(message, "Choose a shorter context.", field="block_size", candidates=(str(model.block_size),))
    stride = config.stride or max(1, block // 2)
    if stride > block:
        message = f"A stride of {stride:,} leaves out what a context of {block:,} cannot reach."
        raise UserError(message, f"Use a stride of {block:,} at most.", field="stride", candidates=(str(block),))
    return block, stride


def of_dataset(trial: Trial) -> Text:
    """A part of the dataset's own split, as it would be trained on."""
    encoded = encode_dataset(
        trial.dataset.path,
        trial.loaded.tokenizer,
        check=trial.context.check,
        progress=lambda done, total: trial.context.progress(done, total, "characters"),
        threads=trial.place.threads,
    )
    files = {"train": encoded.train, "val": encoded.val, "test": encoded.test}
    part = part_of(trial.dataset, trial.config.split)
    if part == "all":
        ids = np.concatenate([file.ids for file in files.values()])
        return Text(ids, sum(file.bytes for file in files.values()), part)
    return Text(files[part].ids, files[part].bytes, part)


def part_of(dataset: Kept, split: str) -> str:
    """The part that is judged: the one asked for, else test where the dataset has one, else val."""
    if split != "auto":
        return split
    facts = dataset.manifest.get("splits")
    test = facts.get("test") if isinstance(facts, dict) else None
    return "test" if isinstance(test, dict) and test.get("characters") else "val"


def of_rows(rows: Rows, tokenizer: Tokenizer) -> Text:
    """The judged rows one after the other, each closed by the end of a document."""
    texts = [example.text for example in rows.judged]
    end = np.array([tokenizer.end_id], dtype=np.uint32)
    parts = [part for ids in tokenizer.encode_many(texts) for part in (ids, end)]
    return Text(np.concatenate(parts), sum(len(text.encode("utf-8", "replace")) for text in texts), rows.split)


def _losses(trial: Trial, ids: NDArray[Any], chosen: list[sliding.Window]) -> NDArray[np.float64]:
    nats: list[float] = []
    for part in sliding.losses(trial.loaded.model, ids, chosen, trial.place):
        trial.context.check()
        nats += part
        trial.context.progress(len(nats), len(chosen), "windows")
    return np.array(nats)


def _fill(entry: Entry, tokenizer: Tokenizer, text: Text, chosen: list[sliding.Window], nats: NDArray[Any]) -> None:
    tokens = np.array([window.tokens for window in chosen], dtype=np.float64)
    size = _bytes_of(tokenizer, text, chosen)

    def figures(drawn: bootstrap.Indices) -> dict[str, float]:
        count = tokens[drawn].sum()
        loss = float(nats[drawn].sum() / count)
        bits = bits_per_byte(loss, int(count), 1) / max(1.0, float(size[drawn].sum()))
        return {"perplexity": math.exp(min(loss, 700.0)), "loss": loss, "bits_per_byte": bits}

    entry.metrics = figures(np.arange(len(chosen)))
    if len(chosen) > 1:
        entry.intervals = bootstrap.intervals(len(chosen), figures)
    entry.rows = int(tokens.sum())


def _bytes_of(tokenizer: Tokenizer, text: Text, chosen: list[sliding.Window]) -> NDArray[np.float64]:
    """How many bytes of the text the foretold tokens of each window stand for; ends of documents have none.

    Where a tokenizer does not tell exactly what its tokens stand for, all of them are scaled to the text's bytes.
    """
    counts = np.bincount(text.ids)
    used = np.flatnonzero(counts).tolist()
    lengths = np.zeros(len(counts))
    lengths[used] = [0 if token == tokenizer.end_id else len(tokenizer.token_bytes(token)) for token in used]
    told = float(counts @ lengths)
    lengths *= text.bytes / told if told else 0.0
    return np.array([lengths[text.ids[window.first : window.end]].sum() for window in chosen])


def _records(
    tokenizer: Tokenizer, ids: NDArray[Any], chosen: list[sliding.Window], nats: NDArray[Any]
) -> list[dict[str, Any]]:
    """The worst windows first: where the text begins that was foretold badly, and its loss."""
    losses = nats / np.array([window.tokens for window in chosen])
    found = []
    for place in np.argsort(-losses, kind="stable")[:MOST_SHOWN].tolist():
        window = chosen[place]
        text = tokenizer.decode(ids[window.first : min(window.end, window.first + SHOWN)].tolist())[:SHOWN]
        found.append({"row": place + 1, "text": text, "loss": round(float(losses[place]), 6), "tokens": window.tokens})
    return found
