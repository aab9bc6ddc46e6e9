"""What each of a few processes does in the tests of the team: run as a program by them all, it prints as JSON what
the first one saw.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import distributed

from llmstudio.base.world import around
from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import checkpoint, generate, optim, trainer
from llmstudio.engine.parallel import meeting, sharded
from llmstudio.engine.parallel.reading import TeamReader
from llmstudio.engine.parallel.team import Team
from llmstudio.engine.parallel.trainer import TeamTrainer
from tests.engine import tiny

STEPS = 20
GREEDY = SamplingConfig(max_tokens=6, temperature=0.0)
ADAM = optim.Settings("adamw", 0.9, 0.99, 0.01)
PLAN: dict[str, Any] = {"steps": STEPS, "batch": 4, "accumulate": 2, "eval_every": 10}


def team_trainer(team: Team, strategy: Any, **changes: Any) -> TeamTrainer:
    plan = tiny.plan(**{**PLAN, **changes})
    return TeamTrainer(tiny.model(), tiny.text(), tiny.text(150)[50:], plan, tiny.HERE, team, strategy)


def curve(one: trainer.Trainer, until: int = STEPS) -> list[list[float]]:
    """Loss and norm of each step, and the validation losses, up to step `until`."""
    found: list[list[float]] = []
    for record in one.run():
        if isinstance(record, trainer.Step):
            found.append([record.loss, record.grad_norm])
            if record.step == until:
                break
        elif isinstance(record, trainer.Evaluation):
            found.append([record.val_loss])
    return found


def exchanged(team: Team, accumulate: int) -> list[int]:
    """How often, and how many bytes of, gradients DDP exchanges in one step."""
    one = team_trainer(team, "ddp", accumulate=accumulate)
    seen = [0, 0]

    def count(_state: object, bucket: distributed.GradBucket) -> torch.futures.Future[torch.Tensor]:
        seen[0] += 1
        seen[1] += bucket.buffer().nbytes
        done: torch.futures.Future[torch.Tensor] = torch.futures.Future()
        done.set_result(bucket.buffer())
        return done

    one.spread.wrapped.register_comm_hook(None, count)  # type: ignore[attr-defined]
    curve(one, 1)
    return seen


def shares(one: TeamTrainer) -> dict[str, int]:
    """Bytes of weights and of optimizer states in this process."""
    states = [value for o in one.optimizers for state in o.state.values() for value in state.values()]
    return {"weights": _held(list(one.model.parameters())), "states": _held(states)}


def _held(tensors: list[Any]) -> int:
    return sum(sharded.own(tensor).nbytes for tensor in tensors if isinstance(tensor, torch.Tensor))


def interrupted(team: Team, folder: Path, strategy: str, then: str) -> list[list[float]]:
    """Half of the steps, a checkpoint, and the other half in a new trainer."""
    first = team_trainer(team, strategy)
    curve(first, STEPS // 2)
    for _ in first._examine():  # puts a spread model together
        pass
    snapshot = first.snapshot()
    if strategy == "fsdp":
        path = sharded.write(folder, "step", snapshot, {}, team)
    else:
        path = checkpoint.shown(folder, "step", snapshot.step)
        if team.leads:
            checkpoint.write(folder, "step", snapshot, {})
        team.wait()
    assert not sharded.faults(path, team)
    second = team_trainer(team, then)
    weights, parameters = second.weights(), dict(second.model.named_parameters())
    found = sharded.read(path, parameters, weights) if then == "fsdp" else checkpoint.read(path)
    second.restore(found)
    return curve(second)


def main(folder: Path) -> dict[str, Any]:
    world = around()
    assert world is not None
    torch.set_num_threads(1)
    team = meeting.join(world)
    found: dict[str, Any] = {"told": team.tell([1, "x"] if team.leads else None), "agreed": team.agree(team.rank + 7)}
    found["gathered"] = team.gather(team.rank)
    for strategy in ("ddp", "fsdp"):
        one = team_trainer(team, strategy)
        found[strategy] = curve(one)
        found[f"{strategy} alike"] = len(set(map(str, team.gather(found[strategy])))) == 1
        found[f"{strategy} shares"] = team.gather(shares(one))
        if strategy == "fsdp":
            found["written"] = [
                token.id for token in generate.ids(one.model, [1], GREEDY, reader=TeamReader(one.model))
            ]
        weights = one.whole_weights()
        found[f"{strategy} weights"] = {name: float(tensor.double().sum()) for name, tensor in weights.items()}
        found[f"{strategy} resumed"] = interrupted(team, folder / strategy, strategy, strategy)
    found["adamw"] = curve(team_trainer(team, "fsdp", optimizer=ADAM), 5)
    found["fsdp from copies"] = interrupted(team, folder / "mixed", "ddp", "fsdp")
    found["exchanged"] = {str(accumulate): exchanged(team, accumulate) for accumulate in (1, 4)}
    team.leave()
    return found


if __name__ == "__main__":
    outcome = main(Path(sys.argv[1]))
    world = around()
    if world is not None and world.leads:
        Path(sys.argv[1], "found.json").write_text(json.dumps(outcome))
