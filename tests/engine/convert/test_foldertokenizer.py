"""The tokenizer of a folder: the same ids as transformers, its ends, its template; nothing it names is opened."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import tokenizers
import transformers
from tokenizers import decoders, models, pre_tokenizers

from llmstudio.base.errors import UserError
from llmstudio.base.paths import resource
from llmstudio.data.tokenizers.bpe import BytePairTokenizer
from llmstudio.data.tokenizers.huggingface import HuggingFaceTokenizer
from llmstudio.engine.convert.foldertokenizer import FolderTokenizer
from tests.data.corpus import gpt2_tokenizer, small_text

TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"


def folder_with(folder: Path, specials: list[str], begin: str | None = None, **settings: Any) -> Path:
    """A folder with a small byte pair tokenizer of transformers' making."""
    engine = tokenizers.Tokenizer(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    engine.decoder = decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=320, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    engine.train_from_iterator([small_text()], trainer)
    if begin:
        pair = (begin, engine.token_to_id(begin))
        engine.post_processor = tokenizers.processors.TemplateProcessing(single=f"{begin} $A", special_tokens=[pair])
    engine.save(str(folder / "tokenizer.json"))
    if settings:
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def test_ids_are_those_of_transformers(tmp_path: Path) -> None:
    folder_with(tmp_path, ["<|endoftext|>"], eos_token="<|endoftext|>")
    theirs = transformers.PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "tokenizer.json"))
    ours = FolderTokenizer(tmp_path, "llama").read()
    assert isinstance(ours, HuggingFaceTokenizer)
    text = small_text()[:3000] + " é 漢字 <|endoftext|>"
    assert ours.decode(ours.encode(text)) == text
    assert ours.encode(text[:3000]) == theirs.encode(text[:3000], add_special_tokens=False)
    assert ours.end_id == theirs.convert_tokens_to_ids("<|endoftext|>")
    assert ours.end_id not in ours.encode(text), "a name in a text stays text"


