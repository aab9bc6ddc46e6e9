"""One rotating log file for what a person may want to send with a question; no prompts, no texts, no keys."""

import logging
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

_SECRET = re.compile(r"\b(hf_|sk-)[A-Za-z0-9_-]{6,}|(?i:bearer)\s+\S+")


class RedactSecrets(logging.Filter):
    """Replaces keys and tokens in a record before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _SECRET.sub("[hidden]", record.getMessage())
        record.args = ()
        return True


def set_up(folder: Path, level: int = logging.INFO) -> Path | None:
    """Log to `folder`/llmstudio.log (1 MB, three kept); None where the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / "llmstudio.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=False
        )
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(RedactSecrets())
    root = logging.getLogger("llmstudio")
    root.setLevel(level)
    root.handlers = [handler]
    return folder / "llmstudio.log"
