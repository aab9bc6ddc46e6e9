"""What stands before every fine-tuning: each setting that was left open, settled, and the student built."""

import torch

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config import propose, propose_finetune, sizing
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.engine import device, optim
from llmstudio.engine.device import Place
from llmstudio.engine.freezing import Choice, apply
from llmstudio.engine.heads import Student
from llmstudio.engine.lora import LoraSettings
from llmstudio.engine.trainer import Plan
from llmstudio.engine.tuner import Tuner
from llmstudio.jobs.context import Context
from llmstudio.store import machine
from llmstudio.tasks import tuning_data
from llmstudio.tasks.loading import Loaded, load_model
from llmstudio.tasks.preparation import measured
from llmstudio.tasks.tuning_data import Base, Material

MEASURING_SECONDS = 0.6
VALIDATION_WINDOWS = 256


def settle(config: FinetuneConfig, base: Base, material: Material, context: Context) -> FinetuneConfig:
    """Fill what was left open, check that it fits, and write it into the job, once."""
    place = device.choose(config.device, config.precision, config.threads)
    place.settle()
    known = machine.load() or measured(place)
    if config.precision == "auto" and place.device != "cuda":
        place = Place(place.device, _precision(known, place), place.threads)
    here = {**known, "device": place.device, "precision": place.precision, "threads": place.threads}
    facts = tuning_data.facts_of(config, base, material)
    settled = propose_finetune.resolve(config, facts, propose.machine_facts(here))
    final = {
        **settled.model_dump(),
        **_columns(material),
        "device": place.device,
        "precision": place.precision,
        "threads": place.threads,
        "dataset": material.dataset.id,
        "model": base.kept.id,
    }
    found = FinetuneConfig(**final)
    check_memory(found, facts, device.memory_bytes(place.device))
    context.resolve(**final)
    context.note(f"{device.name(place.device)}, precision {place.precision}, method {found.method}.")
    return found


def _columns(material: Material) -> dict[str, str]:
    """The columns as they were found, so that the run tells which they were."""
    return {f"{role}_column": name for role, name in material.columns.items() if role in tuning_data.ROLES and name}


def _precision(known: dict[str, object], place: Place) -> str:
    """What the machine's probe found, or a quick look at matrix products of a usual size."""
    if known.get("device") == place.device and known.get("precision") in ("fp32", "bf16"):
        return str(known["precision"])
    left, right = torch.randn(512, 768, device=place.device), torch.randn(768, 2048, device=place.device)
    return device.faster_precision(lambda: left @ right, place, MEASURING_SECONDS)[0]


def check_memory(config: FinetuneConfig, facts: propose_finetune.TuneFacts, there: int) -> None:
    """UserError where a fine-tuning surely needs more memory than there is; it names only what would help."""
    need = sizing.finetune_memory(
        facts.model, facts.family, config, longest=facts.longest or (config.block_size or 1), outputs=facts.outputs
    )
    if need.total <= there:
        return
    numbers = f"It needs about {units.size(need.total)}, this machine has {units.size(there)}."
    if need.total - need.activations > there:
        if config.method == "full":
            raise UserError(f"Memory is not enough. {numbers}", "Choose lora.", field="method", candidates=("lora",))
        raise UserError(f"Memory is not enough. {numbers}", "Choose a smaller model.", field="model")
    raise out_of_memory(config, numbers)


def out_of_memory(config: FinetuneConfig, numbers: str) -> UserError:
    """The finding, and settings that give the same result with less memory."""
    message, batch = f"Memory is not enough. {numbers}", config.batch_size or 1
    if batch % 2 or config.accumulate > 2048:
        block = (config.block_size or 2) // 2
        hint = f"A context of {block:,} tokens takes half of it."
        return UserError(message, hint, field="block_size", remedy={"block_size": max(2, block)})
    remedy = {"batch_size": batch // 2, "accumulate": 2 * config.accumulate}
    hint = f"Half the batch ({batch // 2}), accumulated twice ({2 * config.accumulate}), gives the same result."
    return UserError(message, hint, field="batch_size", remedy=remedy)


def build(config: FinetuneConfig, base: Base, material: Material, context: Context) -> Tuner:
    """The student with what may learn, and its lessons; all that is drawn at random follows from the seed."""
    place = Place(config.device, config.precision, config.threads or device.cores())
    place.settle()
    loaded = load_model(context.workspace, base.kept.id, Place(place.device, "fp32", place.threads))
    student = student_of(config, loaded, tuning_data.outputs_of(config.task, material), material.labels)
    torch.manual_seed(config.seed)
    if config.dropout:
        student.body.drop(config.dropout)
    apply(student, choice_of(config, base.family), place)
    lessons = {
        part: tuning_data.lesson_of(
            config, material, part, place=place.device, most=VALIDATION_WINDOWS if part == "val" else None
        )
        for part in ("train", "val")
    }
    return Tuner(
        student,
        lessons["train"],
        lessons["val"],
        plan_of(config),
        place,
        old=tuning_data.old_lesson(config, material),
        chances=tuning_data.chances_of(config, material),
    )


def student_of(config: FinetuneConfig, loaded: Loaded, outputs: int, labels: tuple[str, ...]) -> Student:
    """The model, with a new head where the task has one; the head it has, where it told the very same labels."""
    student = Student(loaded.model, outputs or None)
    task, head = loaded.task, loaded.head
    same = task.get("kind") == config.task and list(task.get("labels", ())) == list(labels)
    if head is not None and student.score is not None and same and config.task != "regress":
        student.score.load_state_dict(head.state_dict())
    return student


def choice_of(config: FinetuneConfig, family: str) -> Choice:
    """The settled method for the engine."""
    settings = LoraSettings(
        config.lora_rank or 1, config.lora_alpha or 1.0, config.lora_dropout or 0.0, config.lora_targets
    )
    lora = settings if config.method == "lora" else None
    return Choice(config.method, config.last_layers or 0, lora, family)


def plan_of(config: FinetuneConfig) -> Plan:
    """The plan of settings whose every auto is settled."""
    values = config.model_dump()
    assert None not in (values["max_steps"], values["batch_size"], values["learning_rate"]), "resolve first"
    beta1, beta2 = propose_finetune.BETAS
    head = propose_finetune.HEAD_TIMES.get(config.method, 1.0)
    return Plan(
        steps=values["max_steps"],
        batch=values["batch_size"],
        accumulate=values["accumulate"],
        block=values["block_size"],
        rate=values["learning_rate"],
        warmup=config.warmup_steps or 0,
        schedule=values["schedule"],
        floor=propose_finetune.FLOOR,
        clip=values["grad_clip"],
        eval_every=values["eval_every"],
        patience=values["patience"],
        seed=values["seed"],
        optimizer=optim.Settings("adamw", beta1, beta2, values["weight_decay"], head_share=head),
    )
