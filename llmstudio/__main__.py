"""The one entry: alone it opens the window, with a command it works in the terminal, `child` runs a job."""

import multiprocessing
import sys


def main() -> int:
    """Dispatch by the first argument before anything heavy is imported; returns the exit status."""
    multiprocessing.freeze_support()
    arguments = sys.argv[1:]
    if arguments[:1] == ["child"]:
        from llmstudio.jobs import child  # a child must not load the terminal or Qt

        return child.main(arguments[1:])
    from llmstudio.cli import main as terminal  # imported late: a child never needs it

    return terminal.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
