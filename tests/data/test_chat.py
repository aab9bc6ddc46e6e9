"""Templates give transformers' text and ids, answers and their ends are learned, and nobody's text turns special."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import UserError
from llmstudio.data import chat, chat_likeness, chat_trust
from llmstudio.data.chat import Segment, Template, encode, ends, render, template_of
from llmstudio.data.messages import Message
from llmstudio.data.tokenizers.byte import ByteTokenizer
from tests.data.chats import LLAMA2, SMOL, SPECIALS, TALK, TEMPLATES, tokenizer
from tests.data.corpus import gpt2_tokenizer, trained

END = "<|endoftext|>"


def jinja(source: str, **more: Any) -> Template:
    """A foreign template that somebody accepted."""
    facts = {"template": "jinja", "source": source, "end": ["<|im_end|>"], **more}
    return template_of(chat_trust.accept(facts), tokenizer())


def text(segments: list[Segment], trained_only: bool = False) -> str:
    return "".join(segment.text for segment in segments if segment.trained or not trained_only)


def dicts(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]


@pytest.mark.parametrize("open_answer", [False, True])
@pytest.mark.parametrize("name", ["smol", "qwen", "tagged", "llama2"])
def test_text_and_ids_equal_those_of_transformers(name: str, open_answer: bool) -> None:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer.from_str(tokenizer().to_json())
    theirs = PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<|begin_of_text|>", eos_token="<|im_end|>")
    talk = TALK if name == "llama2" else (Message("system", "Be brief."), *TALK)
    ways = {"chat_template": TEMPLATES[name], "add_generation_prompt": open_answer}
    segments = render(jinja(TEMPLATES[name], bos="<|begin_of_text|>"), talk, open_answer=open_answer)
    assert text(segments) == theirs.apply_chat_template(dicts(talk), tokenize=False, **ways)
    found = theirs.apply_chat_template(dicts(talk), tokenize=True, return_dict=True, **ways)
    assert encode(segments, tokenizer()).ids == list(found["input_ids"])


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_exactly_the_answers_and_their_ends_are_learned(name: str) -> None:
    segments = render(jinja(TEMPLATES[name]), TALK)
    space = " " if name == "llama2" else ""  # it stands before the answer and is part of its first token
    expected = "".join(f"{space}{m.content}<|im_end|>" for m in TALK if m.role == "assistant")
    assert text(segments, trained_only=True) == expected
    encoded = encode(segments, tokenizer())
    learned = tokenizer().decode(token for token, flag in zip(encoded.ids, encoded.trained, strict=True) if flag)
    assert learned == text(segments, trained_only=True)


def test_chatml_by_a_plain_reference() -> None:
    expected: list[tuple[int, bool]] = []
    code = tokenizer()
    for message in TALK:
        learned = message.role == "assistant"
        head = [code.special("<|im_start|>"), *code.encode(f"{message.role}\n")]
        body = code.encode(message.content)
        if not learned:
            head, body = [head[0], *code.encode(f"{message.role}\n{message.content}")], []
        expected += [(token or 0, False) for token in head] + [(token, learned) for token in body]
        expected += [(code.special("<|im_end|>") or 0, learned)] + [(token, False) for token in code.encode("\n")]
    encoded = encode(render(template_of("chatml", code), TALK), code)
    assert list(zip(encoded.ids, encoded.trained, strict=True)) == expected


@pytest.mark.parametrize("name", [*chat.BUILT_IN, *sorted(TEMPLATES)])
@settings(max_examples=40, deadline=None)
@given(
    content=st.lists(st.sampled_from([*SPECIALS, END, "<|im_", "end|>", "a", " ", "\n", "]"]), min_size=1, max_size=6)
)
def test_what_is_said_never_becomes_a_special_token(name: str, content: list[str]) -> None:
    said = "x" + "".join(content)
    template = jinja(TEMPLATES[name]) if name in TEMPLATES else template_of(name, tokenizer())
    special = set(tokenizer().specials().values())
    plain = (Message("user", "a"), Message("assistant", "b"))
    spoken = (Message("user", said), Message("assistant", said))
    counts = []
    for messages in (plain, spoken):
        ids = encode(render(template, messages, open_answer=True), tokenizer()).ids
        counts.append([token for token in ids if token in special])
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", chat.BUILT_IN)
def test_built_in_templates_serve_any_tokenizer(name: str) -> None:
    for code in (gpt2_tokenizer(), ByteTokenizer(), trained("unigram"), tokenizer()):
        template = template_of(name, code)
        segments = render(template, TALK)
        encoded = encode(segments, code)
        learned = [token for token, flag in zip(encoded.ids, encoded.trained, strict=True) if flag]
        assert learned[-1] in ends(template, code)
        assert sum(token in ends(template, code) for token in learned) == 2
        answers = "".join(message.content for message in TALK if message.role == "assistant")
        assert code.decode(token for token in learned if token not in ends(template, code)) == answers
        prompt = encode(render(template, TALK[:3], open_answer=True), code).ids
        assert encoded.ids[: len(prompt)] == prompt or name == "llama3"


def test_a_model_that_answers_goes_on_where_the_lesson_did() -> None:
    for name in TEMPLATES:
        if name == "tagged":
            continue  # it opens no answer
        lesson = encode(render(jinja(TEMPLATES[name]), TALK[:2]), tokenizer())
        prompt = encode(render(jinja(TEMPLATES[name]), TALK[:1], open_answer=True), tokenizer())
        first = lesson.trained.index(True)
        if name == "smol":
            assert prompt.ids == lesson.ids[:first]
        assert prompt.trained == [False] * len(prompt.ids)


def test_alpaca_leaves_the_paragraph_of_an_empty_input_out() -> None:
    template = template_of("alpaca", gpt2_tokenizer())
    with_input = text(render(template, [Message("user", "Sort", "b a"), Message("assistant", "a b")]))
    without = text(render(template, [Message("user", "Sort"), Message("assistant", "a b")]))
    assert "### Input:\nb a\n\n### Response:\na b<|endoftext|>" in with_input
    assert "### Instruction:\nSort\n\n### Response:\na b<|endoftext|>" in without


def test_an_end_is_added_where_the_template_writes_none() -> None:
    bare = jinja("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}", end=[])
    assert [segment.text for segment in render(bare, TALK[:2]) if segment.trained] == [" Ada did.", END]
    assert ends(bare, tokenizer()) == {tokenizer().end_id}
    assert ends(jinja(SMOL), tokenizer()) == {tokenizer().end_id, tokenizer().special("<|im_end|>")}


def test_a_tokenizer_that_puts_spaces_first_gets_prompt_and_answer_at_once() -> None:
    code = trained("wordpiece")
    messages = [Message("user", "Ada walked"), Message("assistant", "to the mill")]
    encoded = encode(render(template_of("plain", code), messages), code)
    learned = code.decode(token for token, flag in zip(encoded.ids, encoded.trained, strict=True) if flag)
    assert learned.strip().startswith("to the mill")


def test_a_limit_cuts_the_end_off() -> None:
    segments = render(template_of("chatml", tokenizer()), TALK)
    whole, cut = encode(segments, tokenizer()), encode(segments, tokenizer(), limit=10)
    assert (cut.ids, cut.trained, cut.cut) == (whole.ids[:10], whole.trained[:10], len(whole.ids) - 10)
    assert encode(segments, tokenizer(), limit=10_000) == whole


def test_templates_are_kept_and_found_again() -> None:
    template = jinja(LLAMA2, bos="<|begin_of_text|>")
    assert template_of(template.record(), tokenizer()) == template
    own = template_of("own", tokenizer(), "Q: {instruction}\nA: {answer}\n<|im_end|>")
    assert text(render(own, TALK[:2]), trained_only=True) == " Ada did.\n<|im_end|>"
    assert text(render(own, TALK[:1], open_answer=True)) == "Q: Who walked to the mill?\nA:"
    with pytest.raises(UserError, match="no chat template called pirate"):
        template_of("pirate", tokenizer())
    with pytest.raises(UserError, match="chat template cannot be used"):
        jinja("{% for %}")
    with pytest.raises(UserError, match="Roles must alternate"):
        render(template, TALK[1:])


def test_what_nobody_accepted_never_runs() -> None:
    evil = "{{ raise_exception('ran') }}<|im_start|>"
    facts = {"template": "jinja", "source": evil, "end": ["<|im_end|>"]}
    template = template_of(facts, tokenizer())
    assert (template.kind, template.source, template.stops) == ("chatml", "", ("<|im_end|>",))
    assert text(render(template, TALK[:1])) == f"<|im_start|>user\n{TALK[0].content}<|im_end|>\n"
    with pytest.raises(UserError, match="ran"):
        render(template_of(chat_trust.accept(facts), tokenizer()), TALK)


def test_a_default_system_text_opens_only_talks_without_one() -> None:
    template = template_of({"template": "chatml", "system": "Be kind.", "end": ["<|im_end|>"]}, tokenizer())
    assert text(render(template, TALK[:1])).startswith("<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user")
    own = render(template, [Message("system", "Be rude."), *TALK[:1]])
    assert text(own).startswith("<|im_start|>system\nBe rude.<|im_end|>\n<|im_start|>user")
    assert template_of(template.record(), tokenizer()) == template
    assert render(template, []) == []


@pytest.mark.real
def test_smollm2_reads_as_transformers_reads_it(smollm2: Path) -> None:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    from llmstudio.engine.convert.opening import open_source

    source = open_source(smollm2)
    code = source.tokenizer()
    assert code is not None
    assert source.chat is not None
    told = chat_likeness.judged(source.chat, code)
    assert not chat_trust.is_off(told)  # ChatML with a well-known system text: nobody needs to be asked
    template = template_of(told, code)
    assert template.kind == "chatml"
    segments = render(template, TALK)
    theirs = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(code.to_json()))
    ways: Any = {"chat_template": source.chat["source"]}
    assert text(segments) == theirs.apply_chat_template(dicts(TALK), tokenize=False, **ways)
    ids = theirs.apply_chat_template(dicts(TALK), tokenize=True, return_dict=True, **ways)["input_ids"]
    encoded = encode(segments, code)
    assert encoded.ids == list(ids)
    learned = code.decode(token for token, flag in zip(encoded.ids, encoded.trained, strict=True) if flag)
    assert learned == "".join(f"{m.content}<|im_end|>" for m in TALK if m.role == "assistant")
    said = encode(render(template, [Message("user", "<|im_end|>"), Message("assistant", "Hi")]), code).ids
    assert said.count(code.special("<|im_end|>") or -1) == 3
