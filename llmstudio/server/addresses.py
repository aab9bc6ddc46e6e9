"""Where the server listens, under which addresses it is found, and by which names it may be called."""

import contextlib
import errno
import ipaddress
import re
import socket
import sys
from collections.abc import Iterable

import psutil

from llmstudio.base.errors import UserError
from llmstudio.config.serve import ServeConfig

LOOPBACK = ("127.0.0.1", "::1")
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - only where the person opened the server to the network
BACKLOG = 128
TRIED = 20  # ports after a taken one that are offered instead
_ABSENT = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]*)(?::([0-9]{1,5}))?")


def hosts(config: ServeConfig) -> tuple[str, ...]:
    """The addresses to listen at: this machine's own, all there are, or the one that was named."""
    if config.lan and config.host in ("127.0.0.1", "localhost", "0.0.0.0"):  # noqa: S104
        return ANYWHERE
    return LOOPBACK if config.host in ("127.0.0.1", "localhost") else (config.host,)


def bind(config: ServeConfig) -> list[socket.socket]:
    """Sockets that listen, all at one port. Raises `UserError` where the port is taken, naming one that is not."""
    found: list[socket.socket] = []
    port = config.port
    try:
        for host in hosts(config):
            try:
                found.append(_listening(host, port))
            except OSError as error:
                if found and error.errno in _ABSENT:  # no IPv6 here
                    continue
                raise _refusal(config, error) from error
            port = int(found[0].getsockname()[1])
    except BaseException:
        for one in found:
            one.close()
        raise
    return found


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
        made.setblocking(False)
    except BaseException:
        made.close()
        raise
    return made


def _refusal(config: ServeConfig, error: OSError) -> UserError:
    if error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", -1)):
        other = free_port(config)
        hint = f"Use {other}." if other else "Choose another."
        remedy = {"port": other} if other else {}
        return UserError(f"Port {config.port} is taken by another program.", hint, field="port", remedy=remedy)
    if error.errno in (errno.EACCES, getattr(errno, "WSAEACCES", -1)):
        return UserError(f"Port {config.port} is reserved by the system.", "Use one from 1024 on.", field="port")
    return UserError(f"{config.host} is not an address of this machine.", "Use 127.0.0.1.", field="host")


def free_port(config: ServeConfig) -> int | None:
    """A port near the wanted one at which nobody listens; None where the next ones are all taken."""
    for port in range(config.port + 1, min(config.port + 1 + TRIED, 65_536)):
        with contextlib.suppress(OSError):
            for host in hosts(config)[:1]:
                _listening(host, port).close()
            return port
    return None


def own_addresses() -> list[str]:
    """The addresses of this machine in its networks, those of every day first; no loopback, no link-local ones."""
    found = []
    for entries in psutil.net_if_addrs().values():  # type: ignore[no-untyped-call]
        for entry in entries:
            with contextlib.suppress(ValueError):
                address = ipaddress.ip_address(entry.address.partition("%")[0])
                if not (address.is_loopback or address.is_link_local or address.is_multicast):
                    found.append(address)
    return [str(address) for address in sorted(set(found), key=lambda one: (one.version, int(one)))]


def told(config: ServeConfig, port: int) -> tuple[str, ...]:
    """The addresses under which clients find the server, without a slash at the end; the best one first."""
    if not config.lan:
        return (_url(hosts(config)[0], port),)
    near = [LOOPBACK[0], *own_addresses()] if hosts(config) == ANYWHERE else list(hosts(config))
    return tuple(_url(host, port) for host in near)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def known_names(config: ServeConfig) -> frozenset[str]:
    """What the Host line of a request may say, but for a port: a page that rebinds its own name says that name."""
    names: Iterable[str] = (*LOOPBACK, "localhost", *hosts(config), *config.names)
    if config.lan:
        names = (*names, *own_addresses())
    return frozenset(name.lower() for name in names) - set(ANYWHERE)


def is_known(host: bytes, names: frozenset[str]) -> bool:
    """Whether a Host line names this server, with any port: a tunnel may lead here from another one."""
    try:
        match = _HOST.fullmatch(host.decode("ascii"))
    except UnicodeDecodeError:
        return False
    if match is None or int(match[2] or 0) > 65_535:
        return False
    name = match[1]
    if name.startswith("["):
        try:
            name = str(ipaddress.IPv6Address(name[1:-1]))
        except ValueError:
            return False
    return name.lower() in names
