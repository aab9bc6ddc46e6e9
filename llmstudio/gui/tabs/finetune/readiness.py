"""Whether a fine-tuning can start: what is in order, what should be looked at, what is missing. Knows no widgets."""

from dataclasses import replace
from typing import TYPE_CHECKING

from llmstudio.base import units
from llmstudio.config import option
from llmstudio.config.finetune import FinetuneConfig
from llmstudio.gui.setupwords import Ready

if TYPE_CHECKING:
    from llmstudio.gui.tabs.finetune.plan import Plan
    from llmstudio.gui.tabs.finetune.presenter_setup import Setup
    from llmstudio.gui.tabs.finetune.reading import Reading

MEMORY_TIGHT = 0.8
LONG_SHARE = 0.05  # rows that are cut, from which on that is worth a word


def added(setup: "Setup", *, read_only: bool) -> "Setup":
    """The setup with its conditions, and with warnings at the rows they are about."""
    checks = tuple(_checks(setup, read_only))
    return replace(setup, checks=checks, warnings=_warnings(setup))


def _checks(setup: "Setup", read_only: bool) -> list[Ready]:
    if read_only:
        return [Ready("wrong", "This workspace is open in another window")]
    if not setup.models:
        return [Ready("wrong", "There is no model to go on with", "model", "Open Models")]
    if not setup.datasets:
        return [Ready("wrong", "There are no rows to learn from", "dataset", "Open Data")]
    found = [_fault(name) for name in setup.faults]
    reading = setup.reading
    if setup.waiting or setup.question is None:
        if not setup.faults:
            found.append(Ready("wrong", "Reading the rows"))
    elif reading is not None and reading.error is None:
        found += _rows(reading)
    return found + (_plan(setup.plan) if setup.plan is not None else [])


def _fault(name: str) -> Ready:
    title = next((info.title for info in option.describe(FinetuneConfig) if info.name == name), name)
    return Ready("wrong", f"{title}: see the row", name, f"Go to {title}")


def _rows(reading: "Reading") -> list[Ready]:
    parts = [f"{units.number(reading.train)} rows to learn", f"{units.number(reading.val)} to check"]
    parts += [f"{units.number(reading.test)} to test"] if reading.test else []
    found = [Ready("good", ", ".join(parts))]
    if reading.fault_count:
        many = units.plural(reading.fault_count, "faulty row is", "faulty rows are")
        found.append(Ready("warning", f"{many} left out", "on_fault", "Look at them"))
    if reading.overlaps:
        many = units.plural(len(reading.overlaps), "text", "texts")
        found.append(Ready("warning", f"{many} in two parts: kept in one", "split", "Go to Split"))
    over, measured = reading.lengths.over, reading.lengths.measured
    if over > LONG_SHARE * max(1, measured):
        found.append(Ready("warning", f"{units.percent(over / measured)} of the rows are longer than it reads"))
    if reading.warnings:
        found.append(Ready("warning", reading.warnings[0]))
    return found


def _plan(planned: "Plan") -> list[Ready]:
    checks = []
    spare = planned.memory_limit - planned.memory.total
    if spare < 0:
        checks.append(
            Ready("wrong", f"Needs {units.size(planned.memory.total)} of memory", "batch_size", "Go to Batch")
        )
    elif planned.memory_share > MEMORY_TIGHT:
        checks.append(Ready("warning", f"Memory is tight: {units.size(spare)} to spare", "batch_size", "Go to Batch"))
    else:
        checks.append(Ready("good", f"Fits in memory, {units.size(spare)} to spare"))
    if planned.disk > planned.disk_free:
        checks.append(Ready("wrong", f"Needs {units.size(planned.disk)} of disk; {units.size(planned.disk_free)} free"))
    else:
        checks.append(Ready("good", f"Room on disk for {units.size(planned.disk)}"))
    return checks


def _warnings(setup: "Setup") -> dict[str, str]:
    found: dict[str, str] = {}
    reading, planned = setup.reading, setup.plan
    if reading is not None and not setup.waiting and reading.fault_count:
        found["on_fault"] = f"{units.plural(reading.fault_count, 'faulty row')} left out"
    if planned is not None and MEMORY_TIGHT < planned.memory_share <= 1:
        found["batch_size"] = f"{units.percent(planned.memory_share)} of the memory"
    return found
