"""One careful way to ask for something over the network: GET, https only, every redirect judged anew.

A name is resolved once, all its addresses are judged, and the connection goes to one of those: no second answer of a
name server can lead into the person's own network. Where the system names a proxy, that one resolves, and only
addresses written as numbers can be judged here. It knows no hub; secrets go to the host they were given for only.
"""

import base64
import contextlib
import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from llmstudio.base.errors import UserError

MOST_REDIRECTS = 5
SECONDS = 30.0  # without a byte, after which a connection counts as broken
AGENT = "llmstudio"
_REDIRECTS = {
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.SEE_OTHER,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
}
_PLAIN = "/%:@!$&'()*+,;=~-._?[]"  # what may stand in a path as it is
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

ProtocolError = http.client.HTTPException
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Target:
    """Where a request goes: a judged address ("" where a proxy resolves), and the words the server wants to hear."""

    scheme: str
    host: str
    port: int
    path: str
    address: str
    proxy: str = ""

    @property
    def origin(self) -> tuple[str, str, int]:
        """What a secret is bound to."""
        return self.scheme, self.host, self.port


@dataclass
class Reply:
    """An answer whose body is still to be read; `close` lets the connection go, also from another thread."""

    url: str
    status: int
    headers: Message
    connection: "_Pinned"
    body: http.client.HTTPResponse
    hops: list[str] = field(default_factory=list)

    def read(self, most: int) -> bytes:
        """At most so many bytes, as soon as there are some; b"" at the end."""
        return self.body.read1(most)

    def close(self) -> None:
        """Let go of the connection."""
        if self.connection.line is not None:
            with contextlib.suppress(OSError):
                self.connection.line.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for bytes
        self.connection.close()


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    secret: Mapping[str, str] | None = None,
    loopback: bool = False,
    seconds: float = SECONDS,
) -> Reply:
    """Ask for `url` and follow its redirects. `secret` headers go to the first host only.

    `loopback` allows this machine itself, and http to it. Raises `UserError` for a target that is refused, `OSError` or
    `ProtocolError` where the network fails.
    """
    first = judged(url, loopback=loopback)
    target, hops = first, [url]
    while True:
        sent = {"User-Agent": AGENT, "Accept-Encoding": "identity", **(headers or {})}
        if target.origin == first.origin:
            sent |= secret or {}
        reply = _ask(target, sent, seconds)
        reply.url, reply.hops = hops[-1], hops
        where = reply.headers.get("Location")
        if reply.status not in _REDIRECTS or not where:
            return reply
        reply.close()
        if len(hops) > MOST_REDIRECTS:
            raise UserError(f"{first.host} sends from one address to the next without end.", "Try again later.")
        hops = [*hops, urljoin(hops[-1], where)]
        target = judged(hops[-1], loopback=loopback)


def judged(url: str, *, loopback: bool = False) -> Target:
    """The target of an address. Raises `UserError` for anything but https to a public host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UserError("The server named an address that cannot be read.", _HINT) from None
    if not host or parts.username is not None or any(ord(sign) <= 32 for sign in url):
        raise UserError("The server named an address that cannot be read.", _HINT)
    if parts.scheme not in ("https", "http"):
        raise UserError(f"An address beginning with {parts.scheme[:20]}: is not followed.", _HINT)
    port = port or (443 if parts.scheme == "https" else 80)
    proxy = proxy_for(host) if parts.scheme == "https" and not loopback else ""
    address = "" if proxy and not _is_number(host) else _public(host, port, loopback)
    if parts.scheme == "http" and not ipaddress.ip_address(address).is_loopback:
        raise UserError(f"{host} would be reached without encryption.", "Only https is used for downloads.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, quote(path, safe=_PLAIN), address, proxy)


_HINT = "Nothing was fetched from there. Tell the owner of the model, or try again later."


def _public(host: str, port: int, loopback: bool) -> str:
    found = [_address(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if loopback and found and all(address.is_loopback for address in found):
        return str(found[0])
    if not found or not all(is_public(address) for address in found):
        raise UserError(f"{host} leads into a private network.", _HINT)
    return str(found[0])


def proxy_for(host: str) -> str:
    """The proxy that this system wants https to `host` to go through; "" for none."""
    return "" if proxy_bypass(host) else getproxies().get("https", "")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _address(text: Any) -> Address:
    return ipaddress.ip_address(str(text).partition("%")[0])


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet, also behind its IPv6 disguises."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


class _Pinned(http.client.HTTPConnection):
    """Connects to the judged address (or through the proxy), and proves the name over TLS."""

    def __init__(self, target: Target, seconds: float) -> None:
        if target.scheme == "https":
            self.default_port = 443  # or the port would be named in Host, which signed addresses do not forgive
        proxy = urlsplit(target.proxy if "://" in target.proxy else f"http://{target.proxy}")
        host, port = (proxy.hostname or "", proxy.port or 80) if target.proxy else (target.host, target.port)
        super().__init__(host, port, timeout=seconds)
        if target.proxy:
            self.set_tunnel(target.host, target.port, _proxy_key(proxy.username, proxy.password))
        self._target = target
        self.line: socket.socket | None = None  # also after the class above has let go of it

    def connect(self) -> None:
        """Open the connection to the address that was judged."""
        if self._target.proxy:
            super().connect()
            plain = self.sock
        else:
            plain = socket.create_connection((self._target.address, self._target.port), self.timeout)
        self.line = plain
        if self._target.scheme == "https":
            try:
                plain = _trust().wrap_socket(plain, server_hostname=self._target.host)
            except BaseException:
                plain.close()
                raise
        self.sock = self.line = plain


def _proxy_key(user: str | None, word: str | None) -> dict[str, str]:
    if not user:
        return {}
    pair = f"{unquote(user)}:{unquote(word or '')}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _trust() -> ssl.SSLContext:
    try:
        import truststore  # the system's own list of whom to trust, where it is installed
    except ImportError:
        return ssl.create_default_context()
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _ask(target: Target, headers: Mapping[str, str], seconds: float) -> Reply:
    connection = _Pinned(target, seconds)
    try:
        connection.request("GET", target.path, headers=dict(headers))
        body = connection.getresponse()
    except BaseException:
        connection.close()
        raise
    return Reply("", body.status, body.headers, connection, body)
