"""The application draws hostile names, facts and sentences as text."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.support.app_harness import Eyes, House
from tests.support.embedders import save_picture
from tui.app.model.app_state import AppState
from tui.library.local.catalog.reader import Catalog

HOSTILE = "evil \x1b]0;PWNED\x07 \x9b31m \u202egnp.\x7f\n\x08 [bold]x[red]"
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def drawn(eyes: Eyes) -> list[str]:
    """Return the lines of the screen, without what only the terminal itself understands."""
    return [strip.text for strip in eyes.app.screen._compositor.render_strips()]


async def shows_no_control(eyes: Eyes, what: str) -> None:
    lines: list[str] = []

    def is_drawn() -> bool:
        lines[:] = drawn(eyes)
        return any("evil" in line for line in lines)

    await eyes.until(is_drawn, what)
    assert [line for line in lines if UNSAFE.search(line)] == []


async def test_no_screen_passes_on_what_moves_the_cursor(house: House) -> None:
    for name in (f"red {HOSTILE}.png", f"{HOSTILE}/blue {HOSTILE}.png", "red.png"):
        target = house.pictures / name
        target.parent.mkdir(exist_ok=True)
        save_picture(target, "red")
    odd = os.fsdecode(b"evil \xff\x9b.png")
    save_picture(house.pictures / odd, "green")
    (house.pictures / f"broken {HOSTILE}.png").write_bytes(b"no picture")
    house.index()
    with Catalog.open(house.settings.data_dir) as catalog, catalog.writing() as connection:
        connection.execute("UPDATE contents SET camera = ?, format = ?", (HOSTILE, HOSTILE))
        connection.execute("UPDATE contents SET error = ? WHERE error NOT NULL", (HOSTILE,))
    saved = {f"name {HOSTILE}": f"red {HOSTILE}"}
    memory = AppState(first_run=False, history=(f"blue {HOSTILE}",), saved=saved)
    async with house.app(house.pictures, memory=memory).run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await shows_no_control(eyes, "the grid and the folders")
        await pilot.press("enter")
        for keys, what in (
            (["v"], "the list"),
            (["f3"], "saved queries"),
            (["D"], "duplicates"),
            (["enter"], "the preview"),
            (["f2"], "a name for the query"),
            (["Y"], "the copied address"),
        ):
            await pilot.press(*keys)
            await shows_no_control(eyes, what)
            await pilot.press("escape")
            await pilot.press("p")


async def test_a_sentence_of_the_library_is_drawn_as_text(house: House) -> None:
    house.failing["library"] = RuntimeError(f"broken {HOSTILE}")
    async with house.app(Path(house.pictures)).run_test(size=(120, 30)) as pilot:
        await shows_no_control(Eyes(pilot), "the failure")
