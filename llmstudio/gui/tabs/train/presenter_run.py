"""During and after a training: what the page shows for a run, and what helps when something is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from llmstudio.base import units
from llmstudio.config.train import PretrainConfig
from llmstudio.gui import runtrouble, runwords
from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.runwords import Line, Tile, Trouble
from llmstudio.jobs.job import RESUMABLE
from llmstudio.store.doctor import CHECKS, sentences
from llmstudio.store.run import LIVE, RunState


@dataclass(frozen=True)
class RunView:
    """Everything the page shows of a run.

    Acts do: "resume", "rewind", "lower_rate", "keep_best", "watch_on", "settings", "split".
    """

    title: str
    status: str
    since: str
    summary: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    tiles: dict[str, Tile]
    doctor: tuple[Line, ...]
    events: tuple[Line, ...]
    samples: tuple[tuple[int, str, str], ...]
    trouble: Trouble | None
    unusual: tuple[float, float] | None
    waiting: str
    kept: tuple[tuple[str, str], ...] = ()
    model: str = ""
    live: bool = False
    busy: str = ""

    @property
    def resumable(self) -> bool:
        """Whether it can go on."""
        return self.status in RESUMABLE and self.status != "finished"


def view(
    model: RunModel,
    status: str,
    *,
    asked: str = "",
    watched: frozenset[str] = frozenset(),
    names: Mapping[str, str] | None = None,
    now: datetime,
) -> RunView:
    """The view of a run that is `status`; `asked` was requested and not yet done; `watched` alarms are dismissed.

    `names` gives the titles of ids.
    """
    state, live = model.state, status in LIVE
    alarm = runtrouble.open_alarm(state, status, watched)
    return RunView(
        title=state.title,
        status="stopping" if live and asked else status,
        since=runwords.since(state, status, now),
        summary=summary(state, names or {}),
        tiles=_tiles(model, status, now),
        doctor=tuple(_doctor(state)),
        events=tuple(_events(state)),
        samples=tuple((sample.step, sample.prompt, sample.text) for sample in state.samples),
        trouble=runtrouble.trouble_of(model, status, alarm),
        unusual=runtrouble.unusual(model, alarm),
        waiting=runwords.waiting(state, status),
        kept=tuple(_kept(state, names or {})) if status == "finished" else (),
        model=str(state.result.get("model", "")) if status == "finished" else "",
        live=live,
        busy={"pause": "Pausing", "cancel": "Stopping"}.get(asked, "Stopping") if asked else "",
    )


def summary(state: RunState, names: Mapping[str, str]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """What the run is made of, in three groups of names and values."""
    config = state.config
    batch = f"{runwords.shown(config.get('batch_size'))} × {runwords.shown(config.get('block_size'))}"
    if (config.get("accumulate") or 1) > 1:
        batch = f"{config['accumulate']} × {batch}"
    patience = config.get("patience") or 0
    return (
        (
            "Ingredients",
            (
                ("Dataset", _named(config, "dataset", names)),
                ("Tokenizer", _named(config, "tokenizer", names)),
                ("Preset", str(config.get("preset", ""))),
            ),
        ),
        (
            "Model",
            (
                ("Layers, heads", _pair(config, "n_layer", "n_head")),
                ("Width, context", _pair(config, "n_embd", "block_size")),
            ),
        ),
        (
            "Training",
            (
                ("Steps", runwords.shown(config.get("max_steps"))),
                ("Batch, tokens", batch),
                ("Learning rate", runwords.shown(config.get("learning_rate"))),
                ("Stops early", f"after {patience}" if patience else "off"),
            ),
        ),
    )


def _pair(config: Mapping[str, Any], one: str, other: str) -> str:
    return f"{runwords.shown(config.get(one))}, {runwords.shown(config.get(other))}"


def _named(config: Mapping[str, Any], key: str, names: Mapping[str, str]) -> str:
    value = str(config.get(key, ""))
    return names.get(value, value)


def all_settings(state: RunState) -> list[tuple[str, str]]:
    """Every setting of the run with its title."""
    titles = {name: field.title or name for name, field in PretrainConfig.model_fields.items()}
    return [(titles.get(name, name), runwords.shown(value)) for name, value in state.config.items()]


def _tiles(model: RunModel, status: str, now: datetime) -> dict[str, Tile]:
    state = model.state
    latest, best = state.latest, state.best
    loss = runwords.fixed(state.validations[-1][1]) if state.validations else "–"
    note = "first at step " + runwords.shown(state.config.get("eval_every")) if not best else runwords.best_note(state)
    bits = latest.get("bits_per_byte")
    done = status == "finished"
    if done and isinstance(state.result.get("val_loss"), float):
        loss, note = runwords.fixed(state.result["val_loss"]), "of the kept model"
        bits = state.result.get("bits_per_byte", bits)
    speed = latest.get("tokens_per_second")
    rate = units.rate(speed, "tokens").split(" ") if speed else ["–", ""]
    tokens = latest.get("tokens")
    far = "so far" if status in LIVE else "in all"
    return {
        "val_loss": Tile("Validation loss", loss, "", note),
        "bits": Tile("Bits per byte", runwords.fixed(bits), "", "fair across tokenizers"),
        "speed": Tile(
            "Speed",
            rate[0],
            rate[1],
            f"{units.count(tokens)} tokens {far}" if tokens else "",
        ),
        "time": runwords.time_tile(model, status, now),
    }


def _doctor(state: RunState) -> list[Line]:
    if "loss" not in state.latest:
        return []
    lines = []
    for check in CHECKS:
        found = [alarm for alarm in state.alarms if alarm.cause in check.alarms]
        if not found:
            lines.append(Line(check.well, "good"))
            continue
        words = check.alarms[found[-1].cause]
        since = units.number(found[-1].start)
        lines.append(Line(words.format(since=since, step=units.number(found[-1].step)), "warning"))
    return lines


def _events(state: RunState) -> list[Line]:
    tones = {"good": "good", "warning": "warning"}
    lines = [(n.time, Line(n.text, tones.get(n.level, "info"), runwords.local(n.time))) for n in state.notes]
    lines += [(a.time, Line(sentences(a)[0], "warning", runwords.local(a.time))) for a in state.alarms]
    if state.started:
        lines.append((state.started, Line("Started", "info", runwords.local(state.started))))
    return [line for _, line in sorted(lines, key=lambda pair: pair[0], reverse=True)]


def _kept(state: RunState, names: Mapping[str, str]) -> list[tuple[str, str]]:
    config, result = state.config, state.result
    return [
        ("Text", _named(config, "dataset", names)),
        ("Tokenizer", _named(config, "tokenizer", names)),
        ("Run", f"{units.number(result.get('steps', state.step))} steps"),
        ("Kept step", units.number(result.get("kept_step", state.step))),
    ]
