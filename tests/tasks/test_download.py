"""Downloads from a hub that breaks, lies, refuses and redirects; over loopback."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmstudio.base import files as base_files
from llmstudio.base.errors import Interrupt, UserError
from llmstudio.config.download import DownloadConfig, HubName
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run as runs
from llmstudio.store.keys import Key
from llmstudio.store.network import Network
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import download
from llmstudio.tasks.transfer import Patience
from tests import hubserver
from tests.hubserver import COMMIT, REPO, Hub

WEIGHTS = bytes(range(256)) * 4000  # about a megabyte
QUICK = Patience(waits=(0.0, 0.01), silence=0.6)


class Watcher:
    """A context that remembers; `stop` at the first check after so many bytes raises an Interrupt."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []
        self.stages: list[str] = []
        self.moves: list[tuple[float, float, str]] = []
        self.stop: tuple[float, str] | None = None
        self.stopped_at = 0.0

    def stage(self, name: str, share: float = 0.0) -> None:
        self.stages.append(name)

    def progress(self, done: float, total: float, unit: str = "") -> None:
        self.moves.append((done, total, unit))

    def note(self, text: str, level: str = "info") -> None:
        self.notes.append((level, text))

    def check(self) -> None:
        if self.stop and self.moves and self.moves[-1][0] >= self.stop[0]:
            kind, self.stop = self.stop[1], None
            raise Interrupt(kind)  # type: ignore[arg-type]

    @property
    def warnings(self) -> str:
        return "\n".join(text for level, text in self.notes if level == "warning")


@pytest.fixture
def hub() -> Iterator[Hub]:
    contents = {
        "config.json": b'{"model_type": "llama"}',
        "tokenizer.json": b"{}" + b" " * 5000,
        "model.safetensors": WEIGHTS,
        "README.md": b"# not needed",
        "pytorch_model.bin": b"pickle",
        "onnx/model.onnx": b"no",
    }
    with hubserver.serving(Hub(contents)) as served:
        yield served


def fetch(
    hub: Hub, folder: Path, context: Any = None, *, revision: str = "main", file: str = "", key: str = ""
) -> Path:
    net = Network(hub=hub.address, key=Key(key, "keyring") if key else Key())
    watcher = context or Watcher()
    return download.fetch(REPO, revision, folder, watcher, file=file, net=net, patience=QUICK)


def test_a_model_comes_whole_pinned_and_proven(hub: Hub, tmp_path: Path) -> None:
    watcher = Watcher()
    path = fetch(hub, tmp_path / "m", watcher)
    assert path == tmp_path / "m"
    names = sorted(p.name for p in path.iterdir())
    assert names == ["config.json", "download.json", "model.safetensors", "tokenizer.json"]
    assert (path / "model.safetensors").read_bytes() == WEIGHTS
    origin = download.origin_of(path)
    assert origin["name"] == REPO
    assert origin["revision"] == COMMIT
    assert origin["licence"] == "apache-2.0"
    assert origin["sha256"] == base_files.sha256(path / "model.safetensors")
    assert all(COMMIT in asked for asked, _ in hub.asked if "resolve" in asked)
    assert watcher.moves[-1] == (watcher.moves[-1][1], len(WEIGHTS) + 5002 + 23, "bytes")
    assert f"3 files, 1.03 MB, version {COMMIT[:10]}" in watcher.notes[0][1]


def test_a_broken_connection_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    hub.faults["/store/model"] = [hubserver.cut(300_000), hubserver.cut(200_000), hubserver.cut(100_000)]
    assert (fetch(hub, tmp_path / "m") / "model.safetensors").read_bytes() == WEIGHTS
    ranges = [head.get("Range") for asked, head in hub.asked if "/store/model" in asked]
    assert ranges == [None, "bytes=300000-", "bytes=500000-", "bytes=600000-"]


def test_patience_ends_with_words_and_keeps_what_came(hub: Hub, tmp_path: Path) -> None:
    hub.faults["/store/model"] = [hubserver.cut(400_000), *[hubserver.cut(0)] * 9]
    with pytest.raises(UserError, match=r"broke at 400 KB of 1.02 MB of model.safetensors"):
        fetch(hub, tmp_path / "m")
    assert not (tmp_path / "m" / "model.safetensors").exists()
    (part,) = (tmp_path / "m").glob("*.part")
    assert part.stat().st_size == 400_000
    hub.faults.clear()
    assert (fetch(hub, tmp_path / "m") / "model.safetensors").read_bytes() == WEIGHTS
    assert [h.get("Range") for asked, h in hub.asked if "/store/model" in asked][-1] == "bytes=400000-"
    assert hub.times("/api/models") == 1  # the second attempt kept to the commit of the first


