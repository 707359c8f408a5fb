"""The connection to a library's server, whose failures become a ServerError with one sentence.

The client library is slow to import, so it is imported with the first connection.
"""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING, Any

from tui.core.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.library.milvus.address import MilvusAddress

TOKEN_VARIABLE = "PHOTOSEEK_MILVUS_TOKEN"
"""The environment variable with ``user:password`` or a key, the only source of credentials."""

OLDEST = (2, 3, 2)
"""The first server with arrays and upserts."""

CONNECT_SECONDS = 10.0
CALL_SECONDS = 20.0
CHANGE_SECONDS = 60.0
"""The longest waits for an answer, to a read and to a change."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0

NO_COLLECTION = 100
NO_INDEX = 700
NO_DATABASE = 800
_EXISTS = re.compile("already exist")
_NOT_NOW = frozenset([2, 4, 8, 101, 103, 104, 401, 503, 901, 902])
"""The server's own codes for "try again later": starting, restarting, loading, too busy."""

_NOT_NOW_WORDS = re.compile(
    "unavailable|not healthy|not ready|no available|timeout|closed channel", re.I
)
_REFUSED = frozenset([1400, 1800])
_FORBIDDEN = frozenset([1401])
_REFUSED_WORDS = re.compile(
    "auth check failure|unauthenticated|invalid token|missing authorization", re.I
)
_FORBIDDEN_WORDS = re.compile("permission[ _]?den", re.I)
_LONGEST_REASON = 200


class ServerClient:
    """Calls one server, in one database; every method may be called from any thread.

    Args:
        address: the server and the library on it.
        token: ``user:password`` or a key, empty for a server without authentication.
        patience: seconds for which a call is retried while the server is unavailable.
    """

    def __init__(self, address: MilvusAddress, token: str = "", *, patience: float = 0.0) -> None:
        self.address = address
        self._token = token
        self._patience = patience
        self._lock = threading.Lock()
        self._milvus: Any = None
        self._closed = False

    def open(self) -> None:
        """Connect, and reject a server that is too old.

        Raises:
            ServerError: it is unavailable, rejects the user, or is too old.
        """
        version = str(
            self._attempt(lambda milvus: milvus.get_server_version(timeout=CONNECT_SECONDS))
        )
        match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
        if match and tuple(map(int, match.groups())) < OLDEST:
            raise ServerError(
                f"The server {self.address.host_and_port} runs Milvus {match[0].lstrip('v')}; "
                f"upgrade it to {'.'.join(map(str, OLDEST))} or newer."
            )

    def close(self) -> None:
        """Close the connection; later calls fail."""
        with self._lock:
            self._closed = True
            milvus, self._milvus = self._milvus, None
        _close(milvus)

    def call(self, method: str, *args: Any, timeout: float = CALL_SECONDS, **named: Any) -> Any:
        """Call a method of pymilvus's ``MilvusClient``; retry while the server is unavailable.

        Raises:
            ServerError: it failed, or the server was unavailable for longer than the patience.
        """

        def attempt(milvus: Any) -> Any:
            return getattr(milvus, method)(*args, timeout=timeout, **named)

        give_up = time.monotonic() + self._patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return self._attempt(attempt)
            except ServerUnavailableError:
                if time.monotonic() + pause > give_up or self._closed:
                    raise
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def change(self, method: str, *args: Any, **named: Any) -> Any:
        """Call a method that writes, with a longer timeout."""
        return self.call(method, *args, timeout=CHANGE_SECONDS, **named)

    def make_database(self) -> None:
        """Create the library's database unless it exists."""
        name = self.address.name
        try:
            self._attempt(lambda milvus: milvus.create_database(name, timeout=CHANGE_SECONDS))
        except RefusedCallError as error:
            if not _EXISTS.search(error.reason):
                raise

    def no_library(self) -> MissingLibraryError:
        """Return the error for a library that does not exist on the server."""
        return MissingLibraryError(
            f"There is no library {self.address.name} on {self.address.host_and_port}; "
            "check the name, or create it with `photoseek index FOLDER`."
        )

    def _attempt(self, attempt: Callable[[Any], Any]) -> Any:
        milvus = None
        try:
            milvus = self._connect()
            return attempt(milvus)
        except ServerError:
            raise
        except Exception as error:  # pymilvus and gRPC raise many kinds of exceptions
            failure = self._to_server_error(error)
            if isinstance(failure, ServerUnavailableError):
                self._forget(milvus)
            raise failure from None

    def _connect(self) -> Any:
        with self._lock:
            if self._closed:
                raise ServerUnavailableError(
                    f"The connection to {self.address.host_and_port} is closed."
                )
            if self._milvus is None:
                client = _load()
                self._milvus = client(
                    uri=self.address.uri,
                    token=self._token,
                    db_name=self.address.name,
                    timeout=CONNECT_SECONDS,
                    dedicated=True,
                )
            return self._milvus

    def _forget(self, milvus: Any) -> None:
        """Drop the connection; the next call connects again."""
        with self._lock:
            if milvus is None or milvus is not self._milvus:
                return
            self._milvus = None
        _close(milvus)

    def _to_server_error(self, error: Exception) -> ServerError:
        code, reason = _code_and_reason(error)
        if self._token:
            for part in (self._token, self._token.partition(":")[2]):
                reason = reason.replace(part, "...") if part else reason
        host = self.address.host_and_port
        if code in _REFUSED or _REFUSED_WORDS.search(reason):
            if not self._token:
                return ServerError(
                    f"The server {host} needs a login; set {TOKEN_VARIABLE} to user:password or to "
                    "a key."
                )
            return ServerError(f"The server {host} rejects the credentials in {TOKEN_VARIABLE}.")
        if code in _FORBIDDEN or _FORBIDDEN_WORDS.search(reason):
            return ForbiddenError(
                f"You lack the rights for this on the library {self.address}; ask for them, or set "
                f"{TOKEN_VARIABLE} to a user who has them."
            )
        if code in _NOT_NOW or _NOT_NOW_WORDS.search(reason):
            return ServerUnavailableError(
                f"The server {host} does not answer; check that it runs and can be reached, then "
                "try again. Progress is saved."
            )
        if code == NO_DATABASE:
            return self.no_library()
        short = " ".join(reason.split())[:_LONGEST_REASON]
        return RefusedCallError(f"The server {host} rejected the request ({short}).", code, short)


