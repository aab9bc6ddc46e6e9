"""Jinja of a template of ours writes what the template itself writes."""

import json

import pytest

from llmstudio.data import chat, chat_jinja, chat_source, chat_trust
from llmstudio.data.messages import Message
from llmstudio.data.tokenizers.common import special_token
from llmstudio.data.tokenizers.huggingface import HuggingFaceTokenizer
from tests.engine.convert import tiny_gguf

OWN = "{system}\n\nQ: {instruction}\nA: {answer}\n---\n"
OWN_INPUT = 'About "{input}"\\n\n\nSo: {answer}<|im_end|>\n'
SPOKEN = {
    "one": (Message("user", " What? "),),
    "answered": (Message("user", "What?"), Message("assistant", "That.")),
    "ordered": (Message("system", "Be kind."), Message("user", "Why?"), Message("assistant", "So.\n")),
    "long": (
        Message("system", "Sys"),
        Message("user", "one"),
        Message("user", "two"),
        Message("assistant", "eins"),
        Message("user", "three"),
    ),
}


@pytest.fixture
def tokenizer() -> HuggingFaceTokenizer:
    whole = json.loads(tiny_gguf.tokenizer(290).to_json())
    whole["added_tokens"] += [special_token(400, "<|im_end|>"), special_token(401, "<|im_start|>")]
    return HuggingFaceTokenizer("t", json.dumps(whole))


@pytest.mark.parametrize("spoken", SPOKEN)
@pytest.mark.parametrize("kind", ["chatml", "llama3", "alpaca", "plain", OWN, OWN_INPUT])
@pytest.mark.parametrize("open_answer", [True, False])
def test_both_write_the_same(kind: str, spoken: str, open_answer: bool, tokenizer: HuggingFaceTokenizer) -> None:
    facts = {"template": kind} if kind in chat.BUILT_IN else {"template": "own", "source": kind}
    template = chat.template_of(facts, tokenizer)
    messages = SPOKEN[spoken]
    asked = open_answer and messages[-1].role != "assistant"
    expected = "".join(segment.text for segment in chat.render(template, messages, open_answer=asked))
    plain = [{"role": message.role, "content": message.content} for message in messages]
    names = {"bos_token": template.bos, "eos_token": template.end}
    assert chat_jinja.render(chat_source.jinja(template), plain, asked, names) == expected


def test_a_jinja_template_stays_as_it_is(tokenizer: HuggingFaceTokenizer) -> None:
    source = "{{ messages[0]['content'] }}"
    template = chat.template_of(chat_trust.accept({"template": "jinja", "source": source}), tokenizer)
    assert chat_source.jinja(template) == source


def test_a_default_system_text_is_written_where_there_is_none(tokenizer: HuggingFaceTokenizer) -> None:
    facts = {"template": "chatml", "system": 'Be "kind".', "end": ["<|im_end|>"]}
    template = chat.template_of(facts, tokenizer)
    for talk in ([Message("user", "a")], [Message("system", "b"), Message("user", "a"), Message("assistant", "c")]):
        expected = "".join(one.text for one in chat.render(template, talk))
        plain = [{"role": one.role, "content": one.content} for one in talk]
        assert chat_jinja.render(chat_source.jinja(template), plain, False, {}) == expected
