"""A small S3 on this machine: moto's server, which counts its requests and can reject them."""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Refuse = Callable[[str, str], str | None]
    """Takes a request's method (or LIST) and target; returns S3's error code, or None."""

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "throwaway",
    "AWS_SECRET_ACCESS_KEY": "not/a+secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_MAX_ATTEMPTS": "1",
}

_ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>No.</Message></Error>"


class S3:
    """A running server.

    Attributes:
        address: for AWS_ENDPOINT_URL.
        requests: the number of requests by kind: LIST, GET, HEAD, PUT, DELETE.
    """

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no log line for each request
        self.requests: Counter[str] = Counter()
        self._refuse: Refuse = lambda _method, _path: None
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self._client: Any = None

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @contextmanager
    def refusing(self, refuse: Refuse) -> Iterator[None]:
        """Answer the requests that ``refuse`` selects with an error, for a while."""
        self._refuse = refuse
        try:
            yield
        finally:
            self._refuse = lambda _method, _path: None

    def put(self, bucket: str, objects: dict[str, bytes]) -> None:
        """Write objects, to a bucket that is created if it is missing."""
        client = self._own_client()
        client.call_s3("create_bucket", Bucket=bucket)
        for key, data in objects.items():
            client.call_s3("put_object", Bucket=bucket, Key=key, Body=data)

    def remove(self, bucket: str, key: str) -> None:
        """Remove an object."""
        self._own_client().call_s3("delete_object", Bucket=bucket, Key=key)

    def _own_client(self) -> Any:
        if self._client is None:
            from s3fs import S3FileSystem

            self._client = S3FileSystem(
                key="throwaway",
                secret="throwaway",
                endpoint_url=self.address,
                skip_instance_cache=True,
            )
        return self._client

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        method, path, query = (
            str(environ.get(name, "")) for name in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING")
        )
        listing = method == "GET" and "list-type" in query
        self.requests["LIST" if listing else method] += 1
        code = self._refuse("LIST" if listing else method, f"{path}?{unquote(query)}")
        if code is None:
            return self._moto(environ, start)
        start("403 Forbidden", [("Content-Type", "application/xml")])
        return [] if method == "HEAD" else [_ERROR.format(code=code).encode()]


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    pytest.importorskip("moto", reason="no moto: pip install 'moto[s3]' flask-cors")
    pytest.importorskip("s3fs", reason="no s3fs: pip install s3fs")
    server = S3()
    yield server
    server.close()


@pytest.fixture
def s3(s3_server: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """Give this test, and its child processes, the server and keys for it.

    A client is created once a bucket and process, so a test that needs another environment uses a
    different bucket.
    """
    for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
        monkeypatch.delenv(name)
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": s3_server.address}.items():
        monkeypatch.setenv(name, value)
    s3_server.requests.clear()
    return s3_server
