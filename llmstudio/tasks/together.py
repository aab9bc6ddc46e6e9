"""A training under torchrun: the first process leads through the run's log, the others follow what it tells."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from llmstudio.base.errors import Interrupt, UserError
from llmstudio.base.world import World, around
from llmstudio.config.train import PretrainConfig
from llmstudio.engine.parallel import meeting
from llmstudio.engine.parallel.team import Team, lost_sign
from llmstudio.jobs.context import Context, Resume
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import counting
from llmstudio.tasks.preparation import prepare, settle
from llmstudio.tasks.teamcontext import QuietContext, TeamContext
from llmstudio.tasks.teamwork import TeamTraining

LEADING = {"child", "pretrain", "resume"}
"""Words of command lines with which the first process begins or goes on with a training."""

START, OVER = "start", "over"
PATIENCE = 20.0  # seconds that one who lost the others waits for torchrun's end, so that the right one is blamed


@dataclass(frozen=True)
class Orders:
    """What the others have to know to train along."""

    workspace: str
    folder: str
    attempt: int
    resume: dict[str, Any] | None
    config: dict[str, Any]


@contextmanager
def leading(world: World) -> Iterator[Team]:
    """The first process's part: meets the others; whoever of them is lost meanwhile is named in a UserError."""
    team = meeting.join(world)
    try:
        yield team
    except (Interrupt, UserError):
        raise
    except Exception as error:
        missing = team.missing() if lost_sign(error) else None
        if missing is None:
            raise
        raise missing from error
    finally:
        team.announce(OVER)
        team.leave()


def lead(config: PretrainConfig, context: Context, world: World) -> None:
    """The first process's work: prepare alone, then train with the others."""
    with leading(world) as team:
        prepared = prepare(config, context)
        config = settle(config, prepared, context, world)
        if context.resume is None:
            counting.tell(prepared, context)
        _give_orders(config, context, team)
        TeamTraining(config, prepared, TeamContext(context, team), team).run()


def _give_orders(config: PretrainConfig, context: Context, team: Team) -> None:
    told = Orders(
        str(context.workspace.root),
        str(context.folder),
        context.attempt,
        asdict(context.resume) if context.resume else None,
        config.model_dump(mode="json"),
    )
    team.announce(START)
    team.tell(told)


def main(arguments: list[str]) -> int:
    """Every process but the first, whatever that one was told to do; returns the exit status."""
    try:
        world = around()
        if world is None or not LEADING & set(arguments):
            raise UserError("This is work for one process, and several were started.", "Start it without torchrun.")
        return follow(world)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2


def follow(world: World) -> int:
    """Meet the others, train along, and return the exit status. UserError where they do not meet."""
    team = meeting.join(world)
    try:
        if team.await_word() == START:
            _obey(team.tell(), team)
    except Interrupt:
        return 0
    except Exception as error:
        return _failed(team, error)
    finally:
        team.leave()
    return 0


def _obey(orders: Orders, team: Team) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the first one hears it too, and all stop in step
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    workspace = Workspace.open(Path(orders.workspace))
    resume = Resume(**orders.resume) if orders.resume else None
    quiet = QuietContext(workspace, Path(orders.folder), orders.attempt, resume)
    config = PretrainConfig(**orders.config)
    TeamTraining(config, prepare(config, quiet), TeamContext(quiet, team), team).run()


def _failed(team: Team, error: Exception) -> int:
    """Say why, unless another's end is the reason: then wait for torchrun, so that nobody blames this one."""
    if lost_sign(error):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        threading.Event().wait(PATIENCE)
        return 1
    team.confess(error)
    with contextlib.suppress(OSError):
        print(f"Process {team.rank + 1} of {team.size}: {error!r}", file=sys.stderr)
    return 1
