"""The exact command line that runs a planned training on several machines. Knows no widgets."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from llmstudio.config import option
from llmstudio.config.train import PretrainConfig

PORT = 29_500
HOST = "FIRST-MACHINE"
LEFT_OUT = ("processes",)  # torchrun says how many there are


@dataclass(frozen=True)
class Machines:
    """How many machines, how many processes on each, and where they meet."""

    count: int = 2
    processes: int = 1
    host: str = HOST

    @property
    def size(self) -> int:
        """All processes together."""
        return self.count * self.processes


def command(workspace: Path, config: PretrainConfig, machines: Machines) -> str:
    """To be typed on every machine; all settings of `config` stand in it, so that nothing is proposed again."""
    meeting = re.sub(r"[^A-Za-z0-9]+", "-", config.name).strip("-").lower() or "training"
    words = [
        "torchrun",
        f"--nnodes={machines.count}",
        f"--nproc-per-node={machines.processes}",
        "--rdzv-backend=c10d",
        f"--rdzv-id={meeting}",
        f"--rdzv-endpoint={machines.host or HOST}:{PORT}",
        "-m",
        "llmstudio",
        "--workspace",
        str(workspace),
        "pretrain",
    ]
    return shlex.join([*words, *_options(config)])


def _options(config: PretrainConfig) -> list[str]:
    words: list[str] = []
    for info in option.describe(PretrainConfig):
        value = getattr(config, info.name)
        if info.name in LEFT_OUT or value == PretrainConfig.model_fields[info.name].default:
            continue
        flag = "--" + info.name.replace("_", "-")
        if info.kind == "bool":
            words.append(flag if value else f"--no-{flag[2:]}")
        else:
            words += [flag, str(value)]
    return words


def fault(config: PretrainConfig, machines: Machines) -> str:
    """What stands in the way, as a sentence; "" where nothing does."""
    batch = config.batch_size or 0
    if batch % machines.size:
        fits = max(machines.size, batch // machines.size * machines.size)
        return f"A batch of {batch:,} cannot be shared evenly by {machines.size:,} processes. Set Batch to {fits:,}."
    return ""
