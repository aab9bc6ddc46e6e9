"""How the processes of a team find each other: over a file on one machine, over torchrun's address on several."""

import os
import socket
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import psutil
import torch
from torch import distributed
from torch._C import _distributed_c10d as stores

from llmstudio.base.errors import UserError
from llmstudio.base.world import World
from llmstudio.engine.parallel.team import Member, Team, gathered, wait_patiently

CONNECT = timedelta(seconds=60)
ARRIVE = timedelta(seconds=180)
COLLECTIVE = timedelta(minutes=30)
_NET = "Check that the machines see each other and that no firewall stands between them."


def join(world: World, *, connect: timedelta = CONNECT, arrive: timedelta = ARRIVE) -> Team:
    """Meet the others. The first process waits some minutes for them, they for it as long as it takes.

    UserError, in one sentence, where they do not meet.
    """
    _stay_on_this_machine(world)
    store = _store(world, connect)
    store.set(f"here/{world.rank}", "yes")
    if world.leads:
        _count(store, world, arrive)
    else:
        wait_patiently(store, "here/0")
    backend = "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(world.local_rank % torch.cuda.device_count())
        backend = "cpu:gloo,cuda:nccl"
    try:
        group = stores.PrefixStore("group", store)
        distributed.init_process_group(backend, store=group, rank=world.rank, world_size=world.size, timeout=COLLECTIVE)
        members = tuple(Member(**one) for one in gathered(asdict(myself(os.getpid())), world.size))
    except (RuntimeError, ValueError) as error:
        words = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise UserError(f"The {world.size} processes cannot reach one another: {words}.", _NET) from error
    return Team(world, store, members)


def myself(pid: int) -> Member:
    """A process of this machine as the others will look for it."""
    api: Any = psutil  # it has no type declarations of its own
    return Member(socket.gethostname(), pid, float(api.Process(pid).create_time()))


def _stay_on_this_machine(world: World) -> None:
    """Processes of one machine talk over its loopback and are not heard outside."""
    if world.file and hasattr(socket, "if_nameindex"):
        names = [name for _, name in socket.if_nameindex()]
        loop = next((name for name in ("lo", "lo0") if name in names), None)
        if loop:
            os.environ.setdefault("GLOO_SOCKET_IFNAME", loop)
            os.environ.setdefault("NCCL_SOCKET_IFNAME", loop)


def _store(world: World, connect: timedelta) -> Any:
    if world.file:
        store: Any = stores.FileStore(world.file, world.size)
        return store
    hosts = world.leads and not world.agent
    try:
        found = stores.TCPStore(world.address, world.port, world.size, hosts, connect, wait_for_workers=False)
    except RuntimeError as error:
        raise UserError(
            f"{world.address} does not answer at port {world.port}: the processes cannot meet there.",
            "Check the address, that the first machine has been started, and that its firewall lets the port through.",
        ) from error
    return stores.PrefixStore(f"llmstudio/{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", found)


def _count(store: Any, world: World, arrive: timedelta) -> None:
    """Wait until all have come; say how many did not."""
    names = [f"here/{rank}" for rank in range(world.size)]
    try:
        store.wait(names, arrive)
    except RuntimeError as error:
        came = sum(bool(store.check([name])) for name in names)
        raise UserError(
            f"Only {came} of {world.size} processes came.",
            "Start torchrun with the same --nnodes and --nproc-per-node on every machine.",
        ) from error
