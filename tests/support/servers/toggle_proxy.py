"""A proxy before a server on this machine, which can be closed and opened."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from tui.core.closing import Closing


class ToggleProxy(Closing):
    """Forwards the connections to a port of its own; it can be closed and opened again."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._lock = threading.Lock()
        self._connections: list[socket.socket] = []
        self.port = 0
        self.open()

    def open(self) -> None:
        """Let connections through."""
        self._door = socket.create_server(("127.0.0.1", self.port))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._receive, args=(self._door,), daemon=True).start()

    def close(self) -> None:
        """Cut all connections, and reject new ones."""
        with self._lock:
            for connection in [self._door, *self._connections]:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
            self._connections.clear()

    def _receive(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                one, _ = door.accept()
                other = socket.create_connection(("127.0.0.1", self._to))
                with self._lock:
                    self._connections += [one, other]
                for source, target in ((one, other), (other, one)):
                    threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
