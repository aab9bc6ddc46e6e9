"""The tokenizer of a Hugging Face folder, which tokens end a text, and how its conversations are written.

Only files of fixed names are looked at; what they say about other files is passed over.
"""

import json
from pathlib import Path
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers import bytelevel, gpt2, huggingface
from llmstudio.data.tokenizers.base import END, Tokenizer
from llmstudio.data.tokenizers.bpe import BytePairTokenizer, merges_of
from llmstudio.data.tokenizers.common import tokenizer_json
from llmstudio.data.tokenizers.huggingface import ENDS, HuggingFaceTokenizer
from llmstudio.data.tokenizers.scored import beginning
from llmstudio.engine.convert import gguf_words, sidefiles
from llmstudio.engine.convert.names import Family
from llmstudio.engine.convert.tensorfile import AGAIN

LONGEST_TEMPLATE = 64 * 1024
GPT2_PIECES = 50_257
TURN_ENDS = ("<|im_end|>", "<|eot_id|>")  # these end a turn of a conversation, not a document
_CUTS: dict[Family, str] = {"gpt2": "gpt-2", "qwen2": "qwen2", "qwen3": "qwen2"}


class FolderTokenizer:
    """What the files of one folder say about its tokenizer. UserError where one of them is damaged."""

    def __init__(self, folder: Path, family: Family) -> None:
        self.folder, self.family = folder, family
        self.settings = sidefiles.optional(folder / "tokenizer_config.json")
        self._numbers = [
            number
            for name in ("generation_config.json", "config.json")
            for number in _numbers(sidefiles.optional(folder / name).get("eos_token_id"))
        ]

    def read(self) -> Tokenizer | None:
        """The tokenizer; None where the folder has none."""
        text = self._text()
        if text is None:
            return None
        whole = sidefiles.parsed("tokenizer.json", text)
        own = as_gpt2(whole) if self.family == "gpt2" else None
        if own is not None:
            return own
        found = HuggingFaceTokenizer(self.folder.name, text)
        end = self._end_of_texts(found, whole)
        if end is not None and end != found.end_id:
            found = HuggingFaceTokenizer(self.folder.name, text, end_id=end)
        return found

    def chat(self, tokenizer: Tokenizer) -> dict[str, Any] | None:
        """How a conversation is written, as the manifest keeps it; None for a model without a template."""
        source = self._template()
        if not source.strip() or len(source.encode("utf-8", "replace")) > LONGEST_TEMPLATE:
            return None
        told: dict[str, Any] = {"template": "jinja", "source": source, "end": self._ends(tokenizer)}
        begin = _content(self.settings.get("bos_token"))
        return {**told, "bos": begin} if begin and "bos_token" in source else told

    # --- pieces ---

    def _text(self) -> str | None:
        whole = self.folder / "tokenizer.json"
        if whole.is_file():
            return self._begun(sidefiles.text(whole, huggingface.LARGEST_FILE))
        parts = [self.folder / name for name in ("vocab.json", "merges.txt")]
        if all(part.is_file() for part in parts):
            return self._from_parts(*parts)
        if (self.folder / "tokenizer.model").is_file():
            raise UserError(
                "Only tokenizer.model of this model's tokenizer is there, which LLM Studio does not read.",
                "Put its tokenizer.json into the folder.",
            )
        return None

    def _begun(self, text: str) -> str:
        """The tokenizer with the mark of a beginning put on or left off as its settings say."""
        wanted, mark = self.settings.get("add_bos_token"), _content(self.settings.get("bos_token"))
        if not isinstance(wanted, bool) or not mark:
            return text
        known = HuggingFaceTokenizer(self.folder.name, text)
        token = known.special(mark)
        if token is None or (known.begin_id is not None) == wanted:
            return text
        return json.dumps({**json.loads(text), "post_processor": beginning(mark, token) if wanted else None})

    def _from_parts(self, vocabulary: Path, merges: Path) -> str:
        if self.family not in _CUTS:
            raise UserError(
                "Only vocab.json and merges.txt of this model's tokenizer are there, and not how it cuts words.",
                "Put its tokenizer.json into the folder.",
            )
        ids = sidefiles.table(vocabulary, huggingface.LARGEST_FILE)
        lines = sidefiles.text(merges, huggingface.LARGEST_FILE).split("\n")
        pairs = [line.split(" ") for line in lines if line and not line.startswith("#version")]
        if not ids or any(len(pair) != 2 for pair in pairs) or not all(type(one) is int for one in ids.values()):
            raise UserError("The tokenizer's vocab.json or merges.txt is damaged.", AGAIN)
        model = {"type": "BPE", "dropout": None, "unk_token": None, "vocab": ids, "merges": pairs}
        specials = {name: ids[name] for name in ENDS if name in ids} | self._added()
        cuts = gguf_words.CUTS[_CUTS[self.family]]
        return tokenizer_json(model, specials, cuts, bytelevel.DECODER)

    def _added(self) -> dict[str, int]:
        """Special tokens that only the settings know, by name."""
        table = self.settings.get("added_tokens_decoder")
        entries = table.items() if isinstance(table, dict) else ()
        return {name: int(key) for key, entry in entries if key.isdecimal() and (name := _content(entry))}

    # --- ends ---

    def _ends(self, tokenizer: Tokenizer) -> list[str]:
        """The names of the tokens that end an answer, the one of the settings first."""
        named = [_content(self.settings.get("eos_token"))]
        named += [_name(tokenizer, number) for number in self._numbers]
        return list(dict.fromkeys(name for name in named if name and tokenizer.special(name) is not None))

    def _end_of_texts(self, tokenizer: HuggingFaceTokenizer, whole: dict[str, Any]) -> int | None:
        """The token that closes a document: what the files name, if that does not merely close a turn."""
        own = {one.get("content") for one in whole.get("added_tokens") or []}  # and none that we added
        named = [name for name in self._ends(tokenizer) if name in own]
        closing = [name for name in named if name in ENDS and name not in TURN_ENDS]
        known = [name for name in ENDS if name not in TURN_ENDS and name in own]
        first = next(iter([*closing, *known, *named]), None)
        return None if first is None else tokenizer.special(first)

    def _template(self) -> str:
        found = self.settings.get("chat_template")
        beside = self.folder / "chat_template.jinja"
        if beside.is_file():
            found = sidefiles.text(beside)
        if isinstance(found, list):  # several by name
            named = {one.get("name"): one.get("template") for one in found if isinstance(one, dict)}
            found = named.get("default")
        return found if isinstance(found, str) else ""


