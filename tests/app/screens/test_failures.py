"""The files that could not be indexed: in the application and on the command line, with advice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from textual.widgets import OptionList, Static

from tests.support.app_harness import Eyes, House
from tui.app.screens.failures import FailuresScreen
from tui.cli import main
from tui.core.domain import Failure
from tui.library.base.failure_kinds import KINDS, by_kind, kind_of

TEXT = b"no picture, only words\n" * 4


def spoil(house: House, *names: str) -> None:
    for name in names:
        (house.pictures / name).write_bytes(TEXT)


def lines(eyes: Eyes) -> list[str]:
    found = eyes.app.screen.query_one(OptionList)
    return [str(found.get_option_at_index(place).prompt) for place in range(found.option_count)]


def text(eyes: Eyes, selector: str) -> str:
    return str(eyes.app.screen.query_one(selector, Static).render())


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        ("The file can't be read: Permission denied.", "access"),
        ("The file is cut off: a part of the picture is missing.", "incomplete"),
        ("The file is cut off or broken: it can't be read as JPEG XL.", "broken"),
        ("Reading HEIC needs the package pillow-heif; install it.", "package"),
        ("It has more than 100 megapixels, the most that are read.", "too_large"),
        ("Decoding it needs more memory than one picture may take.", "too_large"),
        ("Decoding it took longer than 60 s.", "decoder"),
        ("The decoder crashed on it; the file is broken.", "decoder"),
        ("It is a video, not a picture; ffmpeg can take pictures from it.", "video"),
        ("It is a text file, not a picture.", "no_picture"),
        ("The file is empty.", "no_picture"),
        ("The file is broken: it can't be read as JPEG.", "broken"),
        ("", "broken"),
    ],
)
def test_each_reason_has_a_kind(reason: str, name: str) -> None:
    assert kind_of(reason).name == name


def test_groups_are_in_the_order_of_the_kinds() -> None:
    reasons = ["It is broken.", "The file is empty.", "The file is cut off: a part is missing."]
    failures = [Failure(Path(f"/{number}.jpg"), reason) for number, reason in enumerate(reasons)]
    groups = by_kind([*failures, *failures])
    assert [kind.name for kind, _ in groups] == ["incomplete", "no_picture", "broken"]
    assert [len(group) for _, group in groups] == [2, 2, 2]
    assert len({kind.name for kind in KINDS}) == len(KINDS)


async def test_failures_are_listed_and_follow_the_next_run(house: House) -> None:
    house.save("red.png")
    spoil(house, "bad.jpg", "two\nlines\x1b[2J.jpg")
    (house.pictures / "none.png").write_bytes(b"")
    app = house.app(house.pictures)
    async with app.run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.text("#indexing").endswith("F6 why"))
        assert "3 failed" in eyes.text("#indexing")
        await eyes.ready()
        await pilot.press("f6")
        await eyes.until(lambda: isinstance(eyes.app.screen, FailuresScreen))
        await eyes.until(lambda: "3 files can't be read" in text(eyes, "#failures-status"))
        assert "Rename or remove them" in lines(eyes)[0]
        assert r"two\nlines\x1b[2J.jpg" in "".join(lines(eyes))
        assert not [line for line in lines(eyes) if "\x1b" in line or "\n" in line]
        await eyes.until(lambda: "bad.jpg" in text(eyes, "#failures-reason"))
        assert "not a picture" in text(eyes, "#failures-reason")
        (house.pictures / "none.png").unlink()
        eyes.indexing.begin(house.pictures)
        await eyes.until(lambda: "2 files can't be read" in text(eyes, "#failures-status"))
        assert "bad.jpg" in text(eyes, "#failures-reason")
        await pilot.press("escape")
        await eyes.until(lambda: eyes.app.screen is eyes.main)
        eyes.main.leave()


async def test_a_failed_file_can_be_opened(house: House) -> None:
    spoil(house, "bad.jpg")
    house.opener = f"cp {{}} {house.home}/opened"
    async with house.app(house.pictures).run_test(size=(110, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "1 failed" in eyes.text("#indexing"))
        await pilot.press("f6")
        await eyes.until(lambda: isinstance(eyes.app.screen, FailuresScreen))
        await eyes.until(lambda: len(lines(eyes)) == 2)
        await pilot.press("enter")
        await eyes.until(lambda: "Opened bad.jpg" in str([*eyes.app._notifications]))
        eyes.main.leave()


async def test_a_library_without_failures_says_so(full_house: House) -> None:
    async with full_house.app().run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("f6")
        await eyes.until(lambda: isinstance(eyes.app.screen, FailuresScreen))
        await eyes.until(lambda: "no failures" in text(eyes, "#failures-status"))
        assert lines(eyes) == []
        eyes.main.leave()


async def test_a_library_that_can_not_be_read_says_why(full_house: House) -> None:
    async with full_house.app().run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        full_house.server.away = True
        await pilot.press("f6")
        await eyes.until(lambda: isinstance(eyes.app.screen, FailuresScreen))
        await eyes.until(lambda: "The server is away" in text(eyes, "#failures-status"))
        full_house.server.away = False
        eyes.main.leave()


def test_the_command_line_lists_them(house: House) -> None:
    house.save("red.png")
    house.index()
    data = ["--data-dir", str(house.settings.data_dir)]
    none = CliRunner().invoke(main, ["status", "--failures", *data])
    assert (none.exit_code, none.output) == (1, "No failures.\n")
    spoil(house, "bad.jpg", "two\nlines.jpg")
    house.index()
    listed = CliRunner().invoke(main, ["status", "--failures", *data])
    assert listed.exit_code == 0
    head, *rest = listed.output.splitlines()
    assert head.startswith("Files that are not pictures (2): Rename or remove them")
    assert rest[0].startswith(f"  {house.pictures}/bad.jpg: ")
    assert r"two\nlines.jpg" in rest[1]
    found = json.loads(CliRunner().invoke(main, ["status", "--failures", "--json", *data]).output)
    assert [failure["kind"] for failure in found["failures"]] == ["no_picture"] * 2
    assert found["failures"][1]["path"] == f"{house.pictures}/two\nlines.jpg"
    assert found["kinds"][0]["files"] == 2
