"""Templates of the shapes in use, and a small tokenizer that knows their special tokens."""

import json
from functools import cache

from llmstudio.data.messages import Message
from llmstudio.data.tokenizers.common import special_token
from llmstudio.data.tokenizers.huggingface import HuggingFaceTokenizer
from tests.data.corpus import trained

SPECIALS = ("<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")

# As SmolLM2: a system text of its own where there is none, all turns alike.
SMOL = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nA model for tests<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# As Qwen 3: walks backwards for the last question, cuts thoughts from earlier answers, writes them before the last.
QWEN = """{%- if messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- set ns = namespace(looking=true, last=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.looking and message.role == "user" and message.content is string and
       not(message.content.startswith('<tool>') and message.content.endswith('</tool>')) %}
        {%- set ns.looking = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set thought = '' %}
        {%- if message.thought is string %}
            {%- set thought = message.thought %}
        {%- elif '</think>' in content %}
            {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and (loop.last or thought) %}
            {{- '<|im_start|>assistant\\n<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' }}
            {{- content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}"""
# As Llama 2 and Mistral: no role names, answers between brackets, refuses what does not alternate.
LLAMA2 = """{{ bos_token }}{% for message in messages %}
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
{{ raise_exception('Roles must alternate') }}
{% endif %}
{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] | trim + ' [/INST]' }}
{% else %}{{ ' ' + message['content'] | trim + eos_token }}{% endif %}{% endfor %}"""
# With the tag that newer templates put around answers.
TAGGED = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{% generation %}{{ message.content }}<|im_end|>"
    "{% endgeneration %}\n{% endfor %}"
)
TEMPLATES = {"smol": SMOL, "qwen": QWEN, "llama2": LLAMA2, "tagged": TAGGED}

TALK = (
    Message("user", "Who walked to the mill?"),
    Message("assistant", "Ada did."),
    Message("user", "Why, then?"),
    Message("assistant", "She <b>painted</b> it; 3 times.\n\nÜber!"),
)


@cache
def tokenizer() -> HuggingFaceTokenizer:
    """A trained byte pair encoding with the special tokens of chats."""
    whole = json.loads(trained("bpe").to_json())
    first = max(entry["id"] for entry in whole["added_tokens"]) + 1
    whole["added_tokens"] += [special_token(first + number, name) for number, name in enumerate(SPECIALS)]
    return HuggingFaceTokenizer("chats", json.dumps(whole))
