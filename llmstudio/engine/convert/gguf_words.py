"""How the tokenizers that GGUF knows by name cut text into words, in the terms of tokenizer.json.

The patterns are those that the models were trained with; llama.cpp keeps the same list under the same names.
"""

from typing import Any

from llmstudio.data.tokenizers import bytelevel

_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_LLAMA3 = rf"{_CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}|{_REST}"
_QWEN2 = rf"{_CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}|{_REST}"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_TEKKEN = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*|\p{{N}}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_BYTES: dict[str, Any] = {**bytelevel.PRE_TOKENIZER, "use_regex": False}
_DIGITS = {"type": "Digits", "individual_digits": True}


def _split(pattern: str) -> dict[str, Any]:
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    return {"type": "Sequence", "pretokenizers": [split, _BYTES]}


CUTS: dict[str, dict[str, Any]] = {
    "gpt-2": bytelevel.PRE_TOKENIZER,
    "smollm": {"type": "Sequence", "pretokenizers": [_DIGITS, bytelevel.PRE_TOKENIZER]},
    "llama-bpe": _split(_LLAMA3),
    "qwen2": _split(_QWEN2),
    "tekken": _split(_TEKKEN),
}
ALIASES = {
    "llama3": "llama-bpe",
    "llama-v3": "llama-bpe",
    "gpt2": "gpt-2",
    "phi-2": "gpt-2",
    "mpt": "gpt-2",
    "starcoder": "smollm",
    "codeshell": "smollm",
    "refact": "smollm",
    "command-r": "smollm",
    "exaone": "smollm",
    "deepseek-r1-qwen": "qwen2",
}
NORMALISED = ("qwen2",)  # their letters and marks are joined first (NFC)
WHOLE_WORDS = ("llama-bpe", "tekken")  # a word that is a piece stays one, whatever the merges say


def name_of(pre_tokenizer: Any) -> str | None:
    """GGUF's name for a way to cut words; None for one it has no name for."""
    wanted = _bare(pre_tokenizer)
    return next((name for name, cut in CUTS.items() if _bare(cut) == wanted), None)


def _bare(part: Any) -> Any:
    """A pre-tokenizer without what changes no cut, so that two spellings of one can be compared."""
    if not isinstance(part, dict):
        return part
    if part.get("type") == "Sequence":
        inner = [_bare(one) for one in part.get("pretokenizers", [])]
        return inner[0] if len(inner) == 1 else inner
    kept = {key: value for key, value in part.items() if key not in ("trim_offsets", "invert")}
    return {**kept, "use_regex": part.get("use_regex", True)} if part.get("type") == "ByteLevel" else kept
