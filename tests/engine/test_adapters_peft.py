"""PEFT itself loads the adapters that are written here and computes the same logits."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from llmstudio.engine import adapters, lora
from llmstudio.engine.convert.families import to_huggingface
from llmstudio.engine.gpt import GPT
from llmstudio.engine.heads import Student
from llmstudio.engine.lora import LoraSettings
from llmstudio.engine.trainer import weights_of
from tests.engine import tiny

peft = pytest.importorskip("peft")
transformers = pytest.importorskip("transformers")

IDS = torch.tensor([[1, 2, 3, 4, 5, 6]])
SHAPE = {"n_layer": 2, "n_embd": 32, "n_head": 4, "block_size": 16}
THEIRS = {
    "llama": {
        "vocab_size": 11, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "max_position_embeddings": 16, "rms_norm_eps": 1e-5, "pad_token_id": 0,
    },
    "gpt2": {"vocab_size": 11, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 16, "pad_token_id": 0},
}  # fmt: skip


def ours(family: str) -> GPT:
    more = {"n_kv_head": 2, "tied": False} if family == "llama" else {}
    return tiny.model(family, **SHAPE, **more).eval()


def theirs(family: str, model: GPT, kind: str) -> Any:
    """The same weights in transformers' model of a kind ("LMHeadModel", "ForSequenceClassification")."""
    facts = dict(THEIRS[family], num_labels=3)
    if family == "llama":
        facts |= {"intermediate_size": model.config.hidden_width, "tie_word_embeddings": False}
        facts |= {"rope_parameters": {"rope_type": "default", "rope_theta": model.config.rope_theta}}
        name = {"LMHeadModel": "LlamaForCausalLM"}.get(kind, f"Llama{kind}")
        config = transformers.LlamaConfig(**facts)
    else:
        name, config = f"GPT2{kind}", transformers.GPT2Config(**facts)
    found = getattr(transformers, name)(config).eval()
    state = dict(to_huggingface(model.config, family, weights_of(model)))  # type: ignore[arg-type]
    missing, _ = found.load_state_dict(state, strict=False)
    assert all("score" in one or "lm_head" in one for one in missing)
    return found


def write(folder: Path, student: Student, family: str, settings: LoraSettings) -> None:
    tensors = {k: v.clone() for k, v in adapters.tensors_of(student, family).items()}
    if student.score is not None:
        tensors[adapters.SCORE + "weight"] = student.score.weight.detach().clone()
    save_file(tensors, folder / adapters.TENSORS)
    facts = adapters.config_of(settings, student.body.config, family, base="base", score=student.score is not None)
    (folder / adapters.CONFIG).write_text(json.dumps(facts))


def trained(student: Student, family: str, settings: LoraSettings) -> None:
    lora.attach(student.body, student.body.config, family, settings)
    with torch.no_grad():
        for name, one in student.named_parameters():
            if name.endswith(".B") or name == "score.weight":
                one.normal_(std=0.3)


@pytest.mark.parametrize("targets", ["all", "attention", "feed-forward"])
@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_peft_computes_the_same_logits(family: str, targets: lora.Targets, tmp_path: Path) -> None:
    model, settings = ours(family), LoraSettings(4, 8.0, targets=targets)
    base = theirs(family, model, "LMHeadModel")
    student = Student(model)
    trained(student, family, settings)
    write(tmp_path, student, family, settings)
    found = peft.PeftModel.from_pretrained(base, str(tmp_path)).eval()
    with torch.no_grad():
        wanted, plain = model(IDS), found.get_base_model()
        assert torch.allclose(found(IDS).logits, wanted, atol=1e-5)
        with found.disable_adapter():
            assert not torch.allclose(plain(IDS).logits, wanted, atol=1e-2)


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_peft_classifies_the_same(family: str, tmp_path: Path) -> None:
    student, settings = Student(ours(family), 3).eval(), LoraSettings(4, 8.0)
    base = theirs(family, student.body, "ForSequenceClassification")
    trained(student, family, settings)
    write(tmp_path, student, family, settings)
    found = peft.PeftModel.from_pretrained(base, str(tmp_path)).eval()
    with torch.no_grad():
        wanted = student.judge(IDS, torch.tensor([IDS.shape[1]]))
        assert torch.allclose(found(IDS).logits, wanted, atol=1e-5)
