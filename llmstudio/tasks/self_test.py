"""The job behind `llmstudio self-test`: every part once, in a workspace of its own that is removed afterwards."""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmstudio.base import files, paths
from llmstudio.base.errors import Interrupt
from llmstudio.config.dataset import ImportConfig
from llmstudio.config.generate import GenerateConfig
from llmstudio.config.option import Options
from llmstudio.config.tokenizer import TokenizerConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.data.tokenizers import load
from llmstudio.jobs import control, create
from llmstudio.jobs.context import Context
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Job, Status
from llmstudio.jobs.process import ProcessRunner, own_environment
from llmstudio.store import catalog
from llmstudio.store import run as runs
from llmstudio.store.events import Event, Metrics
from llmstudio.store.workspace import Workspace

STEPS, HALF = 8, 4
WINDOW_SECONDS = 60
TINY: dict[str, Any] = {"n_layer": 1, "n_head": 2, "n_embd": 16, "block_size": 16, "batch_size": 4}
# Started with the window's platform set to offscreen; a grab of one colour would mean that nothing was drawn.
WINDOW = """
import sys
from pathlib import Path
from llmstudio.gui import app
window = app.build(Path(sys.argv[1]))
image = window.grab().toImage()
colours = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
print(len(colours), "torch" in sys.modules)
window.close_for_good()  # as a person would: what goes on in the background is left in order
"""


@dataclass(frozen=True)
class Check:
    """One finding: what was looked at, whether it works, and a word about it."""

    name: str
    ok: bool
    detail: str


def run(job: Job, context: Context) -> None:
    """Make every check, also after one that failed; the result lists them all."""
    with tempfile.TemporaryDirectory(prefix="llmstudio self-test ü漢 ") as folder:
        bench = Bench(Workspace.open(Path(folder)))
        checks = [_made(name, check, context) for name, check in bench.checks()]
    context.result(ok=all(check.ok for check in checks), checks=[vars(check) for check in checks])


def _made(name: str, check: Callable[[], str], context: Context) -> Check:
    context.stage(name)
    context.check()
    try:
        return Check(name, True, check())
    except Interrupt:
        raise
    except Exception as error:  # whatever a part throws is its finding
        return Check(name, False, f"{type(error).__name__}: {error}")


@dataclass
class Bench:
    """The checks, in the order of the road: each uses what the ones before it made."""

    workspace: Workspace
    straight: list[str] = field(default_factory=list)

    def checks(self) -> list[tuple[str, Callable[[], str]]]:
        """Every check by its name."""
        return [
            ("Resources", self.resources),
            ("GPT-2 vocabulary", self.vocabulary),
            ("Import", self.imported),
            ("Tokenizer training", self.tokenizer),
            ("Training", self.trained),
            ("Resume in another process", self.resumed),
            ("Generation", self.generated),
            ("Kept model", self.kept),
            ("Window", self.window),
        ]

    def resources(self) -> str:
        """Icons, themes, presets and samples are readable."""
        names = ("icons", "themes/light.toml", "themes/dark.toml", "presets/gpt2.toml", "samples/stories.jsonl.gz")
        for name in names:
            paths.resource(name)
        return f"{len(list(paths.resource('icons').glob('*.svg')))} icons"

    def vocabulary(self) -> str:
        """GPT-2's ids without a network."""
        gpt2 = load.load(self.workspace.tokenizers, "gpt2")
        ids = gpt2.encode("Hello world")
        assert ids == [15496, 995], ids
        assert gpt2.decode(ids) == "Hello world"
        return f"{gpt2.vocab_size:,} pieces"

    def imported(self) -> str:
        """The bundled stories become a dataset."""
        config = ImportConfig(paths=(str(paths.resource("samples/stories.jsonl.gz")),), name="Stories ü漢")
        return f"{self._result('import_dataset', config, 'Stories ü漢')['documents']:,} documents"

    def tokenizer(self) -> str:
        """Pieces are learned from it."""
        config = TokenizerConfig(dataset="Stories ü漢", name="Pieces", kind="bpe", vocab_size=512)
        return f"{self._result('train_tokenizer', config, 'Pieces')['vocab_size']} pieces"

    def trained(self) -> str:
        """Some steps of training; their losses are remembered to the last bit."""
        _, self.straight = self._train("Straight", STEPS)
        return f"{len(self.straight)} steps"

    def resumed(self) -> str:
        """The same steps, paused half way and resumed in a child process, give the same numbers."""
        folder, first = self._train("Halves", STEPS, pause_at=HALF)
        control.resume(folder)
        later: list[str] = []
        status = ProcessRunner(self.workspace).run(folder, lambda event: _note(event, later))
        assert status == Status.FINISHED, runs.load(folder).error
        assert [*first, *later] == self.straight, "the resumed curve differs"
        return "bit for bit the same curve"

    def generated(self) -> str:
        """The model writes, and the seed decides what."""
        config = GenerateConfig(model="Straight", prompt="One ", max_tokens=12, seed=1)
        texts = {self._result("generate", config, "Generate")["text"] for _ in range(2)}
        assert len(texts) == 1, "the seed does not decide"
        return "12 tokens"

    def kept(self) -> str:
        """The two models are equal, and every hash in the manifest holds."""
        straight, halves = (catalog.find(self.workspace, "model", name) for name in ("Straight", "Halves"))
        digests = {
            hashlib.sha256((kept.path / "model.safetensors").read_bytes()).hexdigest() for kept in (straight, halves)
        }
        assert len(digests) == 1, "the weights differ"
        for name, facts in straight.manifest["files"].items():
            assert files.sha256(straight.path / name) == facts["sha256"], name
        return "equal weights, sound hashes"

    def window(self) -> str:
        """The window is drawn, in a process that never loads torch."""
        environment = {**own_environment(), "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-c", WINDOW, str(self.workspace.root)]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=WINDOW_SECONDS, env=environment
        )
        assert done.returncode == 0, done.stderr[-500:]
        colours, torch = done.stdout.split()[-2:]
        assert int(colours) > 5, "the window is blank"
        assert torch == "False", "the window loads torch"
        return f"{colours} colours"

    def _train(self, name: str, steps: int, pause_at: int = 0) -> tuple[Path, list[str]]:
        config = PretrainConfig(
            name=name, dataset="Stories ü漢", tokenizer="Pieces", max_steps=steps, eval_every=steps,
            precision="fp32", threads=1, sample_tokens=4, **TINY,
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
