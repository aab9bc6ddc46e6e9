"""The cells of a table row as they are kept beside a document, without a second copy of the document's text.

Plain JSON, or, where a cell is the text itself, "=" and that cell's name before it; the cell is null then.
"""

import json
from typing import Any

SMALL = 64  # characters of text not worth the trouble
_MARK = "="


def pack(columns: dict[str, Any], text: str) -> str:
    """The row as one string."""
    name = next((name for name, value in columns.items() if value is text or value == text), None)
    if name is None or len(text) <= SMALL:
        return json.dumps(columns, ensure_ascii=False)
    return _MARK + json.dumps(name) + json.dumps({**columns, name: None}, ensure_ascii=False)


def unpack(packed: str, text: str) -> dict[str, Any]:
    """The row again, given the text of its document."""
    if not packed.startswith(_MARK):
        return dict(json.loads(packed))
    name, end = json.JSONDecoder().raw_decode(packed, 1)
    return {**json.loads(packed[end:]), name: text}


def needs_text(packed: str) -> bool:
    """Whether `unpack` needs the text."""
    return packed.startswith(_MARK)
