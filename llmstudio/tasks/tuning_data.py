"""What a fine-tuning learns from: a dataset's rows as the ids of the base model's tokenizer, in their parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.finetune import LABELLED, FinetuneConfig
from llmstudio.config.model import ModelConfig
from llmstudio.config.propose_finetune import TuneFacts, split_of
from llmstudio.data import chat, chat_trust, labelled, labelled_split
from llmstudio.data.chat import Template
from llmstudio.data.documents import Documents
from llmstudio.data.encode import encode_dataset
from llmstudio.data.labelled import Columns, Example
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.data.tokenizers.load import load_folder
from llmstudio.engine import device
from llmstudio.engine.heads import Judging
from llmstudio.engine.lessons import Judged, Lesson, Read
from llmstudio.engine.rows import rarity
from llmstudio.jobs.context import Context
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from llmstudio.tasks.judging import encode_texts

PARTS = ("train", "val", "test")
MOST_WEIGHT = 20.0
OLD_WINDOWS = 64
ROLES = ("text", "label", "instruction", "input", "answer", "system", "messages")

Ids = NDArray[Any]
Check = Callable[[], None]


@dataclass(frozen=True)
class Base:
    """The model that goes on learning, as far as it is known without its weights."""

    kept: Kept
    config: ModelConfig
    family: str
    tokenizer: Tokenizer


@dataclass
class Material:
    """Rows as ids, by part. Texts that a head judges have `examples`; conversations also mark what is `trained`; a
    text to go on with is one long row for each part, of so many `bytes`."""

    dataset: Kept
    fingerprint: str
    ids: dict[str, list[Ids]]
    examples: dict[str, list[Example]] = field(default_factory=dict)
    trained: dict[str, list[NDArray[np.bool_]]] | None = None
    labels: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    rule: dict[str, Any] = field(default_factory=dict)
    template: Template | None = None
    old: tuple[str, Ids] | None = None
    bytes: dict[str, int] = field(default_factory=dict)

    @property
    def values(self) -> NDArray[np.float64]:
        """The numbers of the training rows of a regression."""
        return np.array([example.value for example in self.examples["train"]], dtype=np.float64)


def base_named(context: Context, name: str) -> Base:
    """The model to start from. UserError where it is unknown or damaged."""
    kept = catalog.find(context.workspace, "model", name)
    try:
        config = ModelConfig(**kept.manifest["config"])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"The description of {kept.title} is damaged.", "Get the model again.", field="model"
        ) from error
    return Base(kept, config, str(kept.manifest.get("family", "")), load_folder(kept.path))


def gather(config: FinetuneConfig, base: Base, context: Context) -> Material:
    """Read the rows, split them, and cut them into tokens."""
    dataset = catalog.find(context.workspace, "dataset", config.dataset)
    if config.task == "continue":
        return _text(config, base, dataset, context)
    return _rows(config, base, dataset, context)


def _rows(config: FinetuneConfig, base: Base, dataset: Kept, context: Context) -> Material:
    documents = Documents(dataset.path)
    try:
        table = labelled.load(
            documents,
            config.task,
            columns_of(config, documents),
            label_separator=config.label_separator,
            on_fault=config.on_fault,
            check=context.check,
        )
    finally:
        documents.close()
    balance = "undersample" if config.balance == "undersample" else "none"
    parts = labelled_split.split(table, split_of(config), config.seed, balance)
    for words in [*table.warnings, *parts.warnings]:
        context.note(words, "warning")
    if table.fault_count:
        context.note(f"{units.plural(table.fault_count, 'faulty row')} left out.", "warning")
    columns = {**table.columns.record(), "label_separator": config.label_separator}
    material = Material(
        dataset, parts.sha256, {}, {name: parts.part(name) for name in PARTS}, labels=table.labels, columns=columns
    )
    material.rule = {**parts.rule, "sha256": parts.sha256}
    if config.task == "instruct":
        _encode_conversations(config, base, material, context)
    else:
        _encode_texts(config, base, material, context)
    return material


def columns_of(config: FinetuneConfig, documents: Documents) -> Columns:
    """What was said; what was not said is guessed from the names."""
    said = {role: value for role in ROLES if (value := getattr(config, f"{role}_column"))}
    if config.task == "instruct" and said:
        return Columns(**said)
    return Columns(**{**labelled.guess(documents).columns.record(), **said})


def _encode_texts(config: FinetuneConfig, base: Base, material: Material, context: Context) -> None:
    threads, most, cut = config.threads or device.cores(), config.block_size or base.config.block_size, 0
    for name in PARTS:
        examples, rows = material.examples[name], list[Ids]()
        for at in range(0, len(examples), 1024):
            context.check()
            found, longer = encode_texts(base.tokenizer, texts_of(examples[at : at + 1024]), most, threads)
            rows, cut = rows + found, cut + longer
            context.progress(len(rows), len(examples), "rows")
        material.ids[name] = rows
    _tell_cut(cut, most, context)


def _tell_cut(cut: int, most: int, context: Context) -> None:
    if cut:
        what = units.plural(cut, "row is", "rows are")
        context.note(f"{what} longer than {most:,} tokens and cut off there.", "warning")


def template_of(config: FinetuneConfig, base: Base) -> Template:
    """How conversations are written: as asked, as the model does, or as Alpaca did."""
    if config.template != "auto":
        return chat.template_of(config.template, base.tokenizer, config.template_own)
    own = chat_trust.of_manifest(base.kept.manifest)
    return chat.template_of("alpaca" if own is None else own, base.tokenizer)


def _encode_conversations(config: FinetuneConfig, base: Base, material: Material, context: Context) -> None:
    template, most = template_of(config, base), config.block_size or base.config.block_size
    material.template, material.trained = template, {}
    cut = silent = 0
    for name in PARTS:
        ids: list[Ids] = []
        marks: list[NDArray[np.bool_]] = []
        kept: list[Example] = []
        for example in material.examples[name]:
            context.check()
            found = conversation(template, example, base.tokenizer, most, whole=config.train_on == "all")
            cut += found.cut > 0
            if not any(found.trained[1:]):
                silent += 1
                continue
            kept.append(example)
            ids.append(np.array(found.ids, dtype=np.uint32))
            marks.append(np.array(found.trained, dtype=np.bool_))
        material.ids[name], material.trained[name], material.examples[name] = ids, marks, kept
    _tell_cut(cut, most, context)
    if silent:
        context.note(f"{units.plural(silent, 'row')} left out: nothing of the answer fits into the context.", "warning")
    if not material.ids["train"] or not material.ids["val"]:
        raise UserError("No answer fits into the context.", "Choose a longer context.", field="block_size")


def conversation(template: Template, example: Example, tokenizer: Tokenizer, most: int, *, whole: bool) -> chat.Encoded:
    """A row's conversation as ids with the marks of what is learned (all of it where `whole`)."""
    found = chat.encode(chat.render(template, example.messages), tokenizer, limit=most)
    ids, marks, begin = found.ids, found.trained, tokenizer.begin_id
    if begin is not None and ids[:1] != [begin]:
        ids, marks = [begin, *ids][:most], [False, *marks][:most]
    return chat.Encoded(ids, [True] * len(ids) if whole else marks, found.cut)


