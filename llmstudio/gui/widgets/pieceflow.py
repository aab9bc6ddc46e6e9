"""Lays pieces out in rows, as many at a time as somebody wants to see. It knows widths only, no widgets."""

from bisect import bisect_right


class Flow:
    """Rows of pieces of `room` width with `gap` between neighbours; grows by `add`."""

    def __init__(self, room: float, gap: float) -> None:
        self.room = max(room, 1.0)
        self.gap = gap
        self.lefts: list[float] = []
        self.widths: list[float] = []
        self.starts: list[int] = []  # the first piece of each row
        self._x = 0.0
        self._new_row = True

    def __len__(self) -> int:
        return len(self.lefts)

    @property
    def rows(self) -> int:
        """Rows begun so far."""
        return len(self.starts)

    def add(self, width: float, *, breaks: bool = False) -> None:
        """Put the next piece; after one that `breaks` a new row begins."""
        width = min(width, self.room)
        if self._new_row or self._x + width > self.room:
            self.starts.append(len(self.lefts))
            self._x = 0.0
        self.lefts.append(self._x)
        self.widths.append(width)
        self._x += width + self.gap
        self._new_row = breaks

    def row_of(self, index: int) -> int:
        """The row a piece lies in."""
        return bisect_right(self.starts, index) - 1

    def pieces_in(self, row: int) -> range:
        """The pieces of a row; an empty range where there is no such row."""
        if not 0 <= row < self.rows:
            return range(0)
        end = self.starts[row + 1] if row + 1 < self.rows else len(self.lefts)
        return range(self.starts[row], end)

    def at(self, row: int, x: float, *, nearest: bool = False) -> int | None:
        """The piece at `x` in a row; between two pieces none, or the one to the left with `nearest`."""
        pieces = self.pieces_in(row)
        if not pieces:
            return None
        index = bisect_right(self.lefts, x, pieces.start, pieces.stop) - 1
        index = max(index, pieces.start)
        inside = self.lefts[index] <= x <= self.lefts[index] + self.widths[index]
        return index if inside or nearest else None

    def estimate(self, count: int) -> int:
        """How many rows `count` pieces will take, judged by those laid out."""
        if len(self) >= count or not len(self):
            return self.rows
        return max(self.rows, round(self.rows * count / len(self)))
