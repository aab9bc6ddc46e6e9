"""Where this process stands among those that torchrun started together, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from llmstudio.base.errors import UserError

RENDEZVOUS = "LLMSTUDIO_RENDEZVOUS"
"""Names the file over which processes of one machine find each other; without it they meet at MASTER_ADDR."""

PROCESSES = "LLMSTUDIO_PROCESSES"
"""How many processes our own launcher started."""

_HINT = "Start all of them with torchrun, or unset RANK and WORLD_SIZE."


@dataclass(frozen=True)
class World:
    """All processes of one training, `size` of them on one or more machines, and which of them (from 0) this is."""

    rank: int
    size: int
    local_rank: int
    local_size: int
    address: str = ""
    port: int = 0
    agent: bool = False  # the meeting point is kept by torchrun itself, not by the first process
    file: str = ""

    @property
    def leads(self) -> bool:
        """Whether this is the first process: the one that keeps the run's log."""
        return self.rank == 0


def around(environment: Mapping[str, str] = os.environ) -> World | None:
    """The world that the environment tells of; None where this process is alone.

    Raises UserError where what it says cannot be.
    """
    size = _number(environment, "WORLD_SIZE", 1)
    started = _number(environment, PROCESSES, size)
    if started != size:
        raise UserError(f"{started} processes were started, but WORLD_SIZE says {size}.", _HINT, field="processes")
    if size == 1:
        return None
    rank = _number(environment, "RANK", 0)
    if not 0 <= rank < size:
        raise UserError(f"RANK is {rank}, but there are only {size} processes (WORLD_SIZE).", _HINT)
    world = World(
        rank,
        size,
        _number(environment, "LOCAL_RANK", rank),
        _number(environment, "LOCAL_WORLD_SIZE", 1),
        environment.get("MASTER_ADDR", ""),
        _number(environment, "MASTER_PORT", 0),
        environment.get("TORCHELASTIC_USE_AGENT_STORE") == "True",
        environment.get(RENDEZVOUS, ""),
    )
    if not world.file and not (world.address and world.port):
        raise UserError("Nothing says where the processes meet (MASTER_ADDR and MASTER_PORT).", _HINT)
    return world


def _number(environment: Mapping[str, str], name: str, otherwise: int) -> int:
    text = environment.get(name)
    if text is None:
        return otherwise
    try:
        return int(text)
    except ValueError:
        raise UserError(f"{name} is not a number: {text!r}.", _HINT) from None
