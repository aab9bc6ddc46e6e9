"""What the local API server needs to know before it starts. The key is no option: it is never written to disk."""

import ipaddress
import re
from typing import Self
from urllib.parse import urlsplit

from pydantic import model_validator

from llmstudio.config.option import OptionFault, Options, option
from llmstudio.config.precision import WritingPrecision, precision_option
from llmstudio.config.train import Device

MOST_NAMES = 16
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class ServeConfig(Options):
    """Which model answers, who can reach it, and how much is taken on at once.

    With `key` the owner of the session hands the key itself over as its first message, {"op": "key", "key": "..."}.
    """

    model: str = option(..., title="Model", help="The model that answers", group="Server")
    port: int = option(
        8000,
        title="Port",
        help="Part of the address; 0 finds one",
        long="Programs on this machine reach the server at http://127.0.0.1 and this port.",
        group="Server",
        scale="name",
        ge=0,
        le=65_535,
    )
    lan: bool = option(
        False,
        title="Open to the network",
        help="Other machines too, with the key",
        long="Off, only programs on this machine reach the server. On, every machine of the network can, with the "
        "key. What is sent travels without encryption.",
        group="Server",
    )
    key: bool = option(
        True,
        title="Ask for a key",
        help="Only who has the key is answered",
        long="Requests need the line 'Authorization: Bearer KEY'. Without a key every program on this machine can "
        "use the model.",
        group="Server",
    )
    host: str = option(
        "127.0.0.1",
        title="Address",
        help="Which of this machine's addresses",
        long="127.0.0.1 is this machine alone. Any other needs 'Open to the network'; 0.0.0.0 is all of them.",
        group="Server",
        advanced=True,
    )
    slots: int = option(
        4,
        title="At once",
        unit="requests",
        help="Answers written side by side",
        long="So many answers are written together, a token of each at a time. Each needs memory for its context.",
        group="Limits",
        ge=1,
        le=64,
    )
    queue: int = option(
        16,
        title="Waiting",
        unit="requests",
        help="More than these are sent away",
        long="Requests beyond those that are answered wait their turn. One more than these is told to come again "
        "later (429).",
        group="Limits",
        ge=0,
        le=1000,
    )
    queue_seconds: float = option(
        60.0,
        title="Longest wait",
        unit="s",
        help="Who waits longer is sent away",
        group="Limits",
        advanced=True,
        ge=1,
        le=3600,
    )
    request_seconds: float = option(
        600.0,
        title="Longest answer",
        unit="s",
        help="An answer is cut after this",
        group="Limits",
        advanced=True,
        ge=1,
        le=86_400,
    )
    names: tuple[str, ...] = option(
        (),
        title="Other names",
        help="Names this machine is called by",
        long="A request that calls the server by a name it does not know is refused: it may come from a web page. "
        "Its addresses and localhost are always known.",
        group="Limits",
        advanced=True,
    )
    origins: tuple[str, ...] = option(
        (),
        title="Web pages allowed",
        help="Pages whose scripts may ask",
        long="The origins of web pages, such as http://localhost:3000, whose scripts may use this server. Each is "
        "named exactly; none is the default.",
        group="Limits",
        advanced=True,
    )
    device: Device = option("auto", title="Device", group="Machine", help="Where the model runs", advanced=True)
    precision: WritingPrecision = precision_option("Machine")
    threads: int | None = option(
        None, title="Threads", group="Machine", help="Processor cores that compute", advanced=True, ge=1, le=1024
    )

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return not self.lan

    @model_validator(mode="after")
    def _reach(self) -> Self:
        if not self.lan and not _is_loopback(self.host):
            raise OptionFault("host", "Other machines could reach this address: open the server to the network first.")
        if self.lan and not self.key:
            raise OptionFault("key", "Without a key the server is not opened to the network.", True)
        return self

    @model_validator(mode="after")
    def _named(self) -> Self:
        for field, words in (("names", self.names), ("origins", self.origins)):
            if len(words) > MOST_NAMES:
                raise OptionFault(field, f"{MOST_NAMES} is the most.")
        for name in self.names:
            if not _NAME.fullmatch(name):
                raise OptionFault("names", f"{name[:40]!r} is not the name of a machine.")
        for origin in self.origins:
            if not _is_origin(origin):
                raise OptionFault("origins", f"{origin[:40]!r} is not an origin such as http://localhost:3000.")
        return self


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise OptionFault("host", f"{host[:40]!r} is not an address.", "127.0.0.1") from None


def _is_origin(text: str) -> bool:
    """Scheme, host and perhaps a port, as a browser writes them: nothing else, and never "null" or "*"."""
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return False
    whole = f"{parts.scheme}://{parts.netloc}"
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and "@" not in text
        and "*" not in text
        and (whole == text == text.lower())
    )
