"""Takes pictures of every tab, empty and filled, and fails on Qt warnings and clipped words.

    python tests/end_to_end/shots.py --to DIR --theme light --scale 1 --size 1280x800 --workspace DIR

The filled workspace is made by running the real jobs with small settings; `--workspace` keeps it for the next time.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def arguments() -> argparse.Namespace:
    """What to shoot, and how large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--theme", choices=["light", "dark"], default="light")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--size", default="1280x800", help="logical pixels of the window")
    parser.add_argument("--workspace", type=Path, help="a filled workspace to make or to use again")
    parser.add_argument("--fonts", type=Path, help="a folder of font files to use besides those of the system")
    parser.add_argument("--only", default="", help="tabs to shoot, separated by commas")
    parser.add_argument("--no-training", action="store_true", help="leave out the training under way")
    return parser.parse_args()


class Camera:
    """Drives one window and takes its pictures."""

    def __init__(self, options: argparse.Namespace) -> None:
        from llmstudio.gui import app  # the scale must be set before Qt is there
        from tests.end_to_end import looks

        self.options = options
        self.faults: list[str] = []
        self.shots: list[Path] = []
        self._looks = looks
        self._application = app.application()
        self._complaints = looks.Complaints()
        self._build = app.build
        if options.fonts:
            self._add_fonts(options.fonts)

    def _add_fonts(self, folder: Path) -> None:
        from PySide6.QtGui import QFontDatabase

        for path in sorted(folder.rglob("*.[ot]tf")):
            QFontDatabase.addApplicationFont(str(path))

    def open(self, workspace: Path, settings: Path) -> None:
        """Open a window on a workspace."""
        from llmstudio.store.settings import Settings

        kept = Settings(settings)
        kept.set("appearance.theme", self.options.theme)
        kept.set("appearance.reduced_motion", True)
        self.window = self._build(workspace, settings=kept)
        width, height = (int(part) for part in self.options.size.split("x"))
        self.window.resize(width, height)
        self.window.activateWindow()
        self.settle()

    def settle(self, until: Callable[[], bool] | None = None, seconds: float = 30.0) -> bool:
        """Let the window work until nothing is under way in the background (and `until` holds)."""
        end, quiet = time.monotonic() + seconds, 0
        while time.monotonic() < end and quiet < 6:
            self._application.processEvents()
            time.sleep(0.02)
            done = not self.window.session.background.busy() and (until is None or until())
            quiet = quiet + 1 if done else 0
        return quiet >= 6

    def shoot(self, name: str) -> None:
        """Take a picture and look for faults."""
        self.settle()
        self.window.toasts.clear()  # a picture taken without a person: no window is active, so everything is told
        options = self.options
        path = options.to / f"{name}-{options.theme}.png"
        self.window.grab().save(str(path))
        self.shots.append(path)
        self.faults += [f"{name}: {fault}" for fault in self._looks.clipped(self.window)]
        self.faults += [f"{name}: {fault}" for fault in self._looks.outside(self.window)]

    def shoot_sheet(self, name: str) -> None:
        """Take a picture of the sheet that stands over the window, then close it."""
        self.settle()
        sheet = self._application.activeModalWidget()
        if sheet is None:
            self.faults.append(f"{name}: no sheet is open")
            return
        path = self.options.to / f"{name}-{self.options.theme}.png"
        sheet.grab().save(str(path))
        self.shots.append(path)
        self.faults += [f"{name}: {fault}" for fault in self._looks.clipped(sheet)]
        sheet.close()
        self.settle()

    def wanted(self, key: str) -> bool:
        """Whether a tab is to be shot."""
        return not self.options.only or key in self.options.only.split(",")

    def close(self) -> None:
        """Close the window."""
        self.window.close_for_good()
        self._application.processEvents()
        self.faults += [f"Qt: {message}" for message in self._complaints.found]
        self._complaints.found.clear()

    # -- journeys

    def empty(self, folder: Path) -> None:
        """Every tab of a new workspace."""
        from llmstudio.gui.tabs import registry

        self.open(folder / "new", folder / "empty.json")
        if self.wanted("welcome"):
            self.shoot("welcome")
        for tab in registry.TABS:
            if self.wanted(tab.key):
                self.window.show_tab(tab.key)
                self.shoot(f"{tab.key}-empty")
        self.close()

    def filled(self, workspace: Path, folder: Path) -> None:
        """Every tab of a workspace with a dataset, a tokenizer, trainings and models."""
        self.open(workspace, folder / "filled.json")
        for key, take in (
            ("data", self._data),
            ("tokenizer", self._tokenizer),
            ("train", self._train),
            ("finetune", self._finetune),
            ("playground", self._playground),
            ("evaluate", self._evaluate),
            ("models", self._models),
            ("runs", self._runs),
            ("server", lambda: self._plain("server")),
            ("settings", lambda: self._plain("settings")),
        ):
            if self.wanted(key):
                take()
        self.close()

    def _plain(self, key: str) -> None:
        self.window.show_tab(key)
        self.shoot(key)

    def _parts(self, key: str) -> None:
        from llmstudio.gui.widgets.segmented import PageTabs

        page = self.window.page(key)
        for tabs in page.findChildren(PageTabs):
            for part in tabs._keys[1:]:
                tabs.set_current(part)
                self.shoot(f"{key}-{part}")
            tabs.set_current(tabs._keys[0])

    def _data(self) -> None:
        self._plain("data")
        self._parts("data")

    def _tokenizer(self) -> None:
        self._plain("tokenizer")
        self._parts("tokenizer")

    def _train(self) -> None:
        from llmstudio.config.train import PretrainConfig
        from llmstudio.store import catalog
        from llmstudio.store import run as runs
        from tests.end_to_end import filled

        chosen = catalog.find(self.window.session.workspace, "dataset", filled.DATASET)
        self.window.go("train", {"dataset": chosen.id})
        self.settle(lambda: not self.window.session.jobs.live(), 40)
        self.shoot("train-setup")
        if self.options.no_training:
            return
        settings = {**filled.SHAPE, "name": "Stories, at work", "dataset": filled.DATASET, "max_steps": 400}
        jobs = self.window.session.jobs
        run = jobs.submit("pretrain", PretrainConfig(**settings, tokenizer=filled.TOKENIZER), title="Stories, at work")
        self.window.go("train", {"run": run})
        self.settle(lambda: len(jobs.state(run).validations) >= 9, 120)
        self.shoot("train-running")
        self.window.show_tab("data")
        self.shoot("data-while-training")
        self.window.show_tab("train")
        jobs.pause(run)
        self.settle(lambda: not jobs.is_live(run), 60)
        self.shoot("train-paused")
        jobs.stop(run)
        runs.trash(self.window.session.workspace, self.window.session.workspace.runs / run)
        self.window.session.changed("run")
        for row in list(self.window.strip._done):
            self.window.strip._drop(row)

    def _finetune(self) -> None:
        from llmstudio.config.finetune import FinetuneConfig
        from llmstudio.store import run as runs
        from tests.end_to_end import filled

        page, workspace = self.window.page("finetune"), self.window.session.workspace
        self.window.go("finetune", {"dataset": filled.MOODS, "model": filled.RUNS[0][0]})
        self.settle(lambda: page.setup.can_start, 40)  # type: ignore[attr-defined]
        self.shoot("finetune-setup")
        area = page.setup_view.left.verticalScrollBar()  # type: ignore[attr-defined]
        area.setValue(area.maximum())
        self.shoot("finetune-setup-end")
        done = [state for state in runs.list_runs(workspace) if state.kind == "finetune"]
        self.window.go("finetune", {"run": done[0].id})
        self.settle(lambda: page.view is not None and page.view.kept is not None, 40)  # type: ignore[attr-defined]
        self.shoot("finetune-done")
        if self.options.no_training:
            return
        settings = {**filled.TUNING, "model": filled.RUNS[0][0], "dataset": filled.MOODS, "name": "Story moods"}
        jobs = self.window.session.jobs
        run = jobs.submit("finetune", FinetuneConfig(**settings), title="Story moods")
        self.window.go("finetune", {"run": run})
        self.settle(lambda: len(jobs.state(run).validations) >= 8, 180)
        self.shoot("finetune-running")
        jobs.stop(run)
        self.settle(lambda: not jobs.is_live(run), 60)
        runs.trash(workspace, workspace.runs / run)
        self.window.session.changed("run")
        for row in list(self.window.strip._done):
            self.window.strip._drop(row)

    def _playground(self) -> None:
        from tests.end_to_end import shots_playground

        shots_playground.shoot(self)

    def _evaluate(self) -> None:
        from llmstudio.gui.tabs.evaluate.newsheet import NewSheet

        self._plain("evaluate")
        page = self.window.page("evaluate")
        for at, entry in enumerate(page.picker.entries):
            page.picker.set_current(entry.key)
            page.picker.chosen.emit(entry.key)
            self.shoot(f"evaluate-{at + 1}")
        page.new_evaluation()
        self.settle()
        for sheet in self.window.findChildren(NewSheet):
            path = self.options.to / f"evaluate-new-{self.options.theme}.png"
            sheet.grab().save(str(path))
            self.shots.append(path)
            sheet.reject()

    def _models(self) -> None:
        page = self.window.page("models")
        self._plain("models")
        page.show_starting()
        self.shoot_sheet("models-starting")
        page.import_model(str(ROOT / ".cache/weights/SmolLM2-135M-Instruct.Q4_1.gguf"))
        self.shoot_sheet("models-import")
        page.import_model("HuggingFaceTB/SmolLM2-135M")
        self.shoot_sheet("models-import-hub")
        page.export()
        self.shoot_sheet("models-export")

    def _runs(self) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QTableView

        self._plain("runs")
        table = self.window.page("runs").findChild(QTableView)
        if table is None:
            return
        for row in range(min(3, table.model().rowCount())):
            table.selectRow(row)
            if table.model().index(row, 0).data() != "Ticked":  # the newest are ticked on the first look
                QTest.keyClick(table, Qt.Key.Key_Space)
        self.shoot("runs-compared")


def main() -> int:
    """Shoot, tell, and fail if something is cut off or Qt complained."""
    options = arguments()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    os.environ["QT_FONT_DPI"] = "96"
    options.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        workspace = (options.workspace or folder / "LLM Studio").absolute()
        os.environ["HOME"] = str(workspace.parent)  # the pictures say "~/LLM Studio", whoever takes them
        os.environ["XDG_CACHE_HOME"] = str(workspace.parent / "cache")
        subprocess.run([sys.executable, "-m", "tests.end_to_end.filled", str(workspace)], check=True, cwd=ROOT)
        camera = Camera(options)
        camera.empty(folder)
        camera.filled(workspace, folder)
    for path in camera.shots:
        print(path)
    for fault in camera.faults:
        print(fault, file=sys.stderr)
    return 1 if camera.faults else 0


if __name__ == "__main__":
    sys.exit(main())
