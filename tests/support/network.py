"""No test talks to anything beyond this machine."""

import ipaddress
import socket
from typing import Any

import pytest

_REFUSED: list[str] = []


class OutsideWorldError(RuntimeError):
    """A test tried to reach an address that is not this machine's."""


def _is_local(host: object) -> bool:
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in {"", "localhost", socket.gethostname()}:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _check(host: object) -> None:
    if not _is_local(host):
        _REFUSED.append(str(host))
        raise OutsideWorldError(
            f"Tests reach loopback only; this one tried {host!r}. Use bench.stub_server instead."
        )


def _guarded(name: str) -> Any:
    original = getattr(socket.socket, name)

    def call(self: socket.socket, *arguments: Any) -> Any:
        # The address is the last argument of connect, connect_ex and sendto alike.
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _check(arguments[-1][0])
        return original(self, *arguments)

    return call


def _guarded_getaddrinfo() -> Any:
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        try:
            ipaddress.ip_address(str(host))
        except ValueError:
            _check(host)
        return original(host, *arguments, **options)

    return getaddrinfo


def guard(patch: pytest.MonkeyPatch) -> None:
    """Refuse connections and look-ups beyond loopback (names under .invalid are never found)."""
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, _guarded(name))
    patch.setattr(socket, "getaddrinfo", _guarded_getaddrinfo())


def refused() -> list[str]:
    """The addresses refused since the last call: code under test may have swallowed the error."""
    addresses = list(_REFUSED)
    _REFUSED.clear()
    return addresses
