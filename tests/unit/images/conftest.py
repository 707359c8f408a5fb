"""Fixtures of the decoders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui.images.decoder import Decoder

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    """A decoder with its sandbox processes."""
    decoder = Decoder()
    yield decoder
    decoder.close()
