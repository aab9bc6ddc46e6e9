"""The job behind `llmstudio models quantize-check`: what each precision costs in quality and gains in speed."""

import gzip
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llmstudio.base import paths
from llmstudio.base.errors import UserError
from llmstudio.config.quantize import QuantizeCheckConfig
from llmstudio.data.encode import encode_dataset
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine import device, fidelity, kernels
from llmstudio.engine.decoder import Decoder
from llmstudio.engine.fidelity import Fidelity
from llmstudio.engine.kernels import Precision
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import catalog
from llmstudio.tasks.evaluate_text import LONGEST, part_of
from llmstudio.tasks.loading import Loaded, load_model

PRECISIONS: tuple[Precision, ...] = ("f32", "bf16", "int8", "int4")
PROMPT = 32  # tokens read before the speed of writing is measured


def run(job: Job, context: Context) -> None:
    """Foretell one text in every precision, then write a little in each; the result lists them beside f32."""
    config = QuantizeCheckConfig(**job.config)
    place = device.choose("cpu", "fp32", config.threads)
    place.settle()
    context.stage("Loading the model", 0.1)
    loaded = load_model(context.workspace, config.model, place)
    ids, source = _text(config, loaded, context)
    context.stage("Packing", 0.1)
    readers = _packed(loaded, int(config.group), context)
    context.stage("Foretelling", 0.7)
    found = _compared(config, loaded, readers, ids, context)
    context.stage("Writing", 0.1)
    prompt = ids[: min(PROMPT, loaded.model.config.block_size // 2)].tolist()
    rates = fidelity.speeds(readers, prompt, context.check)
    rows = [_row(name, readers[name], found[name], rates) for name in readers]
    context.result(model=loaded.kept.id, text=source, tokens=found["f32"].tokens, group=int(config.group), rows=rows)


def _packed(loaded: Loaded, group: int, context: Context) -> dict[str, Decoder]:
    readers: dict[str, Decoder] = {}
    for precision in PRECISIONS:
        context.check()
        granted, told = kernels.chosen(precision, "cpu")
        if told:
            context.note(told, "warning")
        else:
            readers[precision] = Decoder(loaded.model, granted, group=group)
            if remark := kernels.remark(granted):
                context.note(remark)
    return readers


def _compared(
    config: QuantizeCheckConfig, loaded: Loaded, readers: dict[str, Decoder], ids: NDArray[Any], context: Context
) -> dict[str, Fidelity]:
    block = min(config.block_size or LONGEST, loaded.model.config.block_size)
    ids = ids[: config.tokens + 1]
    found = {name: Fidelity() for name in readers}
    for at in range(0, len(ids) - 1, block):
        context.check()
        fidelity.compare(readers["f32"], readers, ids[at : at + block + 1].tolist(), found)
        context.progress(min(at + block, len(ids) - 1), len(ids) - 1, "tokens")
    return found


def _text(config: QuantizeCheckConfig, loaded: Loaded, context: Context) -> tuple[NDArray[Any], str]:
    """The ids that are foretold, and where they come from."""
    tokenizer = loaded.tokenizer
    if not config.dataset:
        return _stories(tokenizer, config.tokens), "the bundled stories"
    dataset = catalog.find(context.workspace, "dataset", config.dataset)
    encoded = encode_dataset(dataset.path, tokenizer, check=context.check)
    part = part_of(dataset, config.split)
    ids = {"train": encoded.train, "val": encoded.val, "test": encoded.test}[part].ids[: config.tokens + 1]
    if len(ids) < 2:
        raise UserError(f"The part {part} of {dataset.title} is empty.", "Choose another part.", field="split")
    return np.asarray(ids), f"{dataset.title}, part {part}"


def _stories(tokenizer: Tokenizer, tokens: int) -> NDArray[Any]:
    """The first stories of the bundled sample, each closed by the end of a document."""
    ids: list[int] = []
    with gzip.open(paths.resource("samples/stories.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in lines:
            ids += [*tokenizer.encode(json.loads(line)["text"]), tokenizer.end_id]
            if len(ids) > tokens:
                break
    return np.array(ids[: tokens + 1], dtype=np.int64)


def _row(name: str, reader: Decoder, found: Fidelity, rates: dict[str, float]) -> dict[str, Any]:
    return {
        "precision": name,
        "weight_bytes": reader.weight_bytes(),
        "perplexity": found.perplexity,
        "worse": found.worse,
        "worse_error": found.worse_error,
        "divergence": found.divergence / found.tokens,
        "top_1": found.agreed / found.tokens,
        "tokens_per_second": round(rates[name], 1),
    }
