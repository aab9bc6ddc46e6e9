"""The page as a file: plain text, Markdown, or JSON lines with every version and every token."""

import json
from collections.abc import Sequence
from typing import Any

from llmstudio.gui.tabs.playground.versions import Span, Version

FILTERS = "Text (*.txt);;Markdown (*.md);;JSON lines (*.jsonl)"


def as_text(suffix: str, versions: Sequence[Version], shown: Version, model: str, values: dict[str, Any]) -> str:
    """The content of a file with this suffix; anything unknown is plain text."""
    if suffix == ".md":
        return markdown(shown, model, values)
    if suffix == ".jsonl":
        return jsonl(versions, model, values)
    return shown.text + "\n"


def markdown(version: Version, model: str, values: dict[str, Any]) -> str:
    """The text with the prompt in bold, and below it what wrote it and how."""
    body = "".join(_marked(span) for span in version.spans)
    facts = [f"Model: {model}", *(f"{name}: {value}" for name, value in _said(version, values).items())]
    return f"{body}\n\n---\n\n" + "\n".join(f"- {fact}" for fact in facts) + "\n"


def jsonl(versions: Sequence[Version], model: str, values: dict[str, Any]) -> str:
    """One version a line: the text, the prompt, and the tokens with their probabilities."""
    return "".join(json.dumps(_record(one, model, values), ensure_ascii=False) + "\n" for one in versions if one.spans)


def _record(version: Version, model: str, values: dict[str, Any]) -> dict[str, Any]:
    tokens = [
        {"start": start, "end": end, "id": token.id, "text": token.text, "p": token.p, "p_raw": token.p_raw}
        for start, end, token in version.places()
    ]
    sampling = {**values, "stop": list(values["stop"]), "seed": version.seed}
    return {
        "model": model,
        "prompt": version.prompt,
        "text": version.text,
        "sampling": sampling,
        "tokens": tokens,
    }


def _said(version: Version, values: dict[str, Any]) -> dict[str, Any]:
    kept = {name.replace("_", " "): value for name, value in values.items() if value not in (None, (), [])}
    return {**kept, "seed": version.seed}


def _marked(span: Span) -> str:
    text = span.text
    body = text.strip()
    if span.token is not None or not body or "\n" in body:
        return text
    start = text.index(body)
    return f"{text[:start]}**{body}**{text[start + len(body) :]}"
