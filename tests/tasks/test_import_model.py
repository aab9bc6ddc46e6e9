"""The job of importing a model: it computes what transformers computes, or nothing of it is there."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from llmstudio.base import files
from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import generate
from llmstudio.engine.device import Place
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Job, Status
from llmstudio.store import catalog, run
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import import_model
from llmstudio.tasks.loading import load_model
from tests.data.corpus import gpt2_tokenizer
from tests.data.fake_context import FakeContext
from tests.engine.convert import foreign
from tests.engine.convert.damage import harm
from tests.engine.convert.pickles import Planted
from tests.engine.convert.test_foldertokenizer import folder_with

HERE = Place("cpu", "fp32", 1)
PIECES = 320


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "ws")


def whole(folder: Path, kind: str = "llama3", dtype: torch.dtype = torch.float32) -> Any:
    """A folder with weights and a tokenizer that fits."""
    theirs = foreign.model(kind, vocab_size=PIECES).to(dtype)
    theirs.save_pretrained(folder)
    folder_with(folder, ["<|endoftext|>", "<|im_end|>"], eos_token="<|im_end|>", chat_template="{{ messages }}")
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    return theirs


def bring(ws: Workspace, path: Path | str, stop_after: int = 0, **options: Any) -> FakeContext:
    """Import as the job would; what it reported."""
    context = FakeContext(ws, stop_after)
    context.folder = ws.runs / "run"  # type: ignore[attr-defined]
    config = {"path": str(path), **options}
    import_model.run(Job(id="run", kind="import_model", title="m", config=config, inputs=(), created=""), context)  # type: ignore[arg-type]
    return context


def nothing_left(ws: Workspace) -> bool:
    incoming = ws.runs / "run" / "incoming"
    return list(ws.models.iterdir()) == [] and not incoming.exists()


# --- what comes in --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gpt2", "llama3", "mistral", "qwen2", "qwen3"])
def test_an_imported_model_computes_what_transformers_computes(ws: Workspace, tmp_path: Path, kind: str) -> None:
    theirs = whole(tmp_path / "theirs", kind)
    done = bring(ws, tmp_path / "theirs", name="Mine").results
    assert (done["id"], done["family"]) == ("mine", foreign.KINDS[kind][0])
    assert done["parameters"] == sum(parameter.numel() for parameter in theirs.parameters())
    assert Path(done["path"]) == ws.models / "mine"
    loaded = load_model(ws, "Mine", HERE)
    with torch.no_grad():
        assert (loaded.model(foreign.ids()) - theirs(foreign.ids()).logits).abs().max() < 1e-4
    assert catalog.verify(loaded.kept) == []
    rules = SamplingConfig(max_tokens=30, temperature=0)
    prompt = loaded.tokenizer.encode("Ada walked")
    plain = [token.id for token in generate.ids(loaded.model, prompt, rules, cached=False)]
    assert [token.id for token in generate.ids(loaded.model, prompt, rules, cached=True)] == plain


def test_everything_is_recorded(ws: Workspace, tmp_path: Path) -> None:
    whole(tmp_path / "theirs", "llama3", torch.bfloat16)
    context = bring(ws, tmp_path / "theirs")
    facts = catalog.find(ws, "model", "theirs").manifest
    assert (facts["dtype"], facts["licence"], facts["family"]) == ("bf16", "apache-2.0", "llama")
    sha256 = files.sha256(tmp_path / "theirs/model.safetensors")
    assert facts["origin"] == {"kind": "huggingface", "name": "theirs", "file": "model.safetensors", "sha256": sha256}
    stands_in = {"template": "plain", "system": "", "same": False}
    own = {"template": "jinja", "source": "{{ messages }}", "end": ["<|im_end|>"], "stand_in": stands_in}
    assert facts["chat"] == own
    assert any("chat template is a program and stays off" in str(one) for one in context.notes)
    assert context.results["chat_template"] == {"in_use": "plain text", "own_is_off": True}
    accepted = bring(ws, tmp_path / "theirs", name="Accepted", accept_template=True)
    assert accepted.results["chat_template"] == {"in_use": "its own", "own_is_off": False}
    assert facts["tokenizer"]["kind"] == "huggingface"
    card = (ws.models / "theirs/card.md").read_text()
    assert "Licence: apache-2.0" in card
    assert "It answers in conversations." in card
    assert context.steps[-1][0] == context.steps[-1][1]
    held = load_model(ws, "theirs", HERE).tokenizer
    assert held.token_bytes(held.end_id) == b"<|endoftext|>"
    stored = (ws.models / "theirs/model.safetensors").stat().st_size
    assert stored < 2.2 * facts["parameters"] + 4096, "bf16 stays bf16"


def test_a_llama2c_file_with_its_tokenizer(ws: Workspace, shared_file: Callable[[str], Path]) -> None:
    bring(ws, shared_file("weights/stories260K.bin"), name="Stories")
    loaded = load_model(ws, "stories", HERE)
    prompt = [1, *loaded.tokenizer.encode("Once upon a time")]
    rules = SamplingConfig(max_tokens=12, temperature=0)
    text = loaded.tokenizer.decode([token.id for token in generate.ids(loaded.model, prompt, rules)])
    assert text == ", there was a little girl named Lily. She"


def test_gpt2_without_a_tokenizer_gets_its_own_and_is_told(ws: Workspace, tmp_path: Path) -> None:
    foreign.model("gpt2", vocab_size=50_304, n_embd=8, n_head=2).save_pretrained(tmp_path / "bare")
    context = bring(ws, tmp_path / "bare")
    assert any("GPT-2's own vocabulary is used" in note for note in context.notes)
    facts = catalog.find(ws, "model", "bare").manifest["tokenizer"]
    assert facts == {"id": "gpt2", "kind": "gpt2", "sha256": gpt2_tokenizer().sha256}


def test_an_allowed_pytorch_file_is_read_and_a_program_in_it_is_not_run(ws: Workspace, tmp_path: Path) -> None:
    theirs = whole(tmp_path / "theirs")
    (tmp_path / "theirs/model.safetensors").unlink()
    torch.save(theirs.state_dict(), tmp_path / "theirs/pytorch_model.bin")
    with pytest.raises(UserError, match="can carry programs"):
        bring(ws, tmp_path / "theirs")
    assert nothing_left(ws)
    bring(ws, tmp_path / "theirs", trust_pickle=True, name="read")
    with torch.no_grad():
        ours = load_model(ws, "read", HERE).model(foreign.ids())
        assert (ours - theirs(foreign.ids()).logits).abs().max() < 1e-4
    assert not (ws.runs / "run/incoming").exists()
    trace = tmp_path / "it-ran"
    torch.save({**theirs.state_dict(), "x": Planted(trace)}, tmp_path / "theirs/pytorch_model.bin")
    with pytest.raises(UserError, match="carries code"):
        bring(ws, tmp_path / "theirs", trust_pickle=True, name="hostile")
    assert not trace.exists()
    assert not (ws.runs / "run/incoming").exists()
    assert [kept.id for kept in catalog.list_kept(ws, "model")] == ["read"]


# --- what does not --------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 2, 5, 9, 14])
def test_a_cancelled_import_leaves_nothing(ws: Workspace, tmp_path: Path, at: int) -> None:
    whole(tmp_path / "theirs")
    with pytest.raises(Interrupt):
        bring(ws, tmp_path / "theirs", stop_after=at)
    assert nothing_left(ws)


def test_a_tokenizer_that_does_not_fit_is_refused(ws: Workspace, tmp_path: Path) -> None:
    whole(tmp_path / "theirs")
    for pieces in (PIECES - 1, 1000):
        foreign.model("llama3", vocab_size=pieces).save_pretrained(tmp_path / "theirs")
        with pytest.raises(UserError, match=f"it has 320 pieces, the model knows {pieces:,}"):
            bring(ws, tmp_path / "theirs")
    (tmp_path / "theirs/tokenizer.json").unlink()
    with pytest.raises(UserError, match="No tokenizer lies with these weights"):
        bring(ws, tmp_path / "theirs")
    assert nothing_left(ws)


def test_a_tokenizer_that_would_take_for_ever_is_refused(ws: Workspace, tmp_path: Path) -> None:
    whole(tmp_path / "theirs")
    path = tmp_path / "theirs/tokenizer.json"
    split = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}
    path.write_text(json.dumps({**json.loads(path.read_text()), "pre_tokenizer": split}))
    with pytest.raises(UserError, match="its pattern for words is unsound"):
        bring(ws, tmp_path / "theirs")
    assert nothing_left(ws)


def test_numbers_that_are_not_finite_are_refused(ws: Workspace, tmp_path: Path) -> None:
    theirs = whole(tmp_path / "theirs")
    with torch.no_grad():
        theirs.model.layers[1].mlp.up_proj.weight[3, 3] = float("nan")
    theirs.save_pretrained(tmp_path / "theirs")
    with pytest.raises(UserError, match=r"blocks\.1\.feed_forward\.up\.weight holds numbers that are not finite"):
        bring(ws, tmp_path / "theirs")
    assert nothing_left(ws)


def test_disk_space_is_asked_for_first(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole(tmp_path / "theirs")
    monkeypatch.setattr(files, "free_bytes", lambda path: 1000)
    with pytest.raises(UserError, match="are needed"):
        bring(ws, tmp_path / "theirs")
    assert nothing_left(ws)


@pytest.mark.parametrize(
    ("path", "options", "field"),
    [("", {"name": "x"}, "path"), ("/nowhere/at/all", {}, "path"), ("x/y", {"name": "a/b"}, "name")],
)
def test_mistakes_are_told_before_anything_is_read(
    ws: Workspace, path: str, options: dict[str, Any], field: str
) -> None:
    with pytest.raises(UserError) as told:
        bring(ws, path, **options)
    assert told.value.field == field
    assert nothing_left(ws)


def test_a_name_that_is_taken_is_refused(ws: Workspace, tmp_path: Path) -> None:
    whole(tmp_path / "theirs")
    bring(ws, tmp_path / "theirs")
    with pytest.raises(UserError, match="already exists"):
        bring(ws, tmp_path / "theirs")


def test_damaged_folders_give_one_sentence_or_a_sound_model(ws: Workspace, tmp_path: Path) -> None:
    whole(tmp_path / "sound")
    chance, refused = random.Random(11), 0
    names = ["model.safetensors"] * 3 + ["config.json"] * 2 + ["tokenizer.json", "tokenizer_config.json"]
    for number in range(30):
        folder = tmp_path / "harmed"
        shutil.copytree(tmp_path / "sound", folder)
        harm(folder / chance.choice(names), chance)
        fault = outcome(ws, folder, f"m{number}")
        if fault is None:
            assert catalog.verify(catalog.find(ws, "model", f"m{number}")) == []
            shutil.rmtree(ws.models / f"m{number}")
        else:
            refused += 1
            assert fault.hint
            assert len(str(fault)) < 500
            assert "Traceback" not in str(fault)
        assert nothing_left(ws)
        shutil.rmtree(folder)
    assert 5 < refused < 30


def outcome(ws: Workspace, folder: Path, name: str) -> UserError | None:
    try:
        bring(ws, folder, name=name)
    except UserError as error:
        return error
    return None


# --- the job --------------------------------------------------------------------------------------


def test_the_job_runs_and_keeps_what_it_says(ws: Workspace, tmp_path: Path) -> None:
    whole(tmp_path / "theirs")
    config = import_model.ImportModelConfig(path=str(tmp_path / "theirs"), name="Job")
    folder = create_run(ws, "import_model", config, title="Job")
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    result = run.load(folder).result
    assert {"id", "family", "parameters", "path"} <= result.keys()
    assert json.loads((ws.models / "job/model.json").read_text())["title"] == "Job"


@pytest.mark.parametrize(
    ("path", "name"),
    [("owner/Some-Model-1B@main:x.gguf", "Some-Model-1B"), ("/a/b/tiny.Q4.gguf", "tiny.Q4"), ("/a/folder", "folder")],
)
def test_a_model_is_called_what_its_path_says(path: str, name: str, tmp_path: Path) -> None:
    assert import_model.default_name(path) == name
    folder = tmp_path / "Model-1.7B"
    folder.mkdir()
    assert import_model.default_name(str(folder)) == "Model-1.7B"
    cache = folder.rename(tmp_path / "models--owner--Model-1.7B")
    assert import_model.default_name(str(cache)) == "Model-1.7B"


def test_what_the_hub_says_goes_into_the_manifest(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = {"kind": "hub", "name": "owner/name", "revision": "a" * 40, "licence": "mit", "file": "m", "sha256": "b"}

    def fetch(repo: str, revision: str, folder: Path, context: Any, *, file: str = "") -> Path:
        assert (repo, revision, file) == ("owner/name", "v2", "")
        whole(folder)
        return folder

    monkeypatch.setattr(import_model.download, "fetch", fetch)
    monkeypatch.setattr(import_model.download, "origin_of", lambda folder: origin)
    bring(ws, "owner/name@v2")
    facts = catalog.find(ws, "model", "name").manifest
    assert facts["licence"] == "mit"
    assert facts["origin"] == {key: value for key, value in origin.items() if key != "licence"}
    assert "From: the hub, owner/name, revision aaaa" in (ws.models / "name/card.md").read_text()
    assert not (ws.runs / "run/incoming").exists()
