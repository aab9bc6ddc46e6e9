"""The job behind "Build my first model": the bundled stories through the same jobs a person would start.

Each stage is a run of its own in the workspace, so the window shows it in its tab. Interrupted, it goes on where
it stood: what is kept already is used, and a paused training is resumed.
"""

import time
from pathlib import Path
from typing import Any

from llmstudio.base import files, paths
from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.config.option import Options
from llmstudio.config.quickstart import QuickstartConfig
from llmstudio.config.tokenizer import TokenizerConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.engine import device
from llmstudio.jobs import control, create
from llmstudio.jobs.context import Context
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Job, Status
from llmstudio.store import catalog
from llmstudio.store import run as runs
from llmstudio.store.events import Event, Metrics, Progress
from llmstudio.tasks.preparation import one_step, prepare, settle

DATASET, TOKENIZER, MODEL = "Small stories", "Story pieces", "First model"
SAMPLE = "samples/stories.jsonl.gz"
PROMPT = "Once, in Pell,"
# The largest shape that writes whole stories after two minutes on two cores (resources/help tells the figures).
SHAPE: dict[str, Any] = {"n_layer": 4, "n_head": 6, "n_embd": 192, "block_size": 256, "batch_size": 8}
VOCABULARY = 2048
PACE_SECONDS = 3.0
EVALUATIONS = 6
FEWEST_STEPS, MOST_STEPS = 60, 20_000
OTHER_SHARE = 0.15  # of the training time, for evaluations, samples and checkpoints


def run(job: Job, context: Context) -> None:
    """Import, learn pieces, train for the minutes asked for, and say what came out."""
    started = time.monotonic()
    minutes = QuickstartConfig(**job.config).minutes
    stages = Stages(context)
    dataset = stages.dataset()
    tokenizer = stages.tokenizer(dataset)
    result = stages.model(dataset, tokenizer, minutes)
    context.result(
        dataset=dataset,
        tokenizer=tokenizer,
        **{key: result[key] for key in ("model", "run", "steps", "val_loss", "bits_per_byte", "tokens_per_second")},
        sample=result["sample"],
        seconds=round(time.monotonic() - started, 1),
    )


class Stages:
    """The stages of the quick start, each a run of its own below one context that can stop them all."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._workspace = context.workspace
        self._record = context.folder / "stages.json"

    def dataset(self) -> str:
        """The id of the imported stories."""
        self._context.stage("Importing the stories", 0.03)
        if catalog.exists(self._workspace, "dataset", DATASET):
            return catalog.find(self._workspace, "dataset", DATASET).id
        config = ImportConfig(paths=(str(paths.resource(SAMPLE)),), name=DATASET, text_column="text")
        return str(self._run("import_dataset", config, DATASET)["id"])

    def tokenizer(self, dataset: str) -> str:
        """The id of the tokenizer learned from them."""
        self._context.stage("Learning pieces", 0.03)
        if catalog.exists(self._workspace, "tokenizer", TOKENIZER):
            return catalog.find(self._workspace, "tokenizer", TOKENIZER).id
        config = TokenizerConfig(dataset=dataset, name=TOKENIZER, kind="bpe", vocab_size=VOCABULARY)
        return str(self._run("train_tokenizer", config, TOKENIZER, (dataset,))["id"])

    def model(self, dataset: str, tokenizer: str, minutes: float) -> dict[str, Any]:
        """What the training came to, with the text of its last sample."""
        folder = self._paused_training()
        if folder is None:
            config = self._paced(dataset, tokenizer, minutes)
            folder = create.create_run(
                self._workspace, "pretrain", config, title=config.name, inputs=(dataset, tokenizer)
            )
            files.write_json(self._record, {"training": folder.name})
        self._context.stage("Training", 0.9)
        result = self._follow(folder)
        samples = runs.load(folder).samples
        text = f"{samples[-1].prompt}{samples[-1].text}" if samples else ""
        return {**result, "sample": text}

    def _paused_training(self) -> Path | None:
        """The training an earlier attempt began, queued again; None where it has to be begun."""
        if self._context.resume is None or not self._record.exists():
            return None
        folder = self._workspace.runs / str(files.read_json(self._record)["training"])
        if runs.load(folder).status != Status.FINISHED:
            control.resume(folder)
        return folder

    def _paced(self, dataset: str, tokenizer: str, minutes: float) -> PretrainConfig:
        """Settings whose number of steps takes about `minutes` on this machine, by timing some steps."""
        number = 2
        name = MODEL
        while catalog.exists(self._workspace, "model", name):
            name, number = f"{MODEL} {number}", number + 1
        asked = PretrainConfig(
            name=name, dataset=dataset, tokenizer=tokenizer, max_steps=1000, sample_prompt=PROMPT, **SHAPE
        )
        prepared = prepare(asked, self._context)
        settled = settle(asked, prepared, _Quiet(self._context))
        place = device.Place(settled.device, settled.precision, settled.threads or device.cores())
        trial = one_step(settled, prepared.facts.vocab_size, prepared, place)
        seconds = device.best_time(trial.rehearse, place, PACE_SECONDS)
        steps = max(FEWEST_STEPS, min(MOST_STEPS, int(minutes * 60 * (1 - OTHER_SHARE) / seconds)))
        every = -(-steps // EVALUATIONS)
        return asked.model_copy(update={"max_steps": steps, "eval_every": every, "save_every": every})

    def _run(self, kind: str, config: Options, title: str, inputs: tuple[str, ...] = ()) -> dict[str, Any]:
        return self._follow(create.create_run(self._workspace, kind, config, title=title, inputs=inputs))

    def _follow(self, folder: Path) -> dict[str, Any]:
        """Run a stage to its end; what is asked of the whole is asked of the stage."""
        self._context.artifact("run", folder, id=folder.name)
        if runs.load(folder).status == Status.FINISHED:
            return runs.load(folder).result
        runner = InlineRunner(self._workspace)
        status = runner.run(folder, lambda event: self._pass_on(event, runner))
        state = runs.load(folder)
        if status == Status.FINISHED:
            return state.result
        if state.error is not None:
            raise UserError(state.error.message, state.error.hint, field=state.error.field)
        raise Interrupt("pause" if status == Status.PAUSED else "cancel")

    def _pass_on(self, event: Event, runner: InlineRunner) -> None:
        if isinstance(event, Progress):
            self._context.progress(event.done, event.total, event.unit)
        if isinstance(event, Metrics):
            self._context.metrics(event.step, **event.values)
        try:
            self._context.check()
        except Interrupt as interrupt:
            runner.request(interrupt.kind)


class _Quiet:
    """The context of the pacing: settings are settled for timing only, so nothing of it is written down."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def resolve(self, **_config: Any) -> None:
        """Not recorded: the training settles its own settings."""

    def note(self, _text: str, _level: str = "info") -> None:
        """Not recorded either."""