class ServerUnavailableError(ServerError):
    """The server can't be reached, or is not ready."""


class MissingLibraryError(ServerError):
    """The server has no such database, or no library in it."""


class ForbiddenError(ServerError):
    """The user lacks the permission."""


class RefusedCallError(ServerError):
    """The server rejects the call, with its own ``code`` and ``reason``."""

    def __init__(self, message: str, code: int, reason: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


def _load() -> Any:
    """Import pymilvus, whose log would write tracebacks over the screen.

    Raises:
        ServerError: it is not installed.
    """
    import logging

    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise ServerError(
            "A library on a server needs pymilvus: pip install 'photoseek[milvus]'."
        ) from error
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)
    return MilvusClient


def _close(milvus: Any) -> None:
    if milvus is not None:
        try:
            milvus.close()
        except Exception:  # a broken connection can't be closed properly
            return


def _code_and_reason(error: Exception) -> tuple[int, str]:
    """Return the server's code, -1 if there is none, and its message."""
    cause = error.__cause__
    if isinstance(cause, Exception) and callable(getattr(cause, "code", None)):
        error = cause  # from gRPC: pymilvus describes each as a failed connection
    code = getattr(error, "code", None)
    status = code() if callable(code) else code
    message = getattr(error, "message", None) or getattr(error, "details", None)
    text = message() if callable(message) else message
    number = status if isinstance(status, int) else -1
    name = getattr(status, "name", "")  # gRPC's codes are not numbers
    if name in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "CANCELLED"):
        number = 2
    return number, f"{name} {text or error}".strip()
