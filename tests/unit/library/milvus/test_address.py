from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.core.errors import ConfigError
from tui.library.milvus.address import MilvusAddress, parse_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("milvus://nas:1234/family", MilvusAddress("nas", 1234, "family")),
        ("milvus://nas", MilvusAddress("nas", 19530, "photoseek")),
        ("milvus+tls://pictures.example/", MilvusAddress("pictures.example", tls=True)),
        ("milvus://[::1]:9/x_1", MilvusAddress("::1", 9, "x_1")),
    ],
)
def test_an_address_names_a_server_and_a_database(text: str, expected: MilvusAddress) -> None:
    assert parse_address(text) == expected
    assert parse_address(str(expected)) == expected


def test_the_client_gets_a_web_address() -> None:
    assert parse_address("milvus://nas:1234/family").uri == "http://nas:1234"
    assert parse_address("milvus+tls://[::1]:9").uri == "https://[::1]:9"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("milvus://", "is not the address of a library"),
        ("milvus://nas:port/x", "is not the address of a library"),
        ("milvus://nas:99999/x", "is not the address of a library"),
        ("milvus://[::1/x", "is not the address of a library"),
        ("http://nas:19530/x", "is not the address of a library"),
        ("milvus://nas/x?secure=1", "is not the address of a library"),
        ("milvus://nas/a-b", "Invalid library name 'a-b'"),
        ("milvus://nas/1st", "Invalid library name '1st'"),
        ("milvus://nas/a/b", "Invalid library name 'a/b'"),
    ],
)
def test_any_other_text_is_one_sentence(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse_address(text)


def test_a_password_in_the_address_is_rejected_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match="PHOTOSEEK_MILVUS_TOKEN") as caught:
        parse_address("milvus://anna:hunter2@nas/x")
    assert "hunter2" not in str(caught.value)
    assert "anna" not in str(caught.value)


@given(st.text())
@example("milvus://\x00")
@example("milvus://a]b")
@example("milvus://½/x")
def test_any_text_is_parsed_or_rejected(text: str) -> None:
    with suppress(ConfigError):
        assert parse_address(str(address := parse_address(f"milvus://{text}"))) == address
