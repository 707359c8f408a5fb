"""Addresses of libraries on a server: ``milvus://HOST:PORT/NAME``. Imports no client."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tui.core.errors import ConfigError

DEFAULT_PORT = 19530
DEFAULT_NAME = "photoseek"
SCHEMES = {"milvus": False, "milvus+tls": True}
"""Whether the connection to the server is encrypted."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_FORM = "milvus://HOST:PORT/NAME (or milvus+tls://)"


@dataclass(frozen=True, slots=True)
class MilvusAddress:
    """A server and a database on it; ``str`` returns the address as the user types it."""

    host: str
    port: int = DEFAULT_PORT
    name: str = DEFAULT_NAME
    tls: bool = False

    def __str__(self) -> str:
        return f"milvus{'+tls' if self.tls else ''}://{self.host_and_port}/{self.name}"

    @property
    def host_and_port(self) -> str:
        """Host and port as text."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def uri(self) -> str:
        """The server's address for the client."""
        return f"{'https' if self.tls else 'http'}://{self.host_and_port}"


def parse_address(text: str) -> MilvusAddress:
    """Parse an address; port and name are optional.

    Raises:
        ConfigError: it is invalid, or contains a password, which is never repeated.
    """
    if "@" in text:
        raise ConfigError(
            "A library's address must not contain a user or a password; set PHOTOSEEK_MILVUS_TOKEN "
            "to user:password instead."
        )
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:  # a port that is not a number, or half an IPv6 address
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in SCHEMES or not host or parts.query or parts.fragment:
        raise ConfigError(f"{text!r} is not the address of a library; write {_FORM}.")
    name = parts.path.strip("/") or DEFAULT_NAME
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"Invalid library name {name!r}; use letters, digits and underscores, and no digit "
            "first."
        )
    return MilvusAddress(host, DEFAULT_PORT if port is None else port, name, SCHEMES[parts.scheme])