def _text(config: FinetuneConfig, base: Base, dataset: Kept, context: Context) -> Material:
    if split_of(config) != "dataset":
        raise UserError("A text to go on with keeps the dataset's own parts.", "Choose dataset.", field="split")
    encoded = _encoded(dataset, base, context)
    if encoded.train.tokens < 3:
        raise UserError(f"The training part of {dataset.title} is empty.", "Split the dataset again.", field="dataset")
    ids = {"train": [encoded.train.ids], "val": [encoded.val.ids], "test": [encoded.test.ids]}
    ids = {name: [one for one in rows if len(one) > 1] for name, rows in ids.items()}
    if not ids["val"]:
        context.note(f"{dataset.title} has no validation part: nothing tells when it is learned by heart.", "warning")
    sizes = {"val": encoded.val.bytes, "test": encoded.test.bytes}
    old = _old(config, base, context)
    return Material(dataset, encoded.train.sha256, ids, rule={"rule": "dataset"}, old=old, bytes=sizes)


def _encoded(dataset: Kept, base: Base, context: Context) -> Any:
    return encode_dataset(
        dataset.path,
        base.tokenizer,
        check=context.check,
        progress=lambda done, total: context.progress(done, total, "characters"),
        threads=device.cores(),
    )


def _old(config: FinetuneConfig, base: Base, context: Context) -> tuple[str, Ids] | None:
    """The validation text of what the model knew before: the one that was said, or the one it comes from."""
    name = config.old_dataset
    if not name:
        source = base.kept.manifest.get("lineage", {}).get("dataset")
        name = str(source.get("id", "")) if isinstance(source, dict) else ""
        if not name or not catalog.exists(context.workspace, "dataset", name):
            return None
    dataset = catalog.find(context.workspace, "dataset", name)
    if dataset.id == config.dataset:
        return None
    encoded = _encoded(dataset, base, context)
    ids = encoded.val.ids if encoded.val.tokens > 1 else encoded.train.ids
    return (dataset.title, ids) if len(ids) > 1 else None


