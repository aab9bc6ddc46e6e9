"""Our chat templates written as Jinja, for the programs that a model is carried out to."""

import json
import re
from collections.abc import Iterator

from llmstudio.data import chat_pieces
from llmstudio.data.chat import Template

_GAP = re.compile(r"(\n{2,})")
_PLACE = re.compile(r"\{(system|instruction|input|answer)\}")
_OPENING = "{%- set ns = namespace(system='', instruction='') -%}"
_ASKED = (
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'system' -%}{%- set ns.system = message['content'] -%}"
    "{%- elif message['role'] == 'user' -%}"
    "{%- set ns.instruction = ns.instruction + ('\\n\\n' if ns.instruction else '') + message['content'] -%}"
    "{%- else -%}"
)
_ANSWERED = "{{- message['content'] -}}"
_NEXT = "{%- set ns.system = '' -%}{%- set ns.instruction = '' -%}{%- endif -%}{%- endfor -%}"


def jinja(template: Template) -> str:
    """The template as Jinja: for messages with role and content it writes what `chat.render` writes."""
    if template.kind == "jinja":
        return template.source
    if template.kind == "chatml":
        turns = _turns("", "<|im_start|>", "\n", "message['content']", template.end + "\n")
        return _opening(template.system, template.end) + turns
    if template.kind == "llama3":
        head = ("<|start_header_id|>", "<|end_header_id|>\n\n")
        return _turns("<|begin_of_text|>", *head, "message['content'] | trim", template.end)
    sources = {"alpaca": chat_pieces.ALPACA, "plain": chat_pieces.PLAIN}
    return _exchanges(sources.get(template.kind, template.source), template)


def _text(text: str) -> str:
    """What writes this very text."""
    return f"{{{{- {_quoted(text)} -}}}}" if text else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _turns(begin: str, before: str, after: str, content: str, end: str) -> str:
    turn = f"{_text(before)}{{{{- message['role'] -}}}}{_text(after)}{{{{- {content} -}}}}{_text(end)}"
    open_answer = _text(f"{before}assistant{after}")
    return (
        f"{_text(begin)}{{%- for message in messages -%}}{turn}{{%- endfor -%}}"
        f"{{%- if add_generation_prompt -%}}{open_answer}{{%- endif -%}}"
    )


def _opening(system: str, end: str) -> str:
    """The system text of talks that have none, where the template has one."""
    if not system:
        return ""
    first = _text(f"<|im_start|>system\n{system}{end}\n")
    return f"{{%- if messages and messages[0]['role'] != 'system' -%}}{first}{{%- endif -%}}"


def _exchanges(source: str, template: Template) -> str:
    """Question and answer by turns; questions that follow one another are joined, as `chat_pieces` joins them.

    A prompt ends without spaces: the model writes those, as part of its first word.
    """
    places = set(_PLACE.findall(source))
    head, _, after = source.partition("{answer}")
    asked = _moved(places) + "".join(_paragraphs(source, places))
    bare = _moved(places) + "".join(_paragraphs(head.rstrip(" ") + "{answer}", places))
    open_answer = f"{{%- if add_generation_prompt -%}}{bare}"
    left = f"{{%- elif ns.instruction or ns.system -%}}{asked}{{%- endif -%}}"
    closing = _text(_closed(after, template))
    return f"{_OPENING}{_ASKED}{asked}{_ANSWERED}{closing}{_NEXT}{open_answer}{left}"


def _moved(places: set[str]) -> str:
    """Where the template has no place for a system text, it comes before the question."""
    if "system" in places:
        return ""
    gap = "('\\n\\n' if ns.system and ns.instruction else '')"
    return f"{{%- set ns.instruction = ns.system + {gap} + ns.instruction -%}}"


def _paragraphs(source: str, places: set[str]) -> Iterator[str]:
    """The template up to the answer; a paragraph whose places all are empty is left out with the gap behind it."""
    asked = "instruction" if "instruction" in places else "input"
    parts = _GAP.split(source)
    for number in range(0, len(parts), 2):
        gap = parts[number + 1] if number + 1 < len(parts) else ""
        inside = _PLACE.findall(parts[number])
        if "answer" in inside:
            yield "".join(_filled(parts[number].partition("{answer}")[0], asked))
            return
        names = [_name(place, asked) for place in inside]
        body = "".join(_filled(parts[number], asked)) + _text(gap)
        known = [name for name in names if name]
        if not inside:
            yield body
        elif known:
            yield f"{{%- if {' or '.join(known)} -%}}{body}{{%- endif -%}}"


def _name(place: str, asked: str) -> str:
    """The variable that fills a place; "" for one that messages never fill."""
    if place == "system":
        return "ns.system"
    return "ns.instruction" if place == asked else ""


def _filled(text: str, asked: str) -> Iterator[str]:
    for number, part in enumerate(_PLACE.split(text)):
        if number % 2 == 0:
            yield _text(part)
        elif name := _name(part, asked):
            yield f"{{{{- {name} -}}}}"


def _closed(after: str, template: Template) -> str:
    """What follows an answer: the end first, unless the template itself has a special token there."""
    rest = after.lstrip()
    if not rest:
        return after + template.end
    return after if any(name and rest.startswith(name) for name in template.specials) else template.end + after
