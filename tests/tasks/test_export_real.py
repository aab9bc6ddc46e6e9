"""SmolLM2-135M in and out: nothing is lost on the way that is not told, and other programs read what comes out."""

import ctypes
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch

from llmstudio.config.export import ExportConfig
from llmstudio.config.importing import ImportModelConfig
from llmstudio.config.model import ModelConfig
from llmstudio.engine.convert import tensorfile
from llmstudio.engine.convert.gguf_source import GgufSource
from llmstudio.engine.device import Place
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.loading import load_model
from tests.conftest import SMOLLM2

pytestmark = pytest.mark.real
QUESTION = "What is the capital of France?"
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
PROMPT = f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with SmolLM2 as it is downloaded."""
    if not SMOLLM2.is_file():
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("SmolLM2-135M is not there: run packaging/launch.py --test once")
    workspace = Workspace.open(tmp_path_factory.mktemp("real") / "ws")
    work(workspace, "import_model", ImportModelConfig(path=str(SMOLLM2), name="SmolLM2"))
    yield workspace
    workspace.close()


def work(ws: Workspace, kind: str, config: Any) -> dict[str, Any]:
    folder = create_run(ws, kind, config, title=kind)
    assert InlineRunner(ws).run(folder, lambda _event: None) == Status.FINISHED
    return run.load(folder).result


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_32_bit_gguf_and_back_is_lossless(ws: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "f32.gguf"
    work(ws, "export_model", ExportConfig(model="SmolLM2", format="gguf", to=str(out)))
    before = tensorfile.entries(ws.models / "smollm2" / "model.safetensors")
    for name, tensor in GgufSource(out).tensors():
        assert torch.equal(tensor, tensorfile.read(before[name])), name
    out.unlink()


def test_16_bit_gguf_rounds_to_the_nearest_and_then_stays(ws: Workspace, tmp_path: Path) -> None:
    first, second = tmp_path / "1.gguf", tmp_path / "2.gguf"
    work(ws, "export_model", ExportConfig(model="SmolLM2", format="gguf", type="f16", to=str(first)))
    before = tensorfile.entries(ws.models / "smollm2" / "model.safetensors")
    for name, tensor in GgufSource(first).tensors():
        whole = tensorfile.read(before[name])
        assert torch.equal(tensor, whole.half() if whole.dim() == 2 else whole), name
    work(ws, "import_model", ImportModelConfig(path=str(first), name="Half"))
    assert work(ws, "export_model", ExportConfig(model="Half", format="gguf", to=str(second)))["type"] == "f16"
    assert sha256(first) == sha256(second)


def test_the_folder_answers_paris_in_transformers_with_our_logits(ws: Workspace, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    work(ws, "export_model", ExportConfig(model="SmolLM2", format="hf", to=str(tmp_path / "out")))
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval()
    cut = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    messages = [{"role": "user", "content": QUESTION}]
    assert cut.apply_chat_template(messages, tokenize=False, add_generation_prompt=True) == PROMPT
    ids = torch.tensor([cut(PROMPT, add_special_tokens=False)["input_ids"]])
    ours = load_model(ws, "SmolLM2", Place("cpu", "fp32", 2))
    assert ModelConfig(**ours.kept.manifest["config"]).n_layer == 30
    with torch.inference_mode():
        assert (theirs(ids).logits - ours.model(ids)).abs().max() < 1e-3
    answer = theirs.generate(ids, max_new_tokens=12, do_sample=False)[0, ids.size(1) :]
    assert "Paris" in cut.decode(answer)
    assert answer[-1] == cut.convert_tokens_to_ids("<|im_end|>")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["f32", "f16", "bf16"])
def test_llama_cpp_writes_what_we_write(kind: str, ws: Workspace, tmp_path: Path) -> None:
    """Not with packed weights: there llama.cpp rounds what goes in to 8 bits too, which this model does not bear."""
    llama_cpp = pytest.importorskip("llama_cpp")
    out = tmp_path / "m.gguf"
    work(ws, "export_model", ExportConfig(model="SmolLM2", format="gguf", type=kind, to=str(out)))
    theirs = llama_cpp.Llama(str(out), n_ctx=512, n_threads=2, verbose=False, logits_all=True)
    name = f"Back {kind}"
    work(ws, "import_model", ImportModelConfig(path=str(out), name=name))
    ours = load_model(ws, name, Place("cpu", "fp32", 2))
    text = "Once upon a time, in 1234, naïve 日本 it's\n\n  x"
    assert theirs.tokenize(text.encode(), add_bos=False) == ours.tokenizer.encode(text)
    ids = theirs.tokenize(PROMPT.encode(), add_bos=False, special=True)
    written = []
    theirs.eval(ids)
    whole = torch.tensor([ids])
    while len(written) < 24 and (not written or written[-1] != theirs.token_eos()):
        with torch.inference_mode():
            written.append(int(ours.model(whole)[0, -1].argmax()))
        assert int(theirs.scores[theirs.n_tokens - 1].argmax()) == written[-1], ours.tokenizer.decode(written)
        theirs.eval([written[-1]])
        whole = torch.cat([whole, torch.tensor([[written[-1]]])], dim=1)
    assert "Paris" in ours.tokenizer.decode(written)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "number"), [("q8_0", 7), ("q4_0", 2), ("q4_1", 3)])
def test_packed_weights_are_those_of_llama_cpp(kind: str, number: int, ws: Workspace, tmp_path: Path) -> None:
    llama_cpp = pytest.importorskip("llama_cpp")
    ours, whole, theirs = (tmp_path / f"{name}.gguf" for name in ("ours", "whole", "theirs"))
    work(ws, "export_model", ExportConfig(model="SmolLM2", format="gguf", type=kind, to=str(ours)))
    work(ws, "export_model", ExportConfig(model="SmolLM2", format="gguf", to=str(whole)))
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype, settings.pure, settings.nthread = number, True, 2
    assert llama_cpp.llama_model_quantize(bytes(whole), bytes(theirs), ctypes.byref(settings)) == 0
    found = {tensor.name: tensor for tensor in gguf.GGUFReader(ours).tensors}
    same = 0
    for tensor in gguf.GGUFReader(theirs).tensors:
        if found[tensor.name].tensor_type == tensor.tensor_type:  # ours gives the embedding more bits
            assert np.array_equal(found[tensor.name].data, tensor.data), tensor.name
            same += 1
    assert same >= len(found) - 1
