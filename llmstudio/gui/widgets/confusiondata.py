"""What a confusion matrix shows and says, without drawing it: its cells, their words, and which classes are shown."""

from dataclasses import dataclass

from llmstudio.base import units

MOST_SHOWN = 12


@dataclass(frozen=True)
class Matrix:
    """Counts by true (row) and predicted (column) label; `noun` is what the labels are, such as "mood"."""

    labels: tuple[str, ...] = ()
    counts: tuple[tuple[int, ...], ...] = ()
    noun: str = ""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def total(self) -> int:
        """All rows."""
        return sum(map(sum, self.counts))

    def row_total(self, true: int) -> int:
        """Rows that truly have this label."""
        return sum(self.counts[true])

    def share(self, true: int, predicted: int) -> float:
        """The part of a label's rows that was given this name; 0 where it has none."""
        rows = self.row_total(true)
        return self.counts[true][predicted] / rows if rows else 0.0

    def shown(self) -> tuple[int, ...]:
        """Which labels have a row and a column: all, or the twelve that are most often confused."""
        if len(self) <= MOST_SHOWN:
            return tuple(range(len(self)))
        wrong = [self._confused(label) for label in range(len(self))]
        worst = sorted(range(len(self)), key=lambda label: (-wrong[label], label))[:MOST_SHOWN]
        return tuple(sorted(worst))

    def _confused(self, label: int) -> int:
        others = (other for other in range(len(self)) if other != label)
        return sum(self.counts[label][other] + self.counts[other][label] for other in others)

    def words(self, true: int, predicted: int, *, as_count: bool = False) -> str:
        """What stands in a cell: "94 %", a count, or a plain 0."""
        count = self.counts[true][predicted]
        if not count or as_count:
            return units.number(count)
        share = self.share(true, predicted)
        return "< 1 %" if share < 0.005 else units.percent(share)

    def sentence(self, true: int, predicted: int) -> str:
        """A cell as a person would say it: "Truly sad, called tense: 6 of 112 rows"."""
        rows = units.plural(self.row_total(true), "row")
        count = units.number(self.counts[true][predicted])
        if true == predicted:
            return f"Truly {self.labels[true]}, and called so: {count} of {rows}"
        return f"Truly {self.labels[true]}, called {self.labels[predicted]}: {count} of {rows}"

    def summary(self) -> str:
        """The whole matrix in one sentence."""
        if not self.total:
            return "No rows were judged yet."
        right = sum(self.counts[label][label] for label in range(len(self)))
        words = f"{units.number(right)} of {units.plural(self.total, 'row')} right"
        worst = self.worst()
        if worst is None:
            return f"{words}."
        return f"{words}; most often confused: {self.labels[worst[0]]}, called {self.labels[worst[1]]}."

    def worst(self) -> tuple[int, int] | None:
        """The cell off the diagonal with most rows; None where there is none."""
        cells = ((true, predicted) for true in range(len(self)) for predicted in range(len(self)) if true != predicted)
        found = max(cells, key=lambda cell: self.counts[cell[0]][cell[1]], default=None)
        return found if found is not None and self.counts[found[0]][found[1]] else None

    def scope(self) -> str:
        """Which classes are shown where there are too many for all."""
        if len(self) <= MOST_SHOWN:
            return ""
        return f"The {MOST_SHOWN} of {len(self):,} labels that are most often confused"

    def table(self) -> str:
        """All counts as tab-separated lines."""
        lines = ["\t".join(["true \\ predicted", *self.labels])]
        for label, row in zip(self.labels, self.counts, strict=True):
            lines.append("\t".join([label, *map(str, row)]))
        return "\n".join(lines)
