"""The errors of a server, and the sentences for the user; real gRPC, with a fake server."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tui.core.errors import PhotoseekError, ServerError
from tui.library.milvus.address import MilvusAddress
from tui.library.milvus.client import (
    MissingLibraryError,
    RefusedCallError,
    ServerClient,
    ServerUnavailableError,
)

grpc: Any = pytest.importorskip("grpc", reason="the package pymilvus is not installed")

TOKEN = "anna:hunter2"


class Refusing:
    """Answers every call in the same way: with a gRPC status, or with a code of Milvus."""

    def __init__(self, status: str = "", code: int = 0, reason: str = "", version: str = "v2.4.0"):
        self.status = status
        self.code = code
        self.reason = reason
        self.version = version
        self.calls = 0

    def service(self, details: Any) -> Any:
        from pymilvus.grpc_gen import common_pb2, milvus_pb2

        method = details.method.rpartition("/")[2]
        ok = common_pb2.Status()

        def answer(request: bytes, context: Any) -> Any:
            self.calls += 1
            if method == "Connect":
                return milvus_pb2.ConnectResponse(status=ok)
            if method == "GetVersion" and not self.status:
                return milvus_pb2.GetVersionResponse(status=ok, version=self.version)
            if self.status:
                context.abort(grpc.StatusCode[self.status], self.reason)
            return common_pb2.Status(code=self.code, reason=self.reason, error_code=1)

        return grpc.unary_unary_rpc_method_handler(
            answer, response_serializer=lambda message: message.SerializeToString()
        )


@contextmanager
def served(behaviour: Refusing, port: int = 0) -> Iterator[MilvusAddress]:
    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, handler_call_details: Any) -> Any:
            return behaviour.service(handler_call_details)

    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool, handlers=[Handler()])
        port = server.add_insecure_port(f"127.0.0.1:{port}")
        server.start()
        try:
            yield MilvusAddress("127.0.0.1", port, "family")
        finally:
            server.stop(None).wait()


def use(client: ServerClient) -> None:
    client.open()
    client.call("drop_collection", "photoseek", timeout=0.5)


def failure(behaviour: Refusing, token: str = TOKEN, *, patience: float = 0.0) -> ServerError:
    with (
        served(behaviour) as address,
        closing(ServerClient(address, token, patience=patience)) as client,
        pytest.raises(ServerError) as caught,
    ):
        use(client)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "reason", "told"),
    [
        ("UNAUTHENTICATED", 0, f"auth check failure for {TOKEN}", "rejects the credentials in"),
        ("", 1400, "not authenticated", "rejects the credentials in"),
        ("", 65535, "auth check failure, please check api key is correct", "rejects the cred"),
        (
            "PERMISSION_DENIED",
            0,
            "no privilege",
            "You lack the rights for this on the library milvus://",
        ),
        ("", 65535, "PrivilegeDropCollection: permission deny to anna", "You lack the rights"),
        ("", 800, "database not found[database=family]", "There is no library family on 127.0"),
        ("", 65535, f"some\nthing {TOKEN} else " * 90, "rejected the request (some thing ... else"),
    ],
)
def test_a_rejection_is_one_sentence(status: str, code: int, reason: str, told: str) -> None:
    assert told in str(failure(Refusing(status, code, reason)))


def test_missing_credentials_are_explained() -> None:
    message = failure(Refusing("UNAUTHENTICATED", 0, "missing authorization"), token="")
    assert "set PHOTOSEEK_MILVUS_TOKEN to user:password" in str(message)


def test_an_old_server_is_rejected() -> None:
    message = failure(Refusing(version="v2.2.9-lite"))
    assert "runs Milvus 2.2.9; upgrade it to 2.3.2 or newer" in str(message)


@pytest.mark.parametrize("code", [1, 8, 503])
def test_a_call_to_a_server_that_is_not_ready_is_retried_for_a_while(code: int) -> None:
    behaviour = Refusing("", code, "service not ready")
    message = failure(behaviour, patience=0.5)
    assert isinstance(message, ServerUnavailableError)
    assert behaviour.calls > 3


def test_a_refused_call_is_not_retried() -> None:
    behaviour = Refusing("", 1100, "invalid parameter")
    message = failure(behaviour, patience=5.0)
    assert isinstance(message, RefusedCallError)
    assert message.code == 1100
    assert not isinstance(message, MissingLibraryError)
    assert behaviour.calls < 6


def test_an_unreachable_server_is_one_sentence_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    client = ServerClient(MilvusAddress("127.0.0.1", port, "family"), TOKEN, patience=30.0)
    with pytest.raises(ServerUnavailableError, match="does not answer; check that it runs"):
        client.open()


def test_a_closed_client_raises_a_sentence() -> None:
    client = ServerClient(MilvusAddress("127.0.0.1", 1, "family"))
    client.close()
    with pytest.raises(PhotoseekError, match="is closed"):
        client.call("list_collections")


def test_a_client_reconnects_to_a_restarted_server() -> None:
    behaviour = Refusing()
    with served(behaviour) as address:
        client = ServerClient(address, TOKEN, patience=20.0)
        client.open()
    calls = behaviour.calls
    with ThreadPoolExecutor(1) as pool, closing(client):
        answer = pool.submit(client.call, "get_server_version")
        time.sleep(0.5)
        assert not answer.done()
        with served(behaviour, address.port):
            assert answer.result(20) == behaviour.version
    assert behaviour.calls > calls
