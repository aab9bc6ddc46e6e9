"""Brings a kept model back for writing: its weights packed in the precision that somebody chose."""

import time
from dataclasses import dataclass, replace
from typing import Any, cast

from llmstudio.base import units
from llmstudio.config import precision as precisions
from llmstudio.engine import device, kernels
from llmstudio.engine.decoder import Decoder
from llmstudio.engine.device import Place
from llmstudio.engine.kernels import Precision
from llmstudio.jobs.context import Context
from llmstudio.store import catalog
from llmstudio.tasks.loading import Loaded, load_model


@dataclass(frozen=True)
class Ready:
    """A model ready to write, where it is, and in which precision its weights are held."""

    loaded: Loaded
    place: Place
    precision: Precision

    def facts(self) -> dict[str, Any]:
        """As a result records them."""
        return {"device": self.place.device, "precision": self.precision, "weight_bytes": self.weight_bytes}

    @property
    def weight_bytes(self) -> int:
        """Bytes of weights that are read for each token that is written."""
        reader = self.loaded.reader
        each = 2 if self.precision == "bf16" else 4
        return reader.weight_bytes() if reader is not None else each * self.loaded.parameters


def load(
    context: Context, name: str, precision: str = "auto", device_name: str = "auto", threads: int | None = None
) -> Ready:
    """The kept model called `name`; says so where another precision is used than was asked for.

    A model with a head of its own judges texts: its weights stay whole.
    """
    context.stage("Loading the model")
    place = device.choose(device_name, "fp32", threads)
    place.settle()
    kept = catalog.find(context.workspace, "model", name)
    wanted = settled(precision, kept.manifest, place.device)
    granted, told = kernels.chosen(wanted, place.device)
    if told and precision != "auto":
        context.note(told, "warning")
    if granted == "bf16" and place.device != "cpu":
        place = replace(place, precision="bf16")
    loaded = load_model(context.workspace, name, place)
    if place.device != "cpu" or (granted == "f32" and not kernels.lays_out(place.device)):
        return Ready(loaded, place, granted)
    if loaded.head is not None:
        return Ready(loaded, place, "f32")
    begin = time.monotonic()
    loaded = replace(loaded, reader=Decoder(loaded.model, granted, release=True))
    device.give_back(place.device)
    ready = Ready(loaded, place, granted)
    size = units.size(ready.weight_bytes)
    if granted != "f32":
        context.note(f"{precisions.WORDS[granted][0]}: {size} of weights, packed in {time.monotonic() - begin:.1f} s.")
    return ready


def settled(precision: str, manifest: dict[str, Any], place: str) -> Precision:
    """The precision that "auto" means for a model, by its size; on cards 16 bits where they have them."""
    if precision != "auto":
        return cast(Precision, precision)
    if place != "cpu":
        return "bf16" if device.choose(place).precision == "bf16" else "f32"
    parameters = manifest.get("parameters")
    return cast(Precision, precisions.auto(parameters if isinstance(parameters, int) else 0))
