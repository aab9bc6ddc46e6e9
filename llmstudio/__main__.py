"""The one entry: alone it opens the window, with a command it works in the terminal, `child` runs a job."""

import faulthandler
import gc
import multiprocessing
import os
import sys
import time
from functools import partial
from pathlib import Path

from llmstudio.base import netwatch, waiting
from llmstudio.base.errors import UserError


def main() -> int:
    """Run what was asked for; returns the exit status. Ctrl+C is no defect, not even while modules are loaded."""
    began = time.perf_counter()
    multiprocessing.freeze_support()
    if netwatch.VARIABLE in os.environ:
        netwatch.note_if_asked()
    try:
        return _dispatch(began)
    except KeyboardInterrupt:
        return 130


def _dispatch(began: float) -> int:
    """Decide by the first argument before anything heavy is imported."""
    # Rows of many lengths make many kernels of about a megabyte, of which a thousand would be kept.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")
    arguments = sys.argv[1:]
    if arguments and not arguments[0].startswith("--profile-"):  # else it is the window, which computes nothing
        waiting.settle(patient=arguments[0] == "child")
    if arguments[:1] == ["launch"]:
        from llmstudio.tasks import launch  # several children that train one model

        return launch.main(arguments[1:])
    if arguments and arguments != ["unpickle"] and int(os.environ.get("RANK") or 0):
        from llmstudio.tasks import together  # one of several processes, but not the first

        return together.main(arguments)
    if arguments[:1] == ["child"]:
        from llmstudio.jobs import child  # a child must not load the terminal or Qt

        return child.main(arguments[1:])
    if arguments[:1] == ["unpickle"]:
        from llmstudio.engine.convert import torch_file  # the locked-up reader of PyTorch files

        return torch_file.main(arguments[1:])
    from llmstudio.cli import main as terminal  # imported late: a child never needs it

    if arguments[:1] == ["--profile-start"]:
        return terminal.main(arguments[1:], partial(window, began=began))
    if arguments[:1] == ["--profile-latency"]:
        return terminal.main(arguments[2:], partial(window, latency=arguments[1]))
    if arguments[:1] == ["--check-window"]:
        return terminal.main(arguments[1:], partial(window, check=True))
    return terminal.main(arguments, window)


def window(workspace: Path, *, began: float | None = None, latency: str = "", check: bool = False) -> int:
    """Open the window on a workspace; returns when it is closed. With `began`, the first moment of this process, it
    only measures how long that takes; with `latency` (JSON) how long its event loop keeps one waiting; with `check`
    it looks at every tab, for the self-test.

    Raises UserError where Qt cannot be loaded or finds no screen (it would end the process without a word to us).
    """
    if not _has_screen():
        raise UserError("There is no screen here for the window.", "Work in the terminal: llmstudio quickstart.")
    if sys.stderr is not None and (began is not None or latency or check):
        faulthandler.enable()  # whoever started us to look or to measure hears where a crash was
    gc.disable()  # while everything is being made there is none; gui.rubbish sees to it once the window is seen
    try:
        if began is not None:
            from llmstudio.gui import startprofile

            return startprofile.main(workspace, began)
        if latency:
            from llmstudio.gui import latency as profile

            return profile.main(workspace, latency)
        if check:
            from llmstudio.gui import selfcheck

            return selfcheck.main(workspace)
        from llmstudio.gui import app  # only the window needs Qt
    except ImportError as error:
        raise UserError(
            f"The window cannot open: {error}.", "Install the missing library, or use llmstudio --help."
        ) from error
    return app.main(workspace)


def _has_screen() -> bool:
    """Only Linux starts programs without one; whoever names a platform of Qt knows what he does."""
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    return named or not sys.platform.startswith("linux")


if __name__ == "__main__":
    sys.exit(main())
