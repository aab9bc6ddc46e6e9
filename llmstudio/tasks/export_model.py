"""The job that carries a model out: a Hugging Face folder or a GGUF file, whole or not at all."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.config import export
from llmstudio.config.export import ExportConfig, Forecast
from llmstudio.config.model import ModelConfig
from llmstudio.data import chat, chat_source, chat_trust
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.data.tokenizers.load import load_folder
from llmstudio.engine import device
from llmstudio.engine.convert import gguf_vocabulary, gguf_write, huggingface_write, names, tensorfile
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import catalog, modelcard
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import leftovers, loading, merging

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,200}")
MENDING = "Copy the model's folder anew, or train it again."


class KeptState(Mapping[str, Tensor]):
    """The tensors of a kept model, each read when it is asked for; the last one is remembered."""

    def __init__(self, kept: Kept, config: ModelConfig, context: Context) -> None:
        self._context = context
        self._entries = tensorfile.entries(kept.path / loading.WEIGHTS)
        shapes = names.shapes(config)
        if {name: entry.shape for name, entry in self._entries.items()} != shapes:
            raise UserError(f"The weights of {kept.title} do not fit its description.", MENDING)
        self._last: tuple[str, Tensor] | None = None

    def __getitem__(self, name: str) -> Tensor:
        if self._last is None or self._last[0] != name:
            self._last = None  # before the next one takes memory
            self._last = (name, tensorfile.read(self._entries[name], self._context.check))
        return self._last[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def run(job: Job, context: Context) -> None:
    """Export what the job's config names; the result has the command line's keys."""
    config = ExportConfig(**job.config)
    kept = catalog.find(context.workspace, "model", config.model)
    forecast = foreseen(kept, config)
    target = target_of(context.workspace, kept, config, forecast.type)
    context.stage("Reading the model", 0.1)
    shape, tokenizer = ModelConfig(**kept.manifest["config"]), load_folder(kept.path)
    state = _state(kept, shape, context)
    with files.disk_faults(target, forecast.bytes):
        target.parent.mkdir(parents=True, exist_ok=True)
    leftovers.clear(target)  # of an export that was killed
    files.require_free(target.parent, forecast.bytes)
    context.stage("Writing", 0.9)
    carry = _folder if config.format == "hf" else _file
    for done in carry(target, kept, config, (shape, tokenizer, state), context):
        context.progress(done, max(done, forecast.bytes), "bytes")
    facts = {"format": config.format, "type": forecast.type, "bytes": _size(target)}
    context.artifact("export", target, **facts)
    told = chat_trust.of_manifest(kept.manifest)
    if told is not None and chat_trust.is_off(told):
        context.note("Its own chat template goes out as it came; it was not accepted here.", "warning")
    about = {key: kept.manifest.get(key) for key in ("family", "parameters")}
    context.result(id=kept.id, path=str(target), loss=forecast.loss_words, **about, **facts)


def foreseen(kept: Kept, config: ExportConfig) -> Forecast:
    """What the export will take. UserError for a model or a type that cannot go into the format."""
    reason = export.obstacle(kept.manifest, config.format)
    if reason is not None:
        raise reason
    try:
        return export.foresee(kept.manifest, config.format, config.type)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"The description of {kept.title} is damaged.", MENDING) from error


# --- where it goes --------------------------------------------------------------------------------


def target_of(workspace: Workspace, kept: Kept, config: ExportConfig, kind: str) -> Path:
    """The folder or file that will be made. UserError where something is in the way."""
    wanted = config.to.strip()
    target = Path(wanted).expanduser().absolute() if wanted else workspace.exports
    single = f"{kept.id}-{kind}.gguf"
    if not wanted:
        target = target / (single if config.format == "gguf" else f"{kept.id}-{kind}")
    elif config.format == "gguf" and (target.is_dir() or wanted.endswith(("/", "\\"))):
        target = target / single
    _refuse_kept(workspace, target)
    (_refuse_folder if config.format == "hf" else _refuse_file)(target, config.overwrite)
    return target


def _refuse_kept(workspace: Workspace, target: Path) -> None:
    """Nothing is exported over what the workspace keeps."""
    place, root = target.resolve(), workspace.exports.resolve().parent
    inside = place.is_relative_to(root) and not place.is_relative_to(workspace.exports.resolve())
    if inside or root.is_relative_to(place) or place == workspace.exports.resolve():
        raise UserError(f"{target} belongs to the workspace.", "Choose a place outside it.", field="to")


def _refuse_file(target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise UserError(f"{target} is a folder.", "Name a file, such as model.gguf.", field="to")
    if target.exists() and not overwrite:
        raise UserError(f"{target} exists already.", "Choose another name, or add --overwrite.", field="to")


def _refuse_folder(target: Path, overwrite: bool) -> None:
    if target.exists() and not target.is_dir():
        raise UserError(f"{target} is a file.", "Name a folder; it will be made.", field="to")
    there = {path.name for path in target.iterdir()} if target.is_dir() else set()
    if there and not overwrite:
        raise UserError(f"{target} exists already.", "Choose another name, or add --overwrite.", field="to")
    if there - huggingface_write.NAMES:  # never take a folder away that holds something else
        raise UserError(f"{target} holds other files than an export.", "Choose an empty folder.", field="to")


# --- what goes into it ----------------------------------------------------------------------------

Parts = tuple[ModelConfig, Tokenizer, Mapping[str, Tensor]]


def _state(kept: Kept, shape: ModelConfig, context: Context) -> Mapping[str, Tensor]:
    """The tensors one by one; those of an adapter added into its base, in memory."""
    if not loading.is_adapter(kept):
        return KeptState(kept, shape, context)
    return merging.merged(loading.load_model(context.workspace, kept.id, device.choose("cpu", "fp32")))


def _folder(target: Path, kept: Kept, config: ExportConfig, parts: Parts, context: Context) -> Iterator[int]:
    shape, tokenizer, state = parts
    main, kind = export.kept_type(kept.manifest), export.settle(kept.manifest, "hf", config.type)
    source, ends = _template(kept, tokenizer)
    content = huggingface_write.Content(
        config=shape,
        family=kept.manifest["family"],
        tokenizer=tokenizer,
        main_type=main,
        labels=tuple((kept.manifest.get("task") or {}).get("labels") or ()),
        type=None if kind == main and not loading.is_adapter(kept) else kind,
        template=source,
        ends=ends,
        page=modelcard.write({**kept.manifest, "title": kept.title}, _settings(context.workspace, kept)),
    )
    with files.staged_folder(target, replace=target.is_dir()) as staging:
        yield from huggingface_write.write(staging, content, state, context.check)
        head = kept.path / loading.HEAD
        if head.is_file():
            files.write_bytes(staging / loading.HEAD, head.read_bytes())


def _file(target: Path, kept: Kept, config: ExportConfig, parts: Parts, context: Context) -> Iterator[int]:
    shape, tokenizer, state = parts
    kind = export.settle(kept.manifest, "gguf", config.type)
    content = gguf_write.Content(shape, kept.manifest["family"], kind, _values(kept, shape, tokenizer))
    with files.staged_file(target, needed=gguf_write.size_of(content)) as staging:
        yield from gguf_write.write(staging, content, state, context.check)


def _values(kept: Kept, shape: ModelConfig, tokenizer: Tokenizer) -> dict[str, Any]:
    """Name, licence, tokenizer and template, as GGUF keeps them."""
    told = kept.manifest.get("chat") or None
    licence = str(kept.manifest.get("licence") or "")
    source, ends = _template(kept, tokenizer)
    words = {"general.name": _name(kept)} | ({"general.license": licence} if licence else {})
    chat_words = {"tokenizer.chat_template": source} if source else {}
    bos = str(told.get("bos") or "") if isinstance(told, dict) else ""
    cut = gguf_vocabulary.values(tokenizer, shape.vocab_size, {"end": ends, "bos": bos})
    return {**words, **cut, **chat_words}


def _name(kept: Kept) -> str:
    """A model that came as GGUF keeps the name it had there, whatever it is called here."""
    origin = kept.manifest.get("origin") or {}
    return str(origin.get("name") or kept.title) if origin.get("kind") == "gguf" else kept.title


def _template(kept: Kept, tokenizer: Tokenizer) -> tuple[str, tuple[str, ...]]:
    """The Jinja source of a model's conversations, and what ends an answer; empty for a model that has none.

    A template that came with the model goes out as it came, accepted here or not.
    """
    told = chat_trust.of_manifest(kept.manifest)
    if told is None:
        return "", ()
    template = chat.template_of(told, tokenizer)
    ends = template.stops or (template.end,)
    return str(told.get("source") or "") if chat_trust.is_foreign(told) else chat_source.jinja(template), ends


def _settings(workspace: Workspace, kept: Kept) -> dict[str, Any]:
    """The settings of the run that made the model; {} where it is gone."""
    run = str((kept.manifest.get("lineage") or {}).get("run") or "")
    path = workspace.runs / run / "job.json" if _RUN.fullmatch(run) else None
    if path is None or not path.is_file():
        return {}
    found = files.read_json(path)
    config = found.get("config") if isinstance(found, dict) else None
    return config if isinstance(config, dict) else {}


def _size(target: Path) -> int:
    if target.is_file():
        return target.stat().st_size
    return sum(path.stat().st_size for path in target.iterdir())
