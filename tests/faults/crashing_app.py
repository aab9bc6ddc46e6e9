"""The application, told by lines of JSON on stdin to begin a training, to say what it shows, and to die.

Started as `python -m tests.faults.crashing_app WORKSPACE`.
"""

import ctypes
import json
import os
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QWidget

from llmstudio.config.train import PretrainConfig
from llmstudio.gui import app
from llmstudio.gui.window import Window


def main() -> int:
    """Open the window as the program does, and do as told until stdin ends."""
    loop = app.application()
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)

    def window() -> Window:
        return next(one for one in loop.topLevelWidgets() if isinstance(one, Window))

    def told() -> None:
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return
        print(json.dumps(answer(window(), json.loads(line))), flush=True)

    notifier.activated.connect(told)
    QTimer.singleShot(0, lambda: print(json.dumps({"up": window().isVisible()}), flush=True))
    return app.main(Path(sys.argv[1]))


def answer(window: Window, asked: dict[str, Any]) -> dict[str, Any]:
    """Do one thing."""
    jobs = window.session.jobs
    match asked["op"]:
        case "train":
            config = PretrainConfig(**asked["config"])
            return {"run": jobs.submit("pretrain", config, title=config.name)}
        case "live":
            return {"live": {state.id: state.status for state in jobs.live()}}
        case "said":
            banner = window.findChild(QWidget, "aftermath")
            return {"said": banner.accessibleName() if banner is not None and banner.isVisible() else ""}
        case "abort":
            os.abort()
        case "segv":
            ctypes.string_at(0)
    raise AssertionError(asked)


if __name__ == "__main__":
    sys.exit(main())
