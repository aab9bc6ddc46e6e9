"""Which parameters of a student learn, by the method; what is frozen takes half the memory where bf16 computes."""

from dataclasses import dataclass

import torch
from torch import nn

from llmstudio.config.finetune import Method
from llmstudio.engine import lora
from llmstudio.engine.device import Place
from llmstudio.engine.heads import Student
from llmstudio.engine.lora import LoraSettings


@dataclass(frozen=True)
class Choice:
    """A settled method: how many last layers learn, or what adapters are made of."""

    method: Method
    last_layers: int = 0
    lora: LoraSettings | None = None
    family: str = ""


def apply(student: Student, choice: Choice, place: Place) -> None:
    """Let learn what the method says, and nothing else. Adapters are drawn from torch's generator: seed it first."""
    body = student.body
    if choice.method == "lora":
        assert choice.lora is not None, "settled before"
        lora.attach(body, body.config, choice.family, choice.lora)
        _halve(body, place)
    elif choice.method != "full":
        body.requires_grad_(False)
    if choice.method == "last-layers":
        for part in [*list(body.blocks)[-choice.last_layers :], body.final_norm]:
            part.requires_grad_(True)
        if student.score is None and not body.config.tied:
            body.head.requires_grad_(True)
    if student.score is not None and choice.method != "full":
        student.score.weight.requires_grad_(True)
    if student.score is not None and not body.config.tied:
        body.head.requires_grad_(False)  # it is not used


def _halve(body: nn.Module, place: Place) -> None:
    """Frozen matrices as bf16, in which they would be multiplied anyway; adapters and embeddings stay in fp32."""
    if place.precision != "bf16":
        return
    for part in body.modules():
        if isinstance(part, nn.Linear) and not part.weight.requires_grad and part is not getattr(body, "head", None):
            part.weight.data = part.weight.data.to(torch.bfloat16)
            if part.bias is not None:
                part.bias.data = part.bias.data.to(torch.bfloat16)


def learning(student: nn.Module) -> int:
    """Numbers that learn."""
    return sum(one.numel() for one in student.parameters() if one.requires_grad)
