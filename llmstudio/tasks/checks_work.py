"""The self-test's walk along the road: text, tokenizer, training, resuming, writing, carrying out and back in."""

import hashlib
from pathlib import Path
from typing import Any

from llmstudio.base import files, paths
from llmstudio.config.dataset import ImportConfig
from llmstudio.config.export import ExportConfig
from llmstudio.config.generate import GenerateConfig
from llmstudio.config.importing import ImportModelConfig
from llmstudio.config.option import Options
from llmstudio.config.tokenizer import TokenizerConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.data.tokenizers import load
from llmstudio.jobs import control, create
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.jobs.process import ProcessRunner
from llmstudio.store import catalog
from llmstudio.store import run as runs
from llmstudio.store.events import Event, Metrics
from llmstudio.store.workspace import Workspace

STEPS, HALF = 8, 4
DATASET, TOKENIZER, MODEL = "Stories ü漢", "Pieces", "Straight"
TINY: dict[str, Any] = {"n_layer": 1, "n_head": 2, "n_embd": 16, "block_size": 16, "batch_size": 4}


class Work:
    """Each check uses what the ones before it made in the workspace. A check returns a word about what it saw."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._straight: list[str] = []

    def vocabulary(self) -> str:
        """GPT-2's ids without a network."""
        gpt2 = load.load(self.workspace.tokenizers, "gpt2")
        ids = gpt2.encode("Hello world")
        assert ids == [15496, 995], ids
        assert gpt2.decode(ids) == "Hello world"
        return f"{gpt2.vocab_size:,} pieces"

    def imported(self) -> str:
        """The bundled stories become a dataset."""
        config = ImportConfig(paths=(str(paths.resource("samples/stories.jsonl.gz")),), name=DATASET)
        return f"{self._result('import_dataset', config, DATASET)['documents']:,} documents"

    def tokenizer(self) -> str:
        """Pieces are learned from it."""
        config = TokenizerConfig(dataset=DATASET, name=TOKENIZER, kind="bpe", vocab_size=512)
        return f"{self._result('train_tokenizer', config, TOKENIZER)['vocab_size']} pieces"

    def trained(self) -> str:
        """Some steps of training; their losses are remembered to the last bit."""
        _, self._straight = self._train(MODEL, STEPS)
        return f"{len(self._straight)} steps"

    def resumed(self) -> str:
        """The same steps, paused half way and resumed in a child process, give the same numbers."""
        folder, first = self._train("Halves", STEPS, pause_at=HALF)
        control.resume(folder)
        later: list[str] = []
        status = ProcessRunner(self.workspace).run(folder, lambda event: _note(event, later))
        assert status == Status.FINISHED, runs.load(folder).error
        assert [*first, *later] == self._straight, "the resumed curve differs"
        return "bit for bit the same curve"

    def generated(self) -> str:
        """The model writes, and the seed decides what."""
        assert self._written(MODEL) == self._written(MODEL), "the seed does not decide"
        return "12 tokens"

    def kept(self) -> str:
        """The two models are equal, and every hash in the manifest holds."""
        straight, halves = (catalog.find(self.workspace, "model", name) for name in (MODEL, "Halves"))
        assert _digest(straight.path) == _digest(halves.path), "the weights differ"
        for name, facts in straight.manifest["files"].items():
            assert files.sha256(straight.path / name) == facts["sha256"], name
        return "equal weights, sound hashes"

    def carried(self) -> str:
        """A model goes out as a folder of safetensors, comes back in, and writes the same text."""
        self._train("Plain", 2, preset="llama")
        exported = self._result("export_model", ExportConfig(model="Plain", format="hf"), "Export")
        self._result("import_model", ImportModelConfig(path=exported["path"], name="Back"), "Import")
        assert self._written("Plain") == self._written("Back"), "the model came back as another"
        return f"{exported['type']}, out and back in"

    def _written(self, model: str) -> str:
        config = GenerateConfig(model=model, prompt="One ", max_tokens=12, seed=1)
        return str(self._result("generate", config, "Generate")["text"])

    def _train(self, name: str, steps: int, pause_at: int = 0, **more: Any) -> tuple[Path, list[str]]:
        config = PretrainConfig(
            name=name, dataset=DATASET, tokenizer=TOKENIZER, max_steps=steps, eval_every=steps,
            precision="fp32", threads=1, sample_tokens=4, **{**TINY, **more},
        )  # fmt: skip
        folder = create.create_run(self.workspace, "pretrain", config, title=name)
        losses: list[str] = []
        runner = InlineRunner(self.workspace)

        def heard(event: Event) -> None:
            _note(event, losses)
            if pause_at and len(losses) == pause_at:
                runner.request("pause")

        status = runner.run(folder, heard)
        assert status == (Status.PAUSED if pause_at else Status.FINISHED), runs.load(folder).error
        return folder, losses

    def _result(self, kind: str, config: Options, title: str) -> dict[str, Any]:
        folder = create.create_run(self.workspace, kind, config, title=title)
        status = InlineRunner(self.workspace).run(folder)
        state = runs.load(folder)
        assert status == Status.FINISHED, state.error.message if state.error else status
        return state.result


def _note(event: Event, losses: list[str]) -> None:
    if isinstance(event, Metrics) and "loss" in event.values:
        losses.append(float(event.values["loss"]).hex())


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
