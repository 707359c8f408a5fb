import pytest

from tui.app.terminal.painting.pen import Pen, linked, written_whole

RED_ON_BLUE = "38;2;255;0;0;48;2;0;0;255"


def after(*keys: str) -> str:
    """Return the text that switches to the last of some styles."""
    pen = Pen()
    return [pen.switch(key) for key in keys][-1]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ((RED_ON_BLUE,), f"\x1b[{RED_ON_BLUE}m"),
        ((RED_ON_BLUE, "38;2;0;0;0;48;2;0;0;255"), "\x1b[38;2;0;0;0m"),
        ((RED_ON_BLUE, "38;2;255;0;0;48;2;1;1;1"), "\x1b[48;2;1;1;1m"),
        ((RED_ON_BLUE, f"1;{RED_ON_BLUE}"), "\x1b[1m"),
        ((f"1;{RED_ON_BLUE}", RED_ON_BLUE), f"\x1b[0;{RED_ON_BLUE}m"),
        ((RED_ON_BLUE, ""), "\x1b[0m"),
        ((RED_ON_BLUE, "48;2;0;0;255"), "\x1b[39m"),
        ((RED_ON_BLUE, "38;5;7;48;5;9"), "\x1b[38;5;7;48;5;9m"),
        (("31;44", "91;44"), "\x1b[91m"),
        (("31;44", "31;104"), "\x1b[104m"),
        (("1;31", "3;31"), "\x1b[0;3;31m"),
        (("39;49", "31;49"), "\x1b[31m"),
        # Shares of the first colour that look like the start of the second.
        (("38;2;1;48;2;48;2;3;4;5", "38;2;1;48;2;48;2;3;4;6"), "\x1b[48;2;3;4;6m"),
        (("38;2;1;2;48;48;2;48;2;5", "38;2;1;2;49;48;2;48;2;5"), "\x1b[38;2;1;2;49m"),
    ],
)
def test_only_differences_are_sent(keys: tuple[str, ...], text: str) -> None:
    assert after(*keys) == text


def test_links_begin_and_end() -> None:
    link = linked("31", "https://example.org", "7")
    assert after(link) == "\x1b]8;id=7;https://example.org\x1b\\\x1b[31m"
    assert after(link, "31") == "\x1b]8;;\x1b\\"
    assert after(link, "") == "\x1b]8;;\x1b\\\x1b[0m"
    assert after(link, RED_ON_BLUE) == f"\x1b]8;;\x1b\\\x1b[{RED_ON_BLUE}m"
    assert after("31", link) == "\x1b]8;id=7;https://example.org\x1b\\"


def test_a_style_of_pictures_is_written_whole() -> None:
    first, second = written_whole("38;2;1;2;3", "ab"), written_whole("38;2;1;2;3", "ac")
    assert after(first, second) == "\x1b[0;38;2;1;2;3m"
    assert after("38;2;1;2;3", first) == "\x1b[0;38;2;1;2;3m"
