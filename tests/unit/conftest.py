"""Fixtures for several rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.libraries.indexed_library import IndexedLibrary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    """An empty library in a folder, and an indexer for it."""
    library = IndexedLibrary(tmp_path / "data")
    yield library
    library.catalog.close()
