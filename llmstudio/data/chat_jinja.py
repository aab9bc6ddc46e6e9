"""Runs a stranger's Jinja template within bounds of time, size and reach.

Beside the sandbox of Jinja itself: no loader, no global but four, only methods and filters whose cost is bounded,
every value they make is measured, and every turn of a loop looks at the clock.
"""

import functools
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from types import CodeType
from typing import Any

from jinja2 import Template, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.filters import FILTERS
from jinja2.parser import Parser
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from llmstudio.base.errors import UserError

LARGEST = 64 * 1024  # characters of a template
SECONDS = 2.0  # of the processor: a busy machine makes no template slow
MOST_OUTPUT = 1 << 20  # characters, beside what the messages themselves hold
MOST_STEPS = 200_000
MOST_NODES = 10_000  # of a list or mapping, all levels together
MOST_BITS = 4096
_ALLOWED = frozenset((
    "capitalize", "changed", "count", "cycle", "endswith", "find", "get", "index", "isalnum", "isalpha", "isdigit",
    "isspace", "items", "join", "keys", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace",
    "rfind", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper", "values",
))  # fmt: skip
_FILTERS = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "int", "items", "last", "length",
    "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "round", "safe", "select", "selectattr",
    "sort", "string", "sum", "title", "trim", "unique", "upper",
)  # fmt: skip
_WIDTH = re.compile(r"%[^a-zA-Z%]*(?:\d{4,}|\*)")


class TooMuch(TemplateError):
    """A template that wants more time, room or reach than it gets."""


