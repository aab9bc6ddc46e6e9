"""Tells once, after an update, that there is something new, and leads to the page that says what."""

from llmstudio import __version__
from llmstudio.base.errors import UserError
from llmstudio.gui.session import Session

SEEN = "window.version"  # the version whose news were told, in the settings
PAGE = "whats-new"


def tell(session: Session, version: str = __version__) -> bool:
    """Post a notice if an older version was used before; whether there was one."""
    before = session.settings.get(SEEN)
    try:
        session.settings.set(SEEN, version)
    except UserError:  # a disk that is full: it is told again the next time
        return False
    if not isinstance(before, str) or before == version:
        return False
    session.notices.toast(
        f"LLM Studio is now version {version}",
        ("What's new", lambda: session.go("manual", page=PAGE)),
        note=f"It was {before} before.",
        tone="info",
    )
    return True
