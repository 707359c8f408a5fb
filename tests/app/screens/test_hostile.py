"""The application draws hostile names, facts and sentences as text."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.support.app_harness import AppHarness, AppView
from tests.support.embedders import save_picture
from tui.app.model.app_state import AppState
from tui.library.local.catalog.reader import Catalog

HOSTILE = "evil \x1b]0;PWNED\x07 \x9b31m \u202egnp.\x7f\n\x08 [bold]x[red]"
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def drawn(view: AppView) -> list[str]:
    """Return the lines of the screen, without control sequences."""
    return [strip.text for strip in view.app.screen._compositor.render_strips()]


async def shows_no_control(view: AppView, what: str) -> None:
    lines: list[str] = []

    def is_drawn() -> bool:
        lines[:] = drawn(view)
        return any("evil" in line for line in lines)

    await view.until(is_drawn, what)
    assert [line for line in lines if UNSAFE.search(line)] == []


async def test_no_screen_writes_control_characters_of_names(harness: AppHarness) -> None:
    for name in (f"red {HOSTILE}.png", f"{HOSTILE}/blue {HOSTILE}.png", "red.png"):
        target = harness.pictures / name
        target.parent.mkdir(exist_ok=True)
        save_picture(target, "red")
    odd = os.fsdecode(b"evil \xff\x9b.png")
    save_picture(harness.pictures / odd, "green")
    (harness.pictures / f"broken {HOSTILE}.png").write_bytes(b"no picture")
    harness.index()
    with Catalog.open(harness.settings.data_dir) as catalog, catalog.writing() as connection:
        connection.execute("UPDATE contents SET camera = ?, format = ?", (HOSTILE, HOSTILE))
        connection.execute("UPDATE contents SET error = ? WHERE error NOT NULL", (HOSTILE,))
    saved = {f"name {HOSTILE}": f"red {HOSTILE}"}
    memory = AppState(first_run=False, history=(f"blue {HOSTILE}",), saved=saved)
    async with harness.running(harness.pictures, memory=memory) as view:
        await shows_no_control(view, "the grid and the folders")
        await view.pilot.press("enter")
        for keys, what in (
            (["v"], "the list"),
            (["f3"], "saved queries"),
            (["D"], "duplicates"),
            (["enter"], "the preview"),
            (["f2"], "a name for the query"),
            (["Y"], "the copied address"),
        ):
            await view.pilot.press(*keys)
            await shows_no_control(view, what)
            await view.pilot.press("escape")
            await view.pilot.press("p")


async def test_a_sentence_of_the_library_is_drawn_as_text(harness: AppHarness) -> None:
    harness.failing["library"] = RuntimeError(f"broken {HOSTILE}")
    async with harness.app(Path(harness.pictures)).run_test(size=(120, 30)) as pilot:
        await shows_no_control(AppView(pilot), "the failure")
