"""The rounds that a watcher reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tui.cli.index_rounds import watched
from tui.cli.terminal.index_report import JsonLines
from tui.core.settings import Settings
from tui.core.stop_request import StopRequest
from tui.indexing.report import IndexReport
from tui.indexing.watch import child_indexer, watcher
from tui.library.base.folder_options import OptionChanges
from tui.models.registry import find_model

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTHING = IndexReport(0, 5, 0, 0, 0, 0.1, cancelled=False)


def test_a_repeated_round_is_reported_even_if_nothing_is_left_to_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rounds(indexer: child_indexer.ChildIndexer, *_: Any, **__: Any) -> Iterator[IndexReport]:
        yield NOTHING  # the first round is always reported
        yield NOTHING
        indexer.restarts += 1
        yield NOTHING
        yield NOTHING

    monkeypatch.setattr(watcher, "watch_folders", rounds)
    settings = Settings(tmp_path)
    stop = StopRequest()
    reports = watched(
        JsonLines(stop.set),
        [tmp_path],
        spec=find_model("starter", settings),
        settings=settings,
        options=OptionChanges(),
        stop=stop,
    )
    assert list(reports) == [NOTHING, NOTHING]
