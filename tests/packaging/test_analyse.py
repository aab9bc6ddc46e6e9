"""The check of the analysis: a task, a tab or a resource that would be missing is named. PyInstaller is not run."""

import pytest

from tests.packaging.modules import load

bundle = load("bundle")
analyse = load("analyse")


def complete() -> dict[str, list[str]]:
    return {
        "extensions": [],
        "modules": sorted({*bundle.named_modules(), *bundle.hidden_imports()}),
        "resources": [analyse._inside(entry) for entry in bundle.resources()],
    }


def test_a_complete_analysis_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyse, "_analysed", lambda _work: complete())
    assert analyse.main() == 0


@pytest.mark.parametrize(
    "name",
    [
        "llmstudio.tasks.pretrain",
        "llmstudio.tasks.serve",
        "llmstudio.gui.tabs.data.page",
        "llmstudio.gui.tabs.server.page",
        "llmstudio.config.train",
        "llmstudio.cli.serving",
        "llmstudio.gui.widgets.plotcanvas",
        *bundle.LAZY,
    ],
)
def test_a_missing_module_that_only_a_string_names_is_told(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = complete()
    found["modules"].remove(name)
    monkeypatch.setattr(analyse, "_analysed", lambda _work: found)
    assert analyse.main() == 1
    assert name in capsys.readouterr().out


def test_compiled_modules_are_found_among_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    found = complete()
    found["modules"].remove("PySide6.QtOpenGL")
    found["extensions"].append("PySide6/QtOpenGL.abi3.so")
    monkeypatch.setattr(analyse, "_analysed", lambda _work: found)
    assert analyse.main() == 0


def test_a_missing_resource_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = complete()
    found["resources"].remove("resources/style.qss")
    monkeypatch.setattr(analyse, "_analysed", lambda _work: found)
    assert analyse.main() == 1
    assert "resources/style.qss" in capsys.readouterr().out


def test_an_analysis_that_failed_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyse, "_analysed", lambda _work: None)
    assert analyse.main() == 1


def test_every_kind_of_job_and_every_tab_is_looked_for() -> None:
    from llmstudio.gui.tabs import registry as tabs
    from llmstudio.jobs import registry as jobs

    names = bundle.named_modules()
    assert {kind.task.partition(":")[0] for kind in jobs.KINDS.values()} <= set(names)
    assert {tab.page.partition(":")[0] for tab in tabs.TABS} <= set(names)
