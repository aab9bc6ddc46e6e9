"""Whether a built-in chat template writes what a model's own one writes, found out by letting both write.

The foreign one runs in its sandbox, on talks that show how it treats each role, white space, and what comes first.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.data import chat, chat_trust
from llmstudio.data.chat import Encoded, Template
from llmstudio.data.messages import Message
from llmstudio.data.tokenizers.base import Tokenizer

# What models tell themselves where nobody tells them anything. Another text is a reason to ask.
KNOWN_SYSTEMS = frozenset(
    (
        "",
        "You are a helpful AI assistant named SmolLM, trained by Hugging Face",
        "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
        "You are a helpful assistant.",
        "You are a helpful assistant",
    )
)
_SYSTEM, _ASK, _ANSWER = (
    Message("system", "Be brief."),
    Message("user", "Who walked?"),
    Message("assistant", "Ada did."),
)
_WIDE = Message("user", "  Where\n\nto?\n")
_THOUGHT = Message("assistant", "<think>\nTo the mill?\n</think>\n\nTo the mill [1]. ")
# Each with whether an answer is to follow.
PROBES = (
    ((_ASK,), True),
    ((_SYSTEM, _ASK), True),
    ((_ASK, _ANSWER), False),
    ((_ASK, _ANSWER, _WIDE), True),
    ((_SYSTEM, _ASK, _ANSWER, _WIDE, _THOUGHT), False),
    ((_ASK, _THOUGHT, _ASK, _ANSWER), False),
)
_OPENING = re.compile(r"<\|im_start\|>system\n(.*?)<\|im_end\|>\n<\|im_start\|>user\n", re.DOTALL)


def judged(facts: Mapping[str, Any], tokenizer: Tokenizer) -> dict[str, Any]:
    """The facts of a foreign template with `stand_in`: the nearest built-in one, and whether it writes the same."""
    kind = chat_trust.nearest(str(facts.get("source") or ""), tuple(tokenizer.specials()))
    bare = {"template": kind, "end": facts.get("end") or ()}
    try:
        own = chat.template_of(chat_trust.accept(facts), tokenizer)
        system = _default_system(own)
        other = chat.template_of({**bare, "system": system if system in KNOWN_SYSTEMS else ""}, tokenizer)
        same = alike(own, other, tokenizer)
    except UserError:  # a faulty one can only be left off
        return {**facts, "stand_in": {"template": kind, "same": False}}
    return {**facts, "stand_in": {"template": kind, "system": other.system, "same": same}}


def alike(one: Template, other: Template, tokenizer: Tokenizer) -> bool:
    """Whether two templates give the same tokens, learned and not, for every probe, and end answers alike."""
    if chat.ends(one, tokenizer) != chat.ends(other, tokenizer):
        return False
    return all(_encoded(one, probe, tokenizer) == _encoded(other, probe, tokenizer) for probe in PROBES)


def _encoded(template: Template, probe: tuple[tuple[Message, ...], bool], tokenizer: Tokenizer) -> Encoded:
    messages, open_answer = probe
    return chat.encode(chat.render(template, messages, open_answer=open_answer), tokenizer)


def _default_system(own: Template) -> str:
    """What it tells the model where no system text is given; "" for nothing."""
    text = "".join(segment.text for segment in chat.render(replace(own, system=""), [_ASK], open_answer=True))
    found = _OPENING.match(text)
    return found[1] if found else ""