def facts_of(config: FinetuneConfig, base: Base, material: Material) -> TuneFacts:
    """What the proposal has to know."""
    lengths = [len(ids) for ids in material.ids["train"]]
    outputs = outputs_of(config.task, material)
    longest = max(len(ids) for rows in material.ids.values() for ids in rows) if config.task != "continue" else 0
    return TuneFacts(base.config, base.family, len(lengths), sum(lengths), longest, outputs)


def outputs_of(task: str, material: Material) -> int:
    """Outputs of the head; 0 for tasks without one."""
    return 1 if task == "regress" else len(material.labels) if task in LABELLED else 0


def lesson_of(config: FinetuneConfig, material: Material, part: str, *, place: str, most: int | None = None) -> Lesson:
    """The rows of a part as a lesson; of a text at most `most` windows. `config` has to be resolved."""
    block = config.block_size or 1
    if config.task == "continue":
        return Read([row for ids in material.ids[part] for row in windows(ids, block, most)])
    rows = [ids[: block + (config.task == "instruct")] for ids in material.ids[part]]
    if material.trained is not None:
        return Read(rows, [marks[: block + 1] for marks in material.trained[part]])
    truth, judging = _truth(config.task, material, part), judging_of(config, material, place)
    return Judged(rows, truth, judging, config.reading_share or 0.0, config.word_dropout or 0.0)


def windows(ids: Ids, block: int, most: int | None = None) -> list[Ids]:
    """Windows of `block` tokens and what follows each, side by side; with `most` so many, spread evenly."""
    count = -(-(len(ids) - 1) // block)
    chosen = range(count) if most is None or most >= count else [number * count // most for number in range(most)]
    return [ids[number * block : number * block + block + 1] for number in chosen]


def _truth(task: str, material: Material, part: str) -> NDArray[Any]:
    examples = material.examples[part]
    if task == "regress":
        return np.array([example.value for example in examples], dtype=np.float32)
    number = {label: place for place, label in enumerate(material.labels)}
    if task == "classify":
        return np.array([number[example.labels[0]] for example in examples], dtype=np.int64)
    truth = np.zeros((len(examples), len(material.labels)), dtype=np.float32)
    for row, example in enumerate(examples):
        truth[row, [number[label] for label in example.labels]] = 1.0
    return truth


def judging_of(config: FinetuneConfig, material: Material, place: str) -> Judging:
    """How the head is judged: with what weights, or in what unit."""
    if config.task == "regress":
        values = material.values
        return Judging("regress", mean=float(values.mean()), scale=max(float(values.std()), 1e-6))
    weights = None
    truth = _truth(config.task, material, "train")
    if config.balance == "weights" and config.task == "classify":
        weights = rarity(truth.tolist(), len(material.labels))
    elif config.balance == "weights":
        there = truth.sum(axis=0)
        weights = np.clip((len(truth) - there) / np.maximum(there, 1), 1.0, MOST_WEIGHT)
    tensor = None if weights is None else torch.tensor(weights, dtype=torch.float32, device=place)
    return Judging("classify" if config.task == "classify" else "multilabel", tensor)


def chances_of(config: FinetuneConfig, material: Material) -> list[float] | None:
    """The rows' chances to be drawn where rare labels are to be shown more often; None where each comes once."""
    if config.balance in ("none", "undersample"):
        return None
    if config.task not in ("classify", "multilabel") or (config.task, config.balance) == ("multilabel", "sampling"):
        raise UserError("Only classes can be balanced so.", "Choose no balancing.", field="balance")
    if config.balance == "weights":
        return None
    labels = _truth(config.task, material, "train").tolist()
    shares = rarity(labels, len(material.labels))
    return [float(shares[label]) for label in labels]


def old_lesson(config: FinetuneConfig, material: Material) -> Lesson | None:
    """The old domain as a lesson: enough windows to see what is forgotten."""
    if material.old is None:
        return None
    return Read(windows(material.old[1], config.block_size or 1, OLD_WINDOWS))


def texts_of(examples: Sequence[Example]) -> list[str]:
    """The texts of examples."""
    return [example.text for example in examples]
