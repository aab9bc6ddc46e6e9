"""Splits examples into training, validation and test: the same every time, alike in labels, no text in two parts.

Rows are put in order by a seeded hash of their text. Rows with equal texts (case and white space apart) form one
group, and a group is never divided.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.dataset import PARTS, shares_of
from llmstudio.data.labelled import Example, Labelled

DATASET = "dataset"
FEWEST = 4
_BINS = 10


@dataclass
class Parts:
    """A split table; each part is in the order of its rows.

    `overlaps` are pairs (row, earlier row) of equal texts that the dataset's own split had put into different parts:
    all of them count for training. `duplicates` are all such pairs, wherever they lie. `left_out` is how many rows
    undersampling dropped, `sha256` names the split by its rows, and `rule` gives the same one again.
    """

    train: list[Example]
    val: list[Example]
    test: list[Example]
    overlaps: list[tuple[int, int]] = field(default_factory=list)
    duplicates: list[tuple[int, int]] = field(default_factory=list)
    left_out: int = 0
    warnings: list[str] = field(default_factory=list)
    rule: dict[str, Any] = field(default_factory=dict)
    sha256: str = ""

    def part(self, name: str) -> list[Example]:
        """The rows of train, val or test; of all three for "all"."""
        if name == "all":
            return sorted(self.train + self.val + self.test, key=lambda example: example.row)
        return {"train": self.train, "val": self.val, "test": self.test}[name]


def split(labelled: Labelled, rule: str = "70,10,20", seed: int = 0, balance: str = "none") -> Parts:
    """Divide by the dataset's own split ("dataset") or by shares ("70,10,20"), the latter stratified by label.

    balance "undersample" first takes as many rows of every label as the rarest has; any other word takes all.
    UserError where a part would be left without rows.
    """
    rows = _undersampled(labelled, seed) if balance == "undersample" else labelled.rows
    groups = _groups(rows)
    duplicates = [(other.row, group[0].row) for group in groups for other in group[1:]]
    if rule == DATASET:
        places, overlaps = _as_imported(groups)
    else:
        places, overlaps = _stratified(labelled, groups, shares_of(rule), seed), []
    train, val, test = (sorted(part, key=lambda example: example.row) for part in places)
    left_out = len(labelled.rows) - len(rows)
    parts = Parts(train, val, test, sorted(overlaps), sorted(duplicates), left_out)
    parts.rule = {"rule": rule, "seed": seed, "balance": "undersample" if balance == "undersample" else "none"}
    parts.sha256 = _sha256(parts)
    _refuse_empty(parts, rule)
    parts.warnings = _warnings(labelled, parts)
    return parts


def _order(example: Example, seed: int) -> bytes:
    return hashlib.blake2b(example.key, digest_size=8, key=seed.to_bytes(8, "little")).digest()


def _groups(rows: Sequence[Example]) -> list[list[Example]]:
    """Rows with equal texts together, in the order of their first rows."""
    groups: dict[bytes, list[Example]] = {}
    for example in rows:
        groups.setdefault(example.key, []).append(example)
    return list(groups.values())


def _undersampled(labelled: Labelled, seed: int) -> list[Example]:
    if labelled.task != "classify":
        raise UserError("Only classes can be balanced.", "Choose no balancing.", field="balance")
    least = min(labelled.balance.values())
    taken = dict.fromkeys(labelled.balance, 0)
    kept = []
    for example in sorted(labelled.rows, key=lambda example: (_order(example, seed), example.row)):
        label = example.labels[0]
        if taken[label] < least:
            taken[label] += 1
            kept.append(example)
    return sorted(kept, key=lambda example: example.row)


def _as_imported(groups: list[list[Example]]) -> tuple[list[list[Example]], list[tuple[int, int]]]:
    places: list[list[Example]] = [[], [], []]
    overlaps: list[tuple[int, int]] = []
    for group in groups:
        earliest = min(PARTS.index(example.split) for example in group)
        places[earliest] += group
        if len({example.split for example in group}) > 1:
            overlaps += [(other.row, group[0].row) for other in group[1:]]
    return places, overlaps


def _stratified(
    labelled: Labelled, groups: list[list[Example]], shares: tuple[float, float, float], seed: int
) -> list[list[Example]]:
    strata: dict[str, list[list[Example]]] = {}
    name = _stratum(labelled)
    for group in groups:
        strata.setdefault(name(group[0]), []).append(group)
    sizes = [sum(map(len, found)) for found in strata.values()]
    wanted = _targets(np.array(sizes, dtype=np.int64), np.array(shares))
    places: list[list[Example]] = [[], [], []]
    for found, target in zip(strata.values(), wanted, strict=True):
        _fill(places, sorted(found, key=lambda group: _order(group[0], seed)), target.tolist(), shares, seed)
    return places


def _stratum(labelled: Labelled) -> Any:
    """The function that tells which rows should be spread evenly: by label, by rarest label, by size of the value."""
    if labelled.task == "classify":
        return lambda example: example.labels[0]
    if labelled.task == "multilabel":
        rarity = labelled.balance
        return lambda example: min(example.labels, key=lambda label: (rarity[label], label), default="")
    if labelled.task == "regress":
        edges = np.quantile([example.value for example in labelled.rows], np.arange(1, _BINS) / _BINS)
        return lambda example: str(int(np.searchsorted(edges, example.value)))
    return lambda _: ""


def _targets(sizes: np.ndarray[Any, Any], shares: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """How many rows of each stratum each part gets: rows add up to the sizes, columns to the shares of the whole.

    Every cell is the exact share rounded down; what is left goes where most was cut off.
    """
    total = int(sizes.sum())
    whole = np.floor(shares * total + 1e-6).astype(np.int64)
    whole[int(np.flatnonzero(shares)[-1])] += total - whole.sum()
    for part in np.flatnonzero((shares > 0) & (whole == 0)):
        if whole[0] > 1:
            whole[part], whole[0] = 1, whole[0] - 1
    exact = sizes[:, None] * (whole / total)[None, :]
    cells = np.floor(exact + 1e-9).astype(np.int64)
    rows, columns = sizes - cells.sum(1), whole - cells.sum(0)
    for place in np.argsort(-(exact - cells), axis=None, kind="stable").tolist() * 3:
        stratum, part = divmod(place, 3)
        if rows[stratum] > 0 and columns[part] > 0:
            cells[stratum, part] += 1
            rows[stratum] -= 1
            columns[part] -= 1
    return cells


def _fill(
    places: list[list[Example]],
    groups: list[list[Example]],
    wanted: list[int],
    shares: tuple[float, float, float],
    seed: int,
) -> None:
    """Deal one stratum's groups out: those of several rows by their hash, then single rows until parts are full."""
    for group in groups:
        if len(group) > 1:
            drawn = int.from_bytes(_order(group[0], seed), "big") / 2**64
            part = int(np.searchsorted(np.cumsum(shares)[:2], drawn, side="right"))
            if wanted[part] < len(group):
                part = max(range(3), key=lambda place: wanted[place])
            wanted[part] -= len(group)
            places[part] += group
    part = 0
    for group in groups:
        if len(group) == 1:
            while part < 2 and wanted[part] <= 0:
                part += 1
            if wanted[part] <= 0:  # an oversized group has eaten the last part's share
                part = max(range(3), key=lambda place: wanted[place])
            wanted[part] -= 1
            places[part] += group


