"""A hub on this machine: enough of its protocol for downloads, and ways to misbehave."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """The files of the hub, and its behaviour.

    Attributes:
        url: its address.
        files: by ``owner/name/file``.
        drop_after: bytes of a file after which the connection breaks, ``drops`` times.
        drops: how often it will still break.
        claims: hashes that it reports instead of the true ones, by the same names.
        sizes: sizes that it reports instead of the true ones, by the same names.
        ranges: it can resume in the middle of a file.
        byte_delay: seconds before each 64 KiB.
        statuses: answers with these instead, by the same names.
        redirects: addresses to which a request for the bytes is redirected, by the same names.
        locations: addresses of the bytes that it reports instead, by the same names.
        requests: the received requests: method, path, range.
        tokens: the received authorizations.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    drop_after: int = 0
    drops: int = 0
    claims: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    byte_delay: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    locations: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def etag(self, name: str) -> str:
        return self.claims.get(name) or hashlib.sha256(self.files[name]).hexdigest()


class _Server(ThreadingHTTPServer):
    hub: FakeHub
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    @property
    def hub(self) -> FakeHub:
        return cast("_Server", self.server).hub

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_GET(self) -> None:
        self._answer("GET")

    def _answer(self, method: str) -> None:
        hub = self.hub
        hub.requests.append((method, self.path, self.headers.get("Range", "")))
        hub.tokens.append(self.headers.get("Authorization", ""))
        name = self.path.removeprefix("/cdn").lstrip("/").replace("/resolve/main/", "/")
        if name in hub.statuses:
            self._end(hub.statuses[name])
        elif name not in hub.files:
            self._end(404)
        elif self.path.startswith("/cdn") and name in hub.redirects:
            self._end(302, {"Location": hub.redirects[name]})
        elif self.path.startswith("/cdn"):
            self._send(hub.files[name])
        else:
            self._end(
                302,
                {
                    "Location": hub.locations.get(name) or f"{hub.url}/cdn/{name}",
                    "X-Repo-Commit": COMMIT,
                    "X-Linked-ETag": f'"{hub.etag(name)}"',
                    "X-Linked-Size": hub.sizes.get(name) or str(len(hub.files[name])),
                },
            )

    def _end(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, content: bytes) -> None:
        hub = self.hub
        start = 0
        byte_range = self.headers.get("Range", "")
        if byte_range and hub.ranges:
            start = int(byte_range.removeprefix("bytes=").partition("-")[0])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = len(content)
        if hub.drops and hub.drop_after < end - start:
            hub.drops -= 1
            end = start + hub.drop_after
        for offset in range(start, end, 1 << 16):
            time.sleep(hub.byte_delay)
            self.wfile.write(content[offset : min(offset + (1 << 16), end)])
        self.close_connection = end < len(content)


@contextmanager
def running_hub(**how: Any) -> Iterator[FakeHub]:
    """Run a hub on a free port of this machine."""
    hub = FakeHub(**how)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.hub = hub
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
