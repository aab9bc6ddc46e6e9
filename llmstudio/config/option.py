"""One declaration per option; form rows, command-line options and messages are all derived from it."""

import types
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

Scale = Literal["linear", "log", "name"]
OptionKind = Literal["int", "float", "bool", "choice", "text", "list"]


class Options(BaseModel):
    """Base of every set of options: frozen, nothing unknown, nothing infinite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def option(
    default: Any,
    *,
    title: str,
    help: str = "",  # noqa: A002 - the word a reader of a declaration expects
    unit: str = "",
    group: str = "",
    advanced: bool = False,
    scale: Scale = "linear",
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    long: str = "",
) -> Any:
    """Declare an option.

    `help` is one line of at most 34 characters that tells the effect; `long` explains the term. A default of
    None on an optional type means "auto": the application proposes a value. The scale "name" is for numbers that
    name something, such as a port: they are written without separators.
    """
    assert len(help) <= 34, f"help of {title} is {len(help)} characters long: {help}"
    extra: dict[str, Any] = {
        "unit": unit,
        "group": group,
        "advanced": advanced,
        "scale": scale,
        "long": long,
    }
    return Field(
        default,
        title=title,
        description=help,
        ge=ge,
        gt=gt,
        le=le,
        lt=lt,
        json_schema_extra={"studio": extra},
    )


@dataclass(frozen=True)
class OptionInfo:
    """Everything a form row or a command-line option needs to know about one option."""

    name: str
    title: str
    help: str
    long: str
    unit: str
    group: str
    advanced: bool
    scale: Scale
    kind: OptionKind
    default: Any
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]
    optional: bool
    required: bool


@dataclass(frozen=True)
class Fault:
    """What is wrong with one value, and a value that works (None where none is known)."""

    message: str
    suggestion: Any = None


def describe(cls: type[Options]) -> tuple[OptionInfo, ...]:
    """The options of a class in the order of their declaration."""
    return tuple(_info(name, field) for name, field in cls.model_fields.items())


def check(cls: type[Options], values: dict[str, Any]) -> tuple[Any, dict[str, Fault]]:
    """Validate `values`; returns (options, {}) or (None, faults by field)."""
    try:
        return cls(**values), {}
    except ValidationError as error:
        return None, faults_of(cls, error)


def faults_of(cls: type[Options], error: ValidationError) -> dict[str, Fault]:
    """Plain sentences for pydantic's findings; the key "" holds faults of no single field."""
    known = {info.name: info for info in describe(cls)}
    found: dict[str, Fault] = {}
    for detail in error.errors(include_url=False):
        name = _field_of(detail)
        if name not in found:
            found[name] = _fault(known.get(name), name, detail)
    return found


class OptionFault(ValueError):
    """Raised in a validator to name the field at fault and a value that works."""

    def __init__(self, field: str, message: str, suggestion: Any = None) -> None:
        super().__init__(message)
        self.field = field
        self.suggestion = suggestion


def _field_of(detail: ErrorDetails) -> str:
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, OptionFault):
        return cause.field
    return str(detail["loc"][0]) if detail["loc"] else ""


def _fault(info: OptionInfo | None, name: str, detail: ErrorDetails) -> Fault:
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, OptionFault):
        return Fault(str(cause), cause.suggestion)
    if detail["type"] == "extra_forbidden":
        return Fault(f"There is no setting called {name}.")
    if detail["type"] == "missing" or info is None:
        return Fault(f"{info.title if info else name} is needed.")
    bound = _bound_fault(info, detail)
    if bound:
        return bound
    return Fault(_wanted(info, detail), info.default)


def _bound_fault(info: OptionInfo, detail: ErrorDetails) -> Fault | None:
    context = detail.get("ctx", {})
    for key, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if key in context:
            limit = context[key]
            suggestion = limit if key in ("ge", "le") else info.default
            return Fault(f"{info.title} must be {words} {_plain(limit)}.", suggestion)
    return None


def _wanted(info: OptionInfo, detail: ErrorDetails) -> str:
    if info.kind == "choice":
        return f"{info.title} can be {', '.join(info.choices)}."
    wanted = {"int": "a whole number", "float": "a number", "bool": "yes or no"}.get(info.kind, "text")
    if detail["type"] == "value_error":
        return str(detail["msg"]).removeprefix("Value error, ")
    return f"{info.title} must be {wanted}."


def _plain(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,g}" if isinstance(value, float) else str(value)


def _info(name: str, field: FieldInfo) -> OptionInfo:
    extra: dict[str, Any] = {}
    if isinstance(field.json_schema_extra, dict):
        extra = dict(field.json_schema_extra.get("studio", {}))  # type: ignore[arg-type]
    base, optional = _strip_optional(field.annotation)
    kind, choices = _kind(base)
    low, high = _bounds(field)
    return OptionInfo(
        name=name,
        title=field.title or name,
        help=field.description or "",
        long=extra.get("long", ""),
        unit=extra.get("unit", ""),
        group=extra.get("group", ""),
        advanced=extra.get("advanced", False),
        scale=extra.get("scale", "linear"),
        kind=kind,
        default=None if field.is_required() else field.get_default(call_default_factory=True),
        minimum=low,
        maximum=high,
        choices=choices,
        optional=optional,
        required=field.is_required(),
    )


def _strip_optional(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [a for a in get_args(annotation) if a is not type(None)]
        return (rest[0] if len(rest) == 1 else str), len(rest) < len(get_args(annotation))
    return annotation, False


def _kind(base: Any) -> tuple[OptionKind, tuple[str, ...]]:
    if get_origin(base) is Literal:
        return "choice", tuple(str(choice) for choice in get_args(base))
    if get_origin(base) in (list, tuple):
        return "list", ()
    kinds: dict[Any, OptionKind] = {bool: "bool", int: "int", float: "float"}
    return kinds.get(base, "text"), ()


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    low = high = None
    for mark in field.metadata:
        low = getattr(mark, "ge", getattr(mark, "gt", low))
        high = getattr(mark, "le", getattr(mark, "lt", high))
    return low, high
