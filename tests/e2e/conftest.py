"""Fixtures of every test with a real process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.app.model.app_state import AppState, save


@pytest.fixture(autouse=True)
def _welcomed(_own_library: Path) -> None:
    """Skip the welcome screen of the first start."""
    save(AppState(first_run=False), _own_library / "data")
