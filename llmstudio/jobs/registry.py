"""Which kinds of job exist.

Config classes and tasks are dotted names, so that nobody here imports the engine.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

Lane = Literal["compute", "light", "session", "none"]


@dataclass(frozen=True)
class Kind:
    """One kind of job: its title, config class and task ("module:name"), and the lane it waits in.

    Lanes: "compute" one at a time, "light" two, "session" speaks JSON lines with its owner until stopped,
    "none" never waits (it starts jobs of its own).
    """

    title: str
    config: str
    task: str
    lane: Lane


KINDS: dict[str, Kind] = {
    "import_dataset": Kind(
        "Import text", "llmstudio.config.dataset:ImportConfig", "llmstudio.tasks.import_dataset:run", "light"
    ),
    "find_repeats": Kind(
        "Look for repeated documents",
        "llmstudio.config.dataset:FindRepeatsConfig",
        "llmstudio.tasks.find_repeats:run",
        "light",
    ),
    "train_tokenizer": Kind(
        "Train a tokenizer",
        "llmstudio.config.tokenizer:TokenizerConfig",
        "llmstudio.tasks.train_tokenizer:run",
        "light",
    ),
    "encode_dataset": Kind(
        "Encode a dataset",
        "llmstudio.config.tokenizer:EncodeConfig",
        "llmstudio.tasks.encode_dataset:run",
        "light",
    ),
    "pretrain": Kind(
        "Train a model", "llmstudio.config.train:PretrainConfig", "llmstudio.tasks.pretrain:run", "compute"
    ),
    "evaluate": Kind("Evaluate", "llmstudio.config.evaluate:EvaluateConfig", "llmstudio.tasks.evaluate:run", "compute"),
    "finetune": Kind(
        "Fine-tune a model", "llmstudio.config.finetune:FinetuneConfig", "llmstudio.tasks.finetune:run", "compute"
    ),
    "complete": Kind(
        "Complete text", "llmstudio.config.complete:CompleteConfig", "llmstudio.tasks.complete:run", "session"
    ),
    "probe": Kind("Measure this machine", "llmstudio.config.probe:ProbeConfig", "llmstudio.tasks.probe:run", "light"),
    "benchmark": Kind(
        "Benchmark", "llmstudio.config.benchmark:BenchmarkConfig", "llmstudio.tasks.benchmark:run", "compute"
    ),
    "download": Kind(
        "Download a model", "llmstudio.config.download:DownloadConfig", "llmstudio.tasks.download:run", "light"
    ),
    "import_model": Kind(
        "Import a model", "llmstudio.config.importing:ImportModelConfig", "llmstudio.tasks.import_model:run", "light"
    ),
    "export_model": Kind(
        "Export a model", "llmstudio.config.export:ExportConfig", "llmstudio.tasks.export_model:run", "light"
    ),
    "quickstart": Kind(
        "Build my first model",
        "llmstudio.config.quickstart:QuickstartConfig",
        "llmstudio.tasks.quickstart:run",
        "none",
    ),
    "generate": Kind("Generate", "llmstudio.config.generate:GenerateConfig", "llmstudio.tasks.generate:run", "none"),
    "chat": Kind("Chat", "llmstudio.config.chat:ChatConfig", "llmstudio.tasks.chat:run", "none"),
    "classify": Kind("Classify", "llmstudio.config.classify:ClassifyConfig", "llmstudio.tasks.classify:run", "none"),
    "quantize_check": Kind(
        "Check precisions",
        "llmstudio.config.quantize:QuantizeCheckConfig",
        "llmstudio.tasks.quantize_check:run",
        "none",
    ),
    "serve": Kind("Serve a model", "llmstudio.config.serve:ServeConfig", "llmstudio.tasks.serve:run", "session"),
    "doctor": Kind("Doctor", "llmstudio.config.selftest:DoctorConfig", "llmstudio.tasks.doctor:run", "none"),
    "self_test": Kind("Self-test", "llmstudio.config.selftest:SelfTestConfig", "llmstudio.tasks.self_test:run", "none"),
}


def find(kind: str) -> Kind:
    """The kind of a name. Raises `LookupError` for one that this version does not know."""
    if kind not in KINDS:
        raise LookupError(f"unknown kind of job: {kind}")
    return KINDS[kind]


def resolve(dotted: str) -> Any:
    """Import what a dotted name "module:name" means."""
    module, _, name = dotted.partition(":")
    return getattr(import_module(module), name)
