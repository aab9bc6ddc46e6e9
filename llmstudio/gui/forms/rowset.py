"""The rows of a form, each made when it is first asked for: most options are never looked at."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from llmstudio.gui.forms.row import FormRow


class RowSet(Mapping[str, FormRow]):
    """Rows by the name of their option, in the order of the form. Asking for one makes it; `made` does not."""

    def __init__(self, names: Sequence[str], make: Callable[[str], FormRow]) -> None:
        self._names = dict.fromkeys(names)
        self._make = make
        self._made: dict[str, FormRow] = {}

    def __getitem__(self, name: str) -> FormRow:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def made(self) -> list[tuple[str, FormRow]]:
        """Those that were asked for, in the order of the form."""
        return [(name, self._made[name]) for name in self._names if name in self._made]

    def missing(self, names: Sequence[str]) -> list[str]:
        """Which of these are still to be made."""
        return [name for name in names if name not in self._made]
