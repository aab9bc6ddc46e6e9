"""What the person allows over the network: the hard switch, the address of the hub, and the key for it."""

import ipaddress
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from llmstudio.base.errors import UserError
from llmstudio.store import keys
from llmstudio.store.keys import Key
from llmstudio.store.settings import Settings, default_path

HUB = "https://huggingface.co"
OFFLINE, HUB_ADDRESS = "network.offline", "network.hub"
_YES = {"1", "true", "yes", "on"}


@dataclass(frozen=True)
class Network:
    """How the hub is reached; `offline` means not at all."""

    offline: bool = False
    hub: str = HUB
    key: Key = field(default_factory=Key)

    @property
    def loopback(self) -> bool:
        """Whether the hub is a server on this machine."""
        return is_loopback(urlsplit(self.hub).hostname or "")

    @property
    def host(self) -> str:
        """The hub's name, for sentences."""
        return urlsplit(self.hub).netloc

    def require(self) -> None:
        """Raise `UserError` while the person wants to stay offline."""
        if self.offline:
            raise UserError("LLM Studio is set to stay offline.", "Change that under Settings, Network and privacy.")


def current(settings: Settings | None = None) -> Network:
    """What holds now: the environment first, then the settings of this person."""
    kept = settings or Settings(default_path())
    return Network(is_offline(kept), hub_of(kept), keys.key())


def is_offline(settings: Settings) -> bool:
    """The hard switch, or HF_HUB_OFFLINE in the environment."""
    return settings.get(OFFLINE, False) is True or os.environ.get("HF_HUB_OFFLINE", "").strip().lower() in _YES


def hub_of(settings: Settings) -> str:
    """The address of the hub: HF_ENDPOINT, the setting, or the public one. Raises `UserError` for one not allowed."""
    return checked_hub(os.environ.get("HF_ENDPOINT", "") or str(settings.get(HUB_ADDRESS, "") or HUB))


def checked_hub(address: str) -> str:
    """The address without its last slash. Raises `UserError` unless it is https, or http to this machine."""
    words = address.strip().rstrip("/")
    try:
        parts = urlsplit(words)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    plain = parts.scheme == "http" and is_loopback(host)
    if not host or parts.username or parts.query or parts.fragment or not (parts.scheme == "https" or plain):
        raise UserError(f"{words[:80] or 'Nothing'} is not the address of a hub.", f"Use one like {HUB}.", field="hub")
    return words


def is_loopback(host: str) -> bool:
    """Whether a host means this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