def _sha256(parts: Parts) -> str:
    digest = hashlib.sha256()
    for name in PARTS:
        digest.update(f"{name}:{','.join(str(example.row) for example in parts.part(name))};".encode())
    return digest.hexdigest()


def _refuse_empty(parts: Parts, rule: str) -> None:
    total = len(parts.train) + len(parts.val) + len(parts.test)
    if total < FEWEST:
        message = f"There are only {units.plural(total, 'row')} to learn from and to measure on."
        raise UserError(message, f"Add examples: {FEWEST} is the least, some hundred are useful.", field="dataset")
    if parts.train and parts.val:
        return
    name = "validation" if parts.train else "training"
    where = "The dataset's own split" if rule == DATASET else f"The split {rule}"
    raise UserError(f"{where} leaves no rows for {name}.", "Split anew, 70,10,20 for example.", field="split")


def _warnings(labelled: Labelled, parts: Parts) -> list[str]:
    found = []
    if parts.overlaps:
        pairs = ", ".join(f"{row:,} and {first:,}" for row, first in parts.overlaps[:3])
        stand = units.plural(len(parts.overlaps), "row stands", "rows stand")
        found.append(f"{stand} in more than one part of the dataset's split; all count for training: {pairs}.")
    if labelled.task in ("classify", "multilabel"):
        for name, part in (("training", parts.train), ("validation", parts.val)):
            seen = {label for example in part for label in example.labels}
            missing = [label for label in labelled.labels if label not in seen]
            if missing:
                words = ", ".join(label[:30] for label in missing[:3])
                found.append(f"{units.plural(len(missing), 'label has', 'labels have')} no row for {name}: {words}.")
    return found