class _Generation(Extension):
    """The tag around answers in newer templates; answers are found otherwise, so it changes nothing."""

    tags = {"generation"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Watched(NodeTransformer):
    """Puts a look at the clock into every loop and a measure around every list and mapping."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        node.body.insert(0, nodes.Output([_call("tick")]))
        if node.test is not None:
            node.test = nodes.And(_call("tick_true"), node.test)
        return node

    def visit_List(self, node: nodes.List) -> nodes.Node:
        return _call("sized", self.generic_visit(node))

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:
        return _call("sized", self.generic_visit(node))

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        self.generic_visit(node)
        return _call("sized", node) if node.ctx == "load" else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        return _call("sized", self.generic_visit(node))


def _call(name: str, *values: nodes.Node) -> nodes.Call:
    return nodes.Call(nodes.EnvironmentAttribute(name), list(values), [], None, None)


class _Bounded(ImmutableSandboxedEnvironment):
    """One rendering's environment; it counts what the template does."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def __init__(self, room: int = MOST_OUTPUT) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            optimized=False,
            extensions=("jinja2.ext.loopcontrols", _Generation),
            finalize=self._final,
        )
        self.room, self._steps, self._until = room, 0, time.thread_time() + SECONDS
        self.globals = {"range": self._range, "dict": self._dict, "namespace": Namespace, "raise_exception": _refuse}
        self._own = set(self.globals.values()) | {self.tick, self.tick_true, self.sized}
        self.filters = {name: self._bounded(FILTERS[name]) for name in _FILTERS} | {"tojson": self._json}
        self.filters |= {"join": self._join, "replace": self._replace, "indent": self._indent}

    def _generate(self, source: Any, name: Any, filename: Any, defer_init: bool = False) -> str:
        return super()._generate(_Watched().visit(source), name, filename, defer_init)

    def tick(self) -> str:
        """Count a step; raises TooMuch where time or patience end."""
        self._steps += 1
        if self._steps > MOST_STEPS or time.thread_time() > self._until:
            raise TooMuch("it does not come to an end")
        return ""

    def tick_true(self) -> bool:
        """As `tick`, for conditions."""
        self.tick()
        return True

    def sized(self, value: Any) -> Any:
        """The value itself if it is of bearable size."""
        self.tick()
        if isinstance(value, str):
            if len(value) > self.room:
                raise TooMuch("it writes too much")
        elif isinstance(value, int):
            if value.bit_length() > MOST_BITS:
                raise TooMuch("it makes too large a number")
        elif isinstance(value, list | tuple | Mapping):
            _count(value)
        return value

    def call(self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        self.tick()
        if not self._may(__obj):
            raise SecurityError("it calls what templates may not call")
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if isinstance(owner, str) and name == "join":
            return self._join(args[0] if args else (), owner)
        if isinstance(owner, str) and name == "replace":
            return self._replace(owner, *args)
        return self.sized(super().call(__context, __obj, *args, **kwargs))

    def _may(self, obj: Any) -> bool:
        if isinstance(obj, Macro | LoopContext | BlockReference) or obj is Namespace:
            return True
        owner = getattr(obj, "__self__", None)
        if isinstance(owner, _Bounded):
            return obj in self._own
        kinds = isinstance(owner, str | list | tuple | Mapping | LoopContext)
        return obj is _refuse or (kinds and getattr(obj, "__name__", "") in _ALLOWED)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        self.tick()
        if operator in ("*", "**"):
            self._foresee(operator, left, right)
        if operator == "%" and isinstance(left, str) and _WIDTH.search(left):
            raise TooMuch("it writes too much")
        if operator == "+" and isinstance(left, str) and isinstance(right, str) and len(left) + len(right) > self.room:
            raise TooMuch("it writes too much")
        return self.sized(super().call_binop(context, operator, left, right))

    def _foresee(self, operator: str, left: Any, right: Any) -> None:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" and not (numbers and abs(left) < 1 << 16 and abs(right) < 256):
            raise TooMuch("it makes too large a number")
        if operator == "*" and not numbers:
            times, what = (left, right) if isinstance(left, int) else (right, left)
            if not isinstance(times, int) or times * len(what) > (self.room if isinstance(what, str) else MOST_NODES):
                raise TooMuch("it writes too much")

    def _bounded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def bounded(*args: Any, **kwargs: Any) -> Any:
            found = function(*args, **kwargs)
            if not isinstance(found, str | int | float | list | tuple | Mapping) and isinstance(found, Iterable):
                found = self._taken(found)
            return self.sized(found)

        return bounded

    def _taken(self, values: Iterable[Any]) -> list[Any]:
        found: list[Any] = []
        for value in values:
            self.tick()
            found.append(value)
        return found

    def _range(self, *args: int) -> range:
        found = range(*args)
        if len(found) > MOST_NODES:
            raise TooMuch("it counts too far")
        return found

    def _dict(self, *args: Any, **kwargs: Any) -> Any:
        return self.sized(dict(*args, **kwargs))

    def _json(self, value: Any, indent: int | None = None, **_: Any) -> str:
        if isinstance(indent, int) and indent > 16:
            raise TooMuch("it writes too much")
        found = json.dumps(self.sized(value), ensure_ascii=False, indent=indent)
        return str(self.sized(found))

    def _join(self, value: Iterable[Any], d: str = "", attribute: Any = None) -> str:
        parts = self._taken(value)
        if attribute is not None:
            parts = [self.getitem(part, attribute) for part in parts]
        texts = [str(self.sized(part)) for part in parts]
        if sum(map(len, texts)) + len(str(d)) * len(texts) > self.room:
            raise TooMuch("it writes too much")
        return str(d).join(texts)

    def _replace(self, value: Any, old: str, new: str, count: int | None = None) -> str:
        text = str(self.sized(value))
        if len(text) + text.count(old) * len(new) > self.room:
            raise TooMuch("it writes too much")
        return text.replace(old, new, -1 if count is None else count)

    def _indent(self, value: Any, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
        text, lead = str(self.sized(value)), width if isinstance(width, str) else " " * min(width, 100)
        if len(text) + text.count("\n") * len(lead) > self.room:
            raise TooMuch("it writes too much")
        lines = text.split("\n")
        body = [lead + line if blank or line else line for line in lines[1:]]
        return "\n".join([lead + lines[0] if first else lines[0], *body])

    def _final(self, value: Any) -> Any:
        return self.sized(value)


def _refuse(message: Any = "") -> None:
    raise TemplateError(f"it says: {str(message)[:200]}")


def _count(value: Any) -> None:
    """Raise where a nested value has too many parts, counting what stands in it twice as two."""
    left, open_ = MOST_NODES, [value]
    while open_:
        inner = open_.pop()
        left -= 1
        if isinstance(inner, Mapping):
            open_ += inner.values()
            left -= len(inner)
        elif isinstance(inner, list | tuple):
            open_ += inner
        if left < 0 or len(open_) > MOST_NODES:
            raise TooMuch("it makes too long a list")


@functools.lru_cache(maxsize=32)
def _compiled(source: str) -> CodeType:
    return _Bounded().compile(source)


def render(source: str, messages: list[dict[str, str]], open_answer: bool, tokens: dict[str, str]) -> str:
    """The text a template makes of messages. UserError where it is too large, faulty, or wants too much.

    `tokens` are names such as bos_token with the text of the special token.
    """
    if len(source) > LARGEST:
        raise UserError("The chat template is longer than 64 KiB.", "Choose another template.", field="template")
    room = MOST_OUTPUT + 4 * sum(len(message["content"]) for message in messages)
    names: dict[str, Any] = {"messages": messages, "add_generation_prompt": open_answer, "tools": None}
    names |= {"bos_token": "", "eos_token": "", **tokens}
    try:
        bounded = _Bounded(room)
        template = Template.from_code(bounded, _compiled(source), dict(bounded.globals))
        return _collected(template.generate(**names), room)
    except (TemplateError, SyntaxError, RecursionError, MemoryError) as error:
        raise _plain(error) from error
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise _plain(error) from error


def _collected(parts: Iterable[str], room: int) -> str:
    found, length = [], 0
    for part in parts:
        length += len(part)
        if length > room:
            raise TooMuch("it writes too much")
        found.append(part)
    return "".join(found)


def _plain(error: BaseException) -> UserError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    message = f"The chat template cannot be used: {reason}".rstrip(".") + "."
    return UserError(message, "Choose another template.", field="template")


def check(source: str) -> None:
    """UserError where a template is no template."""
    render(source, [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}], False, {})
