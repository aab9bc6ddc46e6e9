"""A stranger's template gets no file, no object, little time and little room; ordinary ones run."""

import pytest

from llmstudio.base.errors import UserError
from llmstudio.data import chat_jinja

TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}]
GROW = "{% set ns = namespace(x=START) %}{% for i in range(100) %}{% set ns.x = STEP %}{% endfor %}{{ ns.x }}"


def run(source: str, **tokens: str) -> str:
    return chat_jinja.render(source, TALK, True, tokens)


def grow(start: str, step: str) -> str:
    return GROW.replace("START", start).replace("STEP", step)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ 'a' * 10**10 }}", "writes too much"),
        ("{{ [1] * 10**6 }}", "writes too much"),
        ("{{ 9**9**9 }}", "too large a number"),
        ("{{ '%1000000000d' % 3 }}", "writes too much"),
        ("{{ '{:1000000000}'.format(3) }}", "may not call"),
        ("{{ 'a'.ljust(1000000000) }}", "may not call"),
        ("{{ 'a'|center(1000000000) }}", "No filter named"),
        ("{{ range(99999999999)|list }}", "counts too far"),
        ("{{ (['a' * 100000] * 9000)|join }}", "writes too much"),
        ("{{ ', '.join(['a' * 100000] * 9000) }}", "writes too much"),
        ("{{ ('a' * 100000)|replace('a', 'b' * 100000) }}", "writes too much"),
        ("{{ ('a' * 100000).replace('a', 'b' * 100000) }}", "writes too much"),
        ("{{ ('a\n' * 100000)|indent('b' * 100000) }}", "writes too much"),
        ("{{ {'a': 1}|tojson(indent=1000000) }}", "writes too much"),
        (grow("'aaaa'", "ns.x + ns.x"), "writes too much"),
        (grow("'aaaa'", "ns.x ~ ns.x"), "writes too much"),
        (grow("[1]", "[ns.x, ns.x]"), "too long a list"),
        (grow("(1,)", "(ns.x, ns.x)"), "too long a list"),
        (grow("{}", "{'a': ns.x, 'b': ns.x}"), "too long a list"),
        (grow("3", "ns.x * ns.x"), "too large a number"),
        ("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", "come to an end"),
        ("{% set s = 'ab' * 500000 %}{% for c in s if c not in s %}{% endfor %}", "come to an end"),
        ("{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}", "come to an end"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion"),
        ("{{ " + "(" * 20000 + "1" + ")" * 20000 + " }}", "recursion"),
        ("{% for a in [1] %}" * 60 + "{% endfor %}" * 60, "nested blocks"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ self.__init__.__globals__ }}", "unsafe"),
        ("{{ messages.append(1) }}", "may not call"),
        ("{{ 'a'.encode() }}", "may not call"),
        ("{{ cycler('a') }}", "may not call"),
        ("{% include '/etc/passwd' %}", "no loader"),
        ("{% import 'os' as os %}", "no loader"),
        ("{% extends 'x' %}", "no loader"),
        ("{{ raise_exception('Only one') }}", "it says: Only one"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ strftime_now('%d') }}", "cannot be used"),
        ("{% for %}", "Expected"),
    ],
)
def test_what_a_template_may_not_do_ends_in_one_sentence(source: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason) as caught:
        run(source)
    assert caught.value.field == "template"
    assert caught.value.message.startswith("The chat template cannot be used: ")


def test_a_template_of_more_than_64_kib_is_not_even_read() -> None:
    with pytest.raises(UserError, match="longer than 64 KiB"):
        run("x" * (64 * 1024 + 1))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            "{% for m in messages %}{{ m.role[0] }}{{ m['content'] }}{% endfor %}{{ add_generation_prompt }}",
            "uHiaYoTrue",
        ),
        ("{{ messages[-1].content.strip().upper() + '!' * 2 }}", "YO!!"),
        ("{{ messages|selectattr('role', 'equalto', 'user')|list|length }}", "1"),
        ("{{ messages|map(attribute='content')|join(', ') }}", "Hi, Yo"),
        ("{{ {'a': [1, 'ä']}|tojson }}", '{"a": [1, "ä"]}'),
        ("{{ 'a b'.split()|first ~ 'c' }}{{ '%s-%d' % ('x', 3) }}", "acx-3"),
        ("{% generation %}{{ eos_token }}{% endgeneration %}", "</s>"),
        ("{% for m in messages %}{% if loop.last %}{% break %}{% endif %}{{ loop.cycle('x', 'y') }}{% endfor %}", "x"),
        ("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}", "2"),
        ("{{ ' a'|trim|replace('a', 'b')|indent }}{{ {'b': 1}|dictsort|first }}", "b('b', 1)"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m('a') }}{{ tools is none }}{{ range(3)|sum }}", "<a>True3"),
        ("  {% if true %}\n  a\n  {% endif %}\n", "  a\n"),
        ("{% set sized = 1 %}{{ [2] }}", "[2]"),
    ],
)
def test_ordinary_templates_run(source: str, text: str) -> None:
    assert run(source, eos_token="</s>") == text


def test_long_messages_have_room() -> None:
    long = [{"role": "user", "content": "a" * 3_000_000}]
    assert len(chat_jinja.render("{{ messages[0].content + '.' }}", long, False, {})) == 3_000_001


def test_a_sound_template_passes_the_check() -> None:
    chat_jinja.check("{% for m in messages %}{{ m.content }}{% endfor %}")
    with pytest.raises(UserError):
        chat_jinja.check("{% if %}")