def test_a_silent_server_is_left_and_asked_again(hub: Hub, tmp_path: Path) -> None:
    hub.faults["/store/model"] = [hubserver.stall(300_000)]
    assert (fetch(hub, tmp_path / "m") / "model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (hubserver.body(b"x" * len(WEIGHTS)), "its hash differs"),
        (hubserver.body(WEIGHTS + b"tail"), "it was announced with"),
        (hubserver.body(WEIGHTS[:5000]), "it was announced with 5 KB instead of 1.02 MB"),
        (hubserver.header("Content-Encoding", "gzip"), "it came packed"),
    ],
)
def test_wrong_content_is_thrown_away_and_said(hub: Hub, tmp_path: Path, fault: Any, words: str) -> None:
    watcher = Watcher()
    hub.faults["/store/model"] = [fault]
    assert (fetch(hub, tmp_path / "m", watcher) / "model.safetensors").read_bytes() == WEIGHTS
    assert words in watcher.warnings
    hub.faults["/store/model"] = [fault, fault]
    with pytest.raises(UserError, match="is not what the hub promised") as caught:
        fetch(hub, tmp_path / "again")
    assert words in caught.value.message
    assert not list((tmp_path / "again").glob("*.part"))
    assert not (tmp_path / "again" / "model.safetensors").exists()


def test_small_files_are_proven_by_the_hash_of_git(hub: Hub, tmp_path: Path) -> None:
    hub.faults["resolve/" + COMMIT + "/config.json"] = [hubserver.body(b'{"model_type": "evil!"}')] * 2
    with pytest.raises(UserError, match=r"config.json is not what the hub promised"):
        fetch(hub, tmp_path / "m")


def test_a_wrong_part_of_the_file_is_not_appended(hub: Hub, tmp_path: Path) -> None:
    hub.faults["/store/model"] = [hubserver.cut(300_000), hubserver.header("Content-Range", "bytes 5-9/10")]
    watcher = Watcher()
    assert (fetch(hub, tmp_path / "m", watcher) / "model.safetensors").read_bytes() == WEIGHTS
    assert "another part than the one asked for" in watcher.warnings


def test_a_server_without_ranges_begins_anew(hub: Hub, tmp_path: Path) -> None:
    def whole(answer: hubserver.Answer) -> None:
        answer.status, answer.body, answer.headers = 200, WEIGHTS, {"Content-Length": str(len(WEIGHTS))}

    hub.faults["/store/model"] = [hubserver.cut(300_000), whole]
    assert (fetch(hub, tmp_path / "m") / "model.safetensors").read_bytes() == WEIGHTS
    hub.faults["/store/model"] = [hubserver.cut(300_000), hubserver.status(416)]
    assert (fetch(hub, tmp_path / "n") / "model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest",
        "https://10.0.0.7/x",
        "https://[::ffff:192.168.0.1]/x",
        "https://[64:ff9b::a00:1]/x",
        "file:///etc/passwd",
        "http://8.8.8.8/plain",
        "https://user:word@8.8.8.8/x",
    ],
)
def test_redirects_to_other_places_are_refused(hub: Hub, tmp_path: Path, target: str) -> None:
    hub.faults[f"resolve/{COMMIT}/model"] = [hubserver.status(302, Location=target)]
    with pytest.raises(UserError) as caught:
        fetch(hub, tmp_path / "m")
    assert caught.value.hint
    assert hub.times("/store/model") == 0


def test_the_key_goes_to_the_hub_and_nowhere_else(hub: Hub, tmp_path: Path) -> None:
    hub.key = "hf_abcdefghijklmnop"
    fetch(hub, tmp_path / "m", key=hub.key)
    for asked, head in hub.asked:
        assert ("Authorization" in head) == (not asked.startswith("/store/")), asked


def test_refusals_say_what_to_do(hub: Hub, tmp_path: Path) -> None:
    hub.key = "hf_abcdefghijklmnop"
    with pytest.raises(UserError, match="There is no model pell/small") as caught:
        fetch(hub, tmp_path / "m")
    assert "Settings, Keys" in caught.value.hint
    hub.gated = True
    with pytest.raises(UserError, match="only to those who accepted its terms") as caught:
        fetch(hub, tmp_path / "m")
    assert hub.address + "/pell/small" in caught.value.hint
    hub.key = ""
    with pytest.raises(UserError, match="no version or file of that name"):
        fetch(hub, tmp_path / "m", revision="v7")
    hub.faults["/api/models"] = [hubserver.status(401)]
    with pytest.raises(UserError, match="does not accept the key"):
        fetch(hub, tmp_path / "m", key="hf_abcdefghijklmnop")
    assert not (tmp_path / "m").exists()


