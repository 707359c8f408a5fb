"""One large library for the tests that compare the search backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.libraries.clustered_pictures import MODEL, ROOT, clustered_pictures
from tests.support.libraries.paired_stores import PairedStores, open_paired_stores

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def paired(milvus_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PairedStores]:
    """Return clustered pictures in a folder and on a server, which no test changes."""
    with open_paired_stores(tmp_path_factory.mktemp("data"), milvus_port, MODEL) as paired:
        paired.commit_runs(ROOT, clustered_pictures())
        yield paired
