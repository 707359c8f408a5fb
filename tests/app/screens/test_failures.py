"""The files that could not be indexed: in the application and on the command line, with advice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from textual.widgets import OptionList, Static

from tests.support.app_harness import AppHarness, AppView
from tui.app.screens.failures import FailuresScreen
from tui.cli import main
from tui.core.domain import Failure
from tui.library.base.failure_kinds import KINDS, by_kind, kind_of

TEXT = b"no picture, only words\n" * 4


def spoil(harness: AppHarness, *names: str) -> None:
    for name in names:
        (harness.pictures / name).write_bytes(TEXT)


def lines(view: AppView) -> list[str]:
    options = view.app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(index).prompt) for index in range(options.option_count)]


def text(view: AppView, selector: str) -> str:
    return str(view.app.screen.query_one(selector, Static).render())


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        ("The file can't be read: Permission denied.", "access"),
        ("Truncated file: a part of the picture is missing.", "incomplete"),
        ("The file is cut off: a part of the picture is missing.", "incomplete"),
        ("The file is truncated or broken: it can't be read as JPEG XL.", "broken"),
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


async def test_failures_are_listed_and_follow_the_next_run(harness: AppHarness) -> None:
    harness.save("red.png")
    spoil(harness, "bad.jpg", "two\nlines\x1b[2J.jpg")
    (harness.pictures / "none.png").write_bytes(b"")
    app = harness.app(harness.pictures)
    async with app.run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.indexing_text.endswith("F6: list"))
        assert "3 unreadable" in view.indexing_text
        await view.ready()
        await pilot.press("f6")
        await view.until(lambda: isinstance(view.app.screen, FailuresScreen))
        await view.until(lambda: "3 files can't be read" in text(view, "#failures-status"))
        assert "Rename or remove them" in lines(view)[0]
        assert r"two\nlines\x1b[2J.jpg" in "".join(lines(view))
        assert not [line for line in lines(view) if "\x1b" in line or "\n" in line]
        await view.until(lambda: "bad.jpg" in text(view, "#failures-reason"))
        assert "not a picture" in text(view, "#failures-reason")
        (harness.pictures / "none.png").unlink()
        view.indexing.begin(harness.pictures)
        await view.until(lambda: "2 files can't be read" in text(view, "#failures-status"))
        assert "bad.jpg" in text(view, "#failures-reason")
        await pilot.press("escape")
        await view.until(lambda: view.app.screen is view.main)
        view.main.leave()


async def test_a_failed_file_can_be_opened(harness: AppHarness) -> None:
    spoil(harness, "bad.jpg")
    harness.opener = f"cp {{}} {harness.home}/opened"
    async with harness.app(harness.pictures).run_test(size=(110, 30), notifications=True) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "1 failed" in view.indexing_text)
        await pilot.press("f6")
        await view.until(lambda: isinstance(view.app.screen, FailuresScreen))
        await view.until(lambda: len(lines(view)) == 2)
        await pilot.press("enter")
        await view.until(lambda: "Opened bad.jpg" in str([*view.app._notifications]))
        view.main.leave()


async def test_a_library_without_failures_has_an_empty_list(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(110, 30)) as view:
        await view.pilot.press("f6")
        await view.until(lambda: isinstance(view.app.screen, FailuresScreen))
        await view.until(lambda: "no failures" in text(view, "#failures-status"))
        assert lines(view) == []
        view.main.leave()


async def test_the_reason_is_shown_if_the_library_can_not_be_read(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(110, 30)) as view:
        indexed_harness.server.away = True
        await view.pilot.press("f6")
        await view.until(lambda: isinstance(view.app.screen, FailuresScreen))
        await view.until(lambda: "The server is unavailable" in text(view, "#failures-status"))
        indexed_harness.server.away = False
        view.main.leave()


def test_the_command_line_lists_them(harness: AppHarness) -> None:
    harness.save("red.png")
    harness.index()
    data = ["--data-dir", str(harness.settings.data_dir)]
    none = CliRunner().invoke(main, ["status", "--failures", *data])
    assert (none.exit_code, none.output) == (1, "No failures.\n")
    spoil(harness, "bad.jpg", "two\nlines.jpg")
    harness.index()
    listed = CliRunner().invoke(main, ["status", "--failures", *data])
    assert listed.exit_code == 0
    head, *lines = listed.output.splitlines()
    assert head.startswith("Files that are not pictures (2): Rename or remove them")
    assert lines[0].startswith(f"  {harness.pictures}/bad.jpg: ")
    assert r"two\nlines.jpg" in lines[1]
    report = json.loads(CliRunner().invoke(main, ["status", "--failures", "--json", *data]).output)
    assert [failure["kind"] for failure in report["failures"]] == ["no_picture"] * 2
    assert report["failures"][1]["path"] == f"{harness.pictures}/two\nlines.jpg"
    assert report["kinds"][0]["files"] == 2
