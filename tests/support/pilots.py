"""Waiting for an application that a pilot drives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the application work until a condition holds."""
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.01)
    pytest.fail("the condition did not come true")