def test_a_busy_hub_is_asked_again(hub: Hub, tmp_path: Path) -> None:
    hub.faults["/api/models"] = [hubserver.status(503), hubserver.status(429, Retry_After="0")]
    hub.faults["config.json"] = [hubserver.status(500)]
    assert (fetch(hub, tmp_path / "m") / "config.json").is_file()
    hub.faults["/api/models"] = [hubserver.status(503)] * 3
    with pytest.raises(UserError, match=r"too busy to answer \(status 503\)"):
        fetch(hub, tmp_path / "n")


def test_offline_asks_nobody(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="set to stay offline"):
        download.fetch(REPO, "main", tmp_path / "m", Watcher(), net=Network(offline=True, hub=hub.address))
    assert not hub.asked


def test_nobody_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be reached"):
        fetch(Hub(address="http://127.0.0.1:9"), tmp_path / "m")


def test_a_pause_keeps_the_part_and_a_cancel_removes_everything(hub: Hub, tmp_path: Path) -> None:
    watcher = Watcher()
    hub.faults["/store/model"] = [hubserver.stall(600_000), hubserver.stall(350_000)]
    watcher.stop = (250_000, "pause")
    with pytest.raises(Interrupt):
        fetch(hub, tmp_path / "m", watcher)
    (part,) = (tmp_path / "m").glob("*.part")
    assert part.stat().st_size == 600_000
    watcher.stop = (900_000, "cancel")
    with pytest.raises(Interrupt):
        fetch(hub, tmp_path / "m", watcher)
    assert not (tmp_path / "m").exists()


def test_a_cancel_is_heard_while_the_server_is_silent(hub: Hub, tmp_path: Path) -> None:
    hub.faults["/store/model"] = [hubserver.stall(10_000)]
    watcher = Watcher()
    asked = threading.Event()

    def check() -> None:
        if asked.is_set():
            raise Interrupt("cancel")

    watcher.check = check  # type: ignore[method-assign]
    net, patient = Network(hub=hub.address), Patience(silence=20.0)
    timer = threading.Timer(0.3, asked.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Interrupt):
        download.fetch(REPO, "main", tmp_path / "m", watcher, net=net, patience=patient)  # type: ignore[arg-type]
    assert time.monotonic() - began < 15  # not the 20 s that the server would be waited for
    assert not (tmp_path / "m").exists()


def test_what_came_before_a_silence_is_told(hub: Hub, tmp_path: Path) -> None:
    hub.faults["/store/model"] = [hubserver.stall(600_000)]
    watcher = Watcher()
    fetch(hub, tmp_path / "m", watcher)
    assert 600_000 in [done for done, _, _ in watcher.moves]


def test_other_files_of_a_folder_are_not_touched(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="holds other files"):
        fetch(hub, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_same_is_not_fetched_twice_at_once(hub: Hub, tmp_path: Path) -> None:
    hub.faults["/store/model"] = [hubserver.stall(600_000)]
    watcher = Watcher()
    refused: list[str] = []

    def look() -> None:
        if watcher.moves and not refused:
            with pytest.raises(UserError, match="being downloaded already") as caught:
                fetch(hub, tmp_path / "m")
            refused.append(caught.value.hint)

    watcher.check = look  # type: ignore[method-assign]
    assert (fetch(hub, tmp_path / "m", watcher) / "model.safetensors").read_bytes() == WEIGHTS
    assert refused
    assert not (tmp_path / "m" / "download.lock").exists()


def test_one_gguf_file_is_opened_as_such(hub: Hub, tmp_path: Path) -> None:
    hub.files = {"small-Q4_1.gguf": WEIGHTS, "README.md": b"x"}
    assert fetch(hub, tmp_path / "m") == tmp_path / "m" / "small-Q4_1.gguf"
    assert download.planned(tmp_path / "m", HubName(REPO)) is not None
    assert download.planned(tmp_path / "m", HubName(REPO, "v1")) is None


def test_the_job_says_where_it_is(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    monkeypatch.setenv("LLMSTUDIO_CONFIG", str(tmp_path / "config"))
    ws = Workspace.open(tmp_path / "ws")
    folder = create_run(ws, "download", DownloadConfig(model=f"{REPO}@v1"), title="Download")
    assert InlineRunner(ws).run(folder) == Status.FINISHED
    result = runs.load(folder).result
    assert result["revision"] == COMMIT
    assert json.loads((Path(result["path"]) / "config.json").read_bytes())["model_type"] == "llama"
    ws.close()
