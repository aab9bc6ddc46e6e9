"""How a command ends: the exit statuses, and the exception that carries one."""

FAILED, WRONG_INPUT, CANCELLED = 1, 2, 130


class CommandEnd(Exception):
    """Ends a command with an exit status after everything that had to be said was said."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