def _numbers(value: Any) -> list[int]:
    values = value if isinstance(value, list) else [value]
    return [number for number in values if type(number) is int and number >= 0]


def _content(value: Any) -> str:
    """The name of a token, which is a text or a table with the text in it."""
    found = value.get("content") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""


def _name(tokenizer: Tokenizer, number: int) -> str:
    return tokenizer.token_bytes(number).decode("utf-8", "replace") if number < tokenizer.vocab_size else ""


def as_gpt2(whole: dict[str, Any]) -> BytePairTokenizer | None:
    """GPT-2's tokenizer, in its faster form, where a tokenizer.json is that; None where it is another."""
    model = whole.get("model")
    if not isinstance(model, dict) or not isinstance(model.get("vocab"), dict):
        return None
    if len(model["vocab"]) not in (GPT2_PIECES - 1, GPT2_PIECES) or whole.get("normalizer"):
        return None
    known = gpt2.load()
    try:
        added = [(one["content"], one["id"]) for one in whole.get("added_tokens") or []]
        plain = gguf_words.name_of(whole.get("pre_tokenizer")) == "gpt-2" and merges_of(model) == known.merges
        ends = {*added, (END, model["vocab"].get(END, known.end_id))}
        ids = {bytelevel.to_bytes(piece): token for piece, token in model["vocab"].items() if piece != END}
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return known if plain and ends == {(END, known.end_id)} and ids == known.ranks else None
