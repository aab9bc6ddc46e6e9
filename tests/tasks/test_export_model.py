"""Models carried out and what other programs make of them; what may not be carried out, or not there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from safetensors.torch import load_file, save_file

from llmstudio.config.export import ExportConfig, foresee
from llmstudio.config.importing import ImportModelConfig
from llmstudio.config.model import ModelConfig
from llmstudio.data.tokenizers import char, gpt2, word
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine import adapters, lora
from llmstudio.engine.convert.opening import open_source
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import load_weights, weights_of
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import catalog, run
from llmstudio.store.catalog import Kept
from llmstudio.store.events import Error
from llmstudio.store.workspace import Workspace
from tests.engine.convert import tiny_gguf

CHAT = {"template": "jinja", "source": "{% for m in messages %}{{ m['content'] }}{% endfor %}", "end": []}


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace.open(tmp_path / "ws")
    yield workspace
    workspace.close()


def keep(ws: Workspace, title: str = "Tiny", family: str = "llama", cut: Tokenizer | None = None, **facts: Any) -> Kept:
    """A kept model of random weights."""
    cut = cut or tiny_gguf.tokenizer()
    shape = tiny_gguf.config(family, vocab_size=max(300, cut.vocab_size))
    with catalog.keep(ws, "model", title) as keeping:
        dtype = {"f16": torch.float16, "bf16": torch.bfloat16}.get(facts.get("dtype", ""), torch.float32)
        tensors = {name: tensor.to(dtype) for name, tensor in tiny_gguf.state(shape).items()}
        save_file(tensors, keeping.folder / "model.safetensors")
        cut.save(keeping.folder)
        keeping.facts.update(
            {
                "family": family,
                "parameters": sum(tensor.numel() for tensor in tensors.values()),
                "config": shape.facts(),
                "tokenizer": {"id": cut.name, "kind": cut.kind, "sha256": cut.sha256},
                **facts,
            }
        )
    return catalog.find(ws, "model", title)


def export(ws: Workspace, **config: Any) -> dict[str, Any]:
    """Run the job; its result, or {"error", "hint", "field"} where it failed."""
    return _run(ws, "export_model", ExportConfig(**config))


def imported(ws: Workspace, path: Path, name: str) -> Kept:
    result = _run(ws, "import_model", ImportModelConfig(path=str(path), name=name))
    return catalog.find(ws, "model", result["id"])


def _run(ws: Workspace, kind: str, config: Any) -> dict[str, Any]:
    folder = create_run(ws, kind, config, title=kind)
    seen: list[Any] = []
    status = InlineRunner(ws).run(folder, seen.append)
    errors = [event for event in seen if isinstance(event, Error)]
    if errors:
        assert errors[0].user, errors[0].details
        return {"error": errors[0].message, "hint": errors[0].hint, "field": errors[0].field}
    assert status == Status.FINISHED
    return run.load(folder).result


def logits(kept: Kept, ids: torch.Tensor) -> torch.Tensor:
    model = GPT(ModelConfig(**kept.manifest["config"])).eval()
    load_weights(model, load_file(kept.path / "model.safetensors"))
    with torch.inference_mode():
        found: torch.Tensor = model(ids)
    return found


@pytest.mark.parametrize("family", ["gpt2", "llama", "qwen2", "qwen3", "mistral"])
def test_a_folder_computes_the_same_in_transformers(family: str, ws: Workspace, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    kept = keep(ws, family=family, chat=CHAT)
    result = export(ws, model="Tiny", format="hf", to=str(tmp_path / "out"))
    assert (result["format"], result["type"], result["loss"]) == ("hf", "f32", "Nothing is lost.")
    assert result["bytes"] == sum(path.stat().st_size for path in (tmp_path / "out").iterdir())
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval()
    cut = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    ids = torch.tensor([tiny_gguf.tokenizer().encode("the hat is on the heath, naïve")])
    assert cut("the hat is on the heath, naïve")["input_ids"] == ids[0].tolist()
    with torch.inference_mode():
        assert (theirs(ids).logits - logits(kept, ids)).abs().max() < 1e-4
    assert theirs.generation_config.eos_token_id == tiny_gguf.tokenizer().end_id
    assert cut.apply_chat_template([{"role": "user", "content": "a b"}], tokenize=False) == "a b"


@pytest.mark.parametrize("cut", [gpt2.load(), char.CharTokenizer("c", "abcdefgh é"), word.WordTokenizer("w", ["a b"])])
def test_every_tokenizer_comes_along_in_a_folder(cut: Tokenizer, ws: Workspace, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    keep(ws, family="gpt2", cut=cut)
    assert "error" not in export(ws, model="Tiny", to=str(tmp_path / "out"))
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    text = "a bad é cab, <|endoftext|> high"
    assert theirs(text, split_special_tokens=True)["input_ids"] == cut.encode(text)


def test_the_page_tells_where_the_model_comes_from(ws: Workspace, tmp_path: Path) -> None:
    lineage = {"dataset": {"id": "tales", "title": "Tales", "sha256": "12ab"}}
    keep(ws, licence="mit", lineage=lineage, figures={"val_loss": 2.5})
    export(ws, model="Tiny", to=str(tmp_path / "out"))
    page = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert page.startswith("---\nlicense: mit\n")
    assert "# Tiny" in page
    assert "Tales, sha256 `12ab`" in page
    assert "| 2.5 |" in page


def test_16_bit_folders_hold_the_nearest_numbers(ws: Workspace, tmp_path: Path) -> None:
    kept = keep(ws)
    before = load_file(kept.path / "model.safetensors")
    result = export(ws, model="Tiny", to=str(tmp_path / "out"), type="bf16")
    assert "2 digits" in result["loss"]
    found = load_file(tmp_path / "out" / "model.safetensors")
    assert torch.equal(found["model.embed_tokens.weight"], before["embedding.weight"].bfloat16())
    assert json.loads((tmp_path / "out" / "config.json").read_text())["torch_dtype"] == "bfloat16"


@pytest.mark.parametrize("family", ["gpt2", "llama", "qwen3"])
def test_gguf_and_back_loses_nothing_and_changes_nothing(family: str, ws: Workspace, tmp_path: Path) -> None:
    kept = keep(ws, family=family, chat=CHAT, licence="mit")
    result = export(ws, model="Tiny", format="gguf", to=str(tmp_path / "1.gguf"))
    assert (result["type"], result["loss"]) == ("f32", "Nothing is lost.")
    assert result["bytes"] == (tmp_path / "1.gguf").stat().st_size
    assert gguf.GGUFReader(tmp_path / "1.gguf").get_field("general.name").contents() == "Tiny"
    back = imported(ws, tmp_path / "1.gguf", "Back")
    before, after = (load_file(one.path / "model.safetensors") for one in (kept, back))
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert back.manifest["chat"]["source"] == CHAT["source"]
    assert back.manifest["licence"] == "mit"
    export(ws, model="Back", format="gguf", to=str(tmp_path / "2.gguf"))
    assert (tmp_path / "2.gguf").read_bytes() == (tmp_path / "1.gguf").read_bytes()


@pytest.mark.parametrize("kind", ["f16", "bf16"])
def test_16_bit_gguf_is_the_nearest_and_stays(kind: str, ws: Workspace, tmp_path: Path) -> None:
    kept = keep(ws)
    export(ws, model="Tiny", format="gguf", type=kind, to=str(tmp_path / "1.gguf"))
    back = imported(ws, tmp_path / "1.gguf", "Back")
    assert back.manifest["dtype"] == kind
    before, after = (load_file(one.path / "model.safetensors") for one in (kept, back))
    nearest = before["blocks.0.attention.qkv.weight"].to(torch.float16 if kind == "f16" else torch.bfloat16)
    assert torch.equal(after["blocks.0.attention.qkv.weight"], nearest)
    assert torch.equal(after["final_norm.weight"], before["final_norm.weight"])
    assert export(ws, model="Back", format="gguf", to=str(tmp_path / "2.gguf"))["type"] == kind
    assert (tmp_path / "2.gguf").read_bytes() == (tmp_path / "1.gguf").read_bytes()
    export(ws, model="Back", format="hf", type=kind, to=str(tmp_path / "out"))  # norms stay as exact as they are
    assert torch.equal(
        load_file(tmp_path / "out" / "model.safetensors")["model.norm.weight"], after["final_norm.weight"]
    )


@pytest.mark.parametrize(("form", "kind"), [("hf", "bf16"), ("gguf", "q4_0")])
def test_the_forecast_is_near_what_comes(form: Any, kind: str, ws: Workspace, tmp_path: Path) -> None:
    kept = keep(ws, family="gpt2", cut=gpt2.load() if form == "gguf" else None)
    expected = foresee(kept.manifest, form, kind).bytes
    result = export(ws, model="Tiny", format=form, type=kind, to=str(tmp_path / ("out" if form == "hf" else "m.gguf")))
    assert result["bytes"] == pytest.approx(expected, rel=0.1)


def test_what_cannot_be_carried_out_is_refused_and_nothing_is_left(ws: Workspace, tmp_path: Path) -> None:
    keep(ws, "Small", family="llama")
    small = keep(ws, "Studio", cut=word.WordTokenizer("w", ["a"]))
    for config, words in (
        ({"model": "Small", "type": "q4_0"}, "cannot hold weights of type q4_0"),
        ({"model": "Studio", "format": "gguf"}, "no place for a tokenizer of kind word"),
        ({"model": "Nobody"}, "no model called Nobody"),
        ({"model": "Small", "to": str(ws.models / "x")}, "belongs to the workspace"),
        ({"model": "Small", "to": str(ws.exports.parent)}, "belongs to the workspace"),
        ({"model": "Small", "to": str(tmp_path)}, "belongs to the workspace"),
    ):
        assert words in export(ws, **{"to": str(tmp_path / "out"), **config})["error"]
    (small.path / "model.safetensors").write_bytes(b"broken")
    assert "damaged" in export(ws, model="Studio", to=str(tmp_path / "out"))["error"]
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["ws"]


def test_nothing_that_is_there_is_replaced_unasked(ws: Workspace, tmp_path: Path) -> None:
    keep(ws)
    out, file = tmp_path / "out", tmp_path / "m.gguf"
    for config in ({"format": "hf", "to": str(out)}, {"format": "gguf", "to": str(file)}):
        assert "error" not in export(ws, model="Tiny", **config)
        assert "exists already" in export(ws, model="Tiny", **config)["error"]
        assert "error" not in export(ws, model="Tiny", overwrite=True, **config)
    (out / "diary.txt").write_text("mine")
    assert "other files" in export(ws, model="Tiny", format="hf", to=str(out), overwrite=True)["error"]
    assert (out / "diary.txt").read_text() == "mine"
    assert "is a file" in export(ws, model="Tiny", format="hf", to=str(file), overwrite=True)["error"]


def test_without_a_place_it_goes_to_the_exports_of_the_workspace(ws: Workspace) -> None:
    keep(ws)
    assert export(ws, model="Tiny")["path"] == str(ws.exports / "tiny-f32")
    single = export(ws, model="Tiny", format="gguf", type="q8_0")
    assert single["path"] == str(ws.exports / "tiny-q8_0.gguf")
    into = export(ws, model="Tiny", format="gguf", to=str(ws.exports))
    assert into["path"] == str(ws.exports / "tiny-f32.gguf")


def test_the_head_of_a_model_that_judges_comes_along_in_a_folder(ws: Workspace, tmp_path: Path) -> None:
    kept = keep(ws, task={"kind": "classify", "labels": ["a", "b"]})
    save_file({"weight": torch.ones(2, 64), "bias": torch.zeros(2)}, kept.path / "head.safetensors")
    assert "no place for the head" in export(ws, model="Tiny", format="gguf", to=str(tmp_path / "m.gguf"))["error"]
    assert "error" not in export(ws, model="Tiny", to=str(tmp_path / "out"))
    assert torch.equal(load_file(tmp_path / "out" / "head.safetensors")["weight"], torch.ones(2, 64))
    assert json.loads((tmp_path / "out" / "config.json").read_text())["id2label"] == {"0": "a", "1": "b"}


@pytest.mark.parametrize(("form", "dtype"), [("gguf", torch.float32), ("hf", torch.float16)])
def test_an_adapter_goes_out_added_into_its_base(form: Any, dtype: torch.dtype, ws: Workspace, tmp_path: Path) -> None:
    base = keep(ws)
    model = GPT(ModelConfig(**base.manifest["config"]))
    load_weights(model, load_file(base.path / "model.safetensors"))
    settings = lora.LoraSettings(2, 4.0)
    lora.attach(model, model.config, "llama", settings)
    for _, layer in lora.layers(model):
        for pair in layer.adapters.values():
            torch.nn.init.normal_(pair.B)
    adapter = {name: tensor.clone() for name, tensor in adapters.tensors_of(model, "llama").items()}
    with catalog.keep(ws, "model", "Tuned") as keeping:
        save_file(adapter, keeping.folder / adapters.TENSORS)
        facts = adapters.config_of(settings, model.config, "llama", base="Tiny", score=False)
        (keeping.folder / adapters.CONFIG).write_text(json.dumps(facts))
        tiny_gguf.tokenizer().save(keeping.folder)
        origin = {"id": base.id, "sha256": base.manifest["files"]["model.safetensors"]["sha256"]}
        kept = {key: base.manifest[key] for key in ("family", "parameters", "config", "tokenizer")}
        keeping.facts.update({**kept, "parts": "adapter", "base": origin, "dtype": "f32"})
    lora.dissolve(model)
    out = tmp_path / ("m.gguf" if form == "gguf" else "out")
    assert "error" not in export(ws, model="Tuned", format=form, to=str(out), type="f32" if form == "gguf" else "f16")
    found = dict(open_source(out).tensors())
    expected = {name: tensor.to(dtype) for name, tensor in weights_of(model).items()}
    assert found.keys() == expected.keys()
    assert all(torch.allclose(found[name], tensor, atol=1e-6) for name, tensor in expected.items())
    before = load_file(base.path / "model.safetensors")["blocks.0.attention.qkv.weight"]
    assert not torch.allclose(found["blocks.0.attention.qkv.weight"].float(), before, atol=1e-2)


def test_what_a_killed_export_left_at_the_place_is_removed(ws: Workspace, tmp_path: Path) -> None:
    keep(ws)
    left = tmp_path / "away" / ".staging-before-0a1b2c3d"
    left.mkdir(parents=True)
    (left / "model.safetensors").write_bytes(b"half")
    left.with_name(left.name + ".lock").touch()
    export(ws, model="Tiny", format="hf", to=str(tmp_path / "away" / "tiny"))
    assert [path.name for path in (tmp_path / "away").iterdir()] == ["tiny"]
