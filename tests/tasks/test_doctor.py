"""The doctor says what torch itself says of this machine."""

from pathlib import Path

import pytest
import torch

from llmstudio.config.selftest import DoctorConfig
from llmstudio.jobs import create
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import run as runs
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import doctor


def test_it_reports_devices_precision_and_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SIZE", 64)
    monkeypatch.setattr(doctor, "SECONDS", 0.02)
    monkeypatch.setattr(doctor, "PARTS", ("torch", "no-such-part"))
    ws = Workspace.open(tmp_path)
    folder = create.create_run(ws, "doctor", DoctorConfig(), title="")
    assert InlineRunner(ws).run(folder) == Status.FINISHED, runs.load(folder).error
    found = runs.load(folder).result
    assert ("cuda" in found["devices"]) == torch.cuda.is_available()
    assert found["device"] == found["devices"][0]
    assert found["precision"] in ("fp32", "bf16")
    assert found["versions"]["no-such-part"] == "not installed"
    assert found["versions"]["torch"] == torch.__version__
