"""The one entry: alone it opens the window, with a command it works in the terminal, `child` runs a job."""

import multiprocessing
import os
import sys
from pathlib import Path

from llmstudio.base.errors import UserError


def main() -> int:
    """Dispatch by the first argument before anything heavy is imported; returns the exit status."""
    multiprocessing.freeze_support()
    # Read when torch loads: waiting threads sleep. With other work on the cores, spinning ones made a step take
    # five times as long, and starve the window.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    arguments = sys.argv[1:]
    if arguments[:1] == ["child"]:
        from llmstudio.jobs import child  # a child must not load the terminal or Qt

        return child.main(arguments[1:])
    from llmstudio.cli import main as terminal  # imported late: a child never needs it

    return terminal.main(arguments, window)


def window(workspace: Path) -> int:
    """Open the window on a workspace; returns when it is closed. Raises UserError where Qt cannot be loaded."""
    try:
        from llmstudio.gui import app  # only the window needs Qt
    except ImportError as error:
        raise UserError(
            f"The window cannot open: {error}.", "Install the missing library, or use llmstudio --help."
        ) from error
    return app.main(workspace)


if __name__ == "__main__":
    sys.exit(main())