@pytest.mark.parametrize(
    ("specials", "eos", "numbers", "end", "ends"),
    [
        (["<a>", "</s>"], "</s>", 1, "</s>", ["</s>"]),
        (["<|endoftext|>", "<|im_end|>"], "<|im_end|>", [1, 0], "<|endoftext|>", ["<|im_end|>", "<|endoftext|>"]),
        (["<|end_of_text|>", "<|eot_id|>"], {"content": "<|eot_id|>"}, [0, 1], "<|end_of_text|>",
         ["<|eot_id|>", "<|end_of_text|>"]),
        (["<stop>", "<go>"], None, 0, "<stop>", ["<stop>"]),
        (["<stop>", "<go>"], "<missing>", [5000, -1, "x", True], "<|endoftext|>", []),
        (["<|im_end|>"], "<|im_end|>", None, "<|im_end|>", ["<|im_end|>"]),
    ],
)  # fmt: skip
def test_the_end_of_a_text_and_the_ends_of_an_answer(
    tmp_path: Path, specials: list[str], eos: Any, numbers: Any, end: str, ends: list[str]
) -> None:
    folder_with(tmp_path, specials, eos_token=eos, chat_template=TEMPLATE)
    (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": numbers}))
    side = FolderTokenizer(tmp_path, "llama")
    tokenizer = side.read()
    assert tokenizer is not None
    assert tokenizer.token_bytes(tokenizer.end_id).decode() == end
    assert side.chat(tokenizer) == {"template": "jinja", "source": TEMPLATE, "end": ends}


@pytest.mark.parametrize(("template", "setting", "wanted"), [(True, None, True), (True, False, False),
                                                             (False, True, True), (False, None, False)])  # fmt: skip
def test_the_beginning_is_as_the_settings_say(tmp_path: Path, template: bool, setting: Any, wanted: bool) -> None:
    folder_with(tmp_path, ["<s>", "</s>"], "<s>" if template else None, add_bos_token=setting, bos_token="<s>")
    tokenizer = FolderTokenizer(tmp_path, "llama").read()
    assert tokenizer is not None
    assert (tokenizer.begin_id == 0) is wanted
    assert tokenizer.encode("Ada") == HuggingFaceTokenizer("x", (tmp_path / "tokenizer.json").read_text()).encode("Ada")


def test_templates_come_from_the_settings_a_list_or_a_file(tmp_path: Path) -> None:
    def chat() -> dict[str, Any] | None:
        side = FolderTokenizer(tmp_path, "llama")
        tokenizer = side.read()
        assert tokenizer is not None
        return side.chat(tokenizer)

    folder_with(tmp_path, ["<s>"], bos_token="<s>", chat_template="{{ bos_token }}A")
    assert chat() == {"template": "jinja", "source": "{{ bos_token }}A", "end": [], "bos": "<s>"}
    several = [{"name": "tools", "template": "T"}, {"name": "default", "template": "D"}]
    folder_with(tmp_path, ["<s>"], chat_template=several)
    assert (chat() or {})["source"] == "D"
    (tmp_path / "chat_template.jinja").write_text("J")
    assert (chat() or {})["source"] == "J"
    (tmp_path / "chat_template.jinja").write_text("x" * 70_000)
    assert chat() is None
    (tmp_path / "chat_template.jinja").unlink()
    folder_with(tmp_path, ["<s>"], chat_template=["x", 3])
    assert chat() is None


def test_gpt2_s_own_tokenizer_becomes_the_faster_one(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(gpt2_tokenizer().to_json())
    found = FolderTokenizer(tmp_path, "gpt2").read()
    assert isinstance(found, BytePairTokenizer)
    assert isinstance(FolderTokenizer(tmp_path, "llama").read(), HuggingFaceTokenizer)


def test_gpt2_s_tokenizer_as_transformers_writes_it_is_known(tmp_path: Path) -> None:
    paths = [str(resource(f"vocab/gpt2/{name}")) for name in ("encoder.json", "vocab.bpe")]
    engine = tokenizers.Tokenizer(models.BPE.from_file(*paths))
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    engine.decoder = decoders.ByteLevel()
    engine.post_processor = tokenizers.processors.ByteLevel(trim_offsets=False)
    engine.add_special_tokens(["<|endoftext|>"])
    transformers.PreTrainedTokenizerFast(tokenizer_object=engine, eos_token="<|endoftext|>").save_pretrained(tmp_path)
    found = FolderTokenizer(tmp_path, "gpt2").read()
    assert isinstance(found, BytePairTokenizer)
    engine.add_special_tokens(["<|extra|>"])
    engine.save(str(tmp_path / "tokenizer.json"))
    assert isinstance(FolderTokenizer(tmp_path, "gpt2").read(), HuggingFaceTokenizer)


def test_gpt2_s_older_files_are_read(tmp_path: Path) -> None:
    shutil.copyfile(resource("vocab/gpt2/encoder.json"), tmp_path / "vocab.json")
    shutil.copyfile(resource("vocab/gpt2/vocab.bpe"), tmp_path / "merges.txt")
    assert isinstance(FolderTokenizer(tmp_path, "gpt2").read(), BytePairTokenizer)
    qwen = FolderTokenizer(tmp_path, "qwen2").read()
    assert qwen is not None
    assert len(qwen.encode("12345")) == 5, "every digit is a word to Qwen2"
    with pytest.raises(UserError, match="not how it cuts words"):
        FolderTokenizer(tmp_path, "llama").read()


def test_without_files_there_is_none_and_a_model_file_is_told(tmp_path: Path) -> None:
    assert FolderTokenizer(tmp_path, "llama").read() is None
    (tmp_path / "tokenizer.model").write_bytes(b"x")
    with pytest.raises(UserError, match=r"Only tokenizer\.model"):
        FolderTokenizer(tmp_path, "llama").read()


def test_paths_in_the_settings_are_passed_over(tmp_path: Path) -> None:
    hostile = {"vocab_file": "/etc/passwd", "tokenizer_file": "../x", "auto_map": {"AutoTokenizer": ["evil.py", None]}}
    folder_with(tmp_path, ["</s>"], eos_token="</s>", **hostile)
    assert FolderTokenizer(tmp_path, "llama").read() is not None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tokenizer.json", "{}"),
        ("tokenizer.json", '{"model": {"type": "BPE", "vocab": {}, "merges": []}}'),
        ("tokenizer_config.json", "[]"),
        ("generation_config.json", "{"),
        ("merges.txt", "a b c\n"),
    ],
)
def test_damage_is_one_sentence(tmp_path: Path, name: str, content: str) -> None:
    folder_with(tmp_path, ["</s>"])
    if name == "merges.txt":
        (tmp_path / "tokenizer.json").unlink()
        (tmp_path / "vocab.json").write_text('{"a": 0}')
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError) as told:
        FolderTokenizer(tmp_path, "gpt2").read()
    assert told.value.hint
