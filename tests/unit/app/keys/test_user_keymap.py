"""The user's keys: what is understood, and that every mistake is one sentence with its place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tui.app.keys.actions import ACTIONS
from tui.app.keys.user_keymap import RENAMED, checked_keymap
from tui.core.errors import ConfigError
from tui.core.settings import Keymap
from tui.core.settings_file import load_settings, location_of

PROBE = """
import asyncio, sys
from tui.app.keys.bindings import use_keymap
use_keymap({"panes.folders": ("z", "ctrl+t"), "panes.help": (), "panes.search": ("ctrl+k",)})

from tests.support.app_harness import AppView, AppHarness
from pathlib import Path
from tui.app.keys.bindings import action_of, key_for, shown_keys

async def main():
    harness = AppHarness(Path(sys.argv[1]))
    harness.pictures.mkdir()
    async with harness.app().run_test(size=(100, 30)) as pilot:
        view = AppView(pilot)
        await view.ready()
        await pilot.press("z", "f")
        assert view.query.value == "zf", "a letter is text in the search input"
        await pilot.press("ctrl+t")
        await view.until(lambda: view.tree.has_focus)
        await pilot.press("f", "question_mark", "slash")
        assert view.tree.has_focus
        await pilot.press("ctrl+k")
        await view.until(lambda: view.query.has_focus)
        assert shown_keys(action_of("panes.folders")) == "z, Ctrl+T"
        assert key_for("panes.help") == "no key"
    print("as chosen")

asyncio.run(main())
"""


def keymap(tmp_path: Path, toml: str) -> dict[str, tuple[str, ...]]:
    file = tmp_path / "config.toml"
    file.write_text(toml, encoding="utf-8")
    settings = load_settings(environ={}, config_file=file)
    return checked_keymap(settings.keys, lambda key: location_of(key, file))


def anywhere(keymap: Keymap) -> dict[str, tuple[str, ...]]:
    return checked_keymap(keymap, str)


def test_keys_are_read_with_and_without_quotes_around_the_id(tmp_path: Path) -> None:
    toml = (
        '[keys]\n"panes.index" = "f11"\npanes.tree = ["F10", "ctrl+t"]\n[keys.help]\nclose = []\n'
    )
    assert keymap(tmp_path, toml) == {
        "panes.index": ("f11",),
        "panes.tree": ("f10", "ctrl+t"),
        "help.close": (),
    }


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Ctrl+T", "ctrl+t"),
        ("PgDn", "pagedown"),
        ("Esc", "escape"),
        ("F8", "f8"),
        ("?", "question_mark"),
        ("/", "slash"),
        ("-", "minus"),
        ("+", "plus"),
        (",", "comma"),
        ("G", "G"),
        ("é", "é"),
        ("Space", "space"),
        ("shift+left", "shift+left"),
    ],
)
def test_keys_are_written_as_people_do(written: str, key: str) -> None:
    assert anywhere((("name.close", (written,)),)) == {"name.close": (key,)}


@pytest.mark.parametrize("written", ["", "contrl+x", "F99", "ctrl+", "pagedwn", "a b", "ctrl+ctrl"])
def test_an_unknown_key_is_rejected(written: str) -> None:
    with pytest.raises(ConfigError, match="there is no key"):
        anywhere((("help.close", (written,)),))


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('[keys]\n\npanes.indx = "z"', "line 3: there is no action 'panes.indx'; it may be"),
        ('[keys]\npanes.index = "ctrl+++"', "line 2: there is no key"),
        ("[keys]\npanes.index = 3", "line 2: keys.panes.index must be a key in quotes"),
        ('keys = "x"', "line 1: keys must be a table"),
        ('[keys]\npanes.index = "q"', "line 2: q would be both panes.index and panes.quit"),
        ('[keys]\npanes.index = "j"', "line 2: j would be both panes.index and pictures.down"),
        (
            '[keys]\npictures.open = "z"\npanes.index = "z"',
            "z would be both panes.index and pictures.open",
        ),
        ('[keys]\npreview.next = "ctrl+q"', "anywhere.quit"),
    ],
)
def test_an_error_names_its_location(tmp_path: Path, toml: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        keymap(tmp_path, toml)
    sentence = str(caught.value)
    assert says in sentence
    assert str(tmp_path / "config.toml") in sentence
    assert sentence.endswith(".")


def test_two_actions_can_change_their_keys(tmp_path: Path) -> None:
    toml = '[keys]\npanes.index = "r"\npanes.resume = "i"\npreview.close = "f6"\n'
    assert keymap(tmp_path, toml)["panes.index"] == ("r",)


def test_the_usual_keys_are_without_conflict() -> None:
    assert anywhere(tuple((action.id, action.keys) for action in ACTIONS))


def test_the_chosen_keys_work_and_are_shown(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "as chosen\n", done.stderr


EARLIER = {
    "anywhere": "quit interrupt palette help redraw next previous",
    "search": "pictures later earlier complete complete_back clear",
    "panes": """
        search pictures folders back index cancel resume everything save saved models failures
        refresh tree help quit duplicates
    """,
    "pictures": """
        up down left right first last page_up page_down open folder similar unfold day view mark
        mark_all invert range unmark copy_paths launch reveal copy_into hard_link symlink
        write_list trash undo
    """,
    "picking": "choose",
    "folders": "up down open close first last page_up page_down choose parent",
    "preview": """
        right left down up next previous larger smaller whole facts mark slides slower faster
        copy_paths launch reveal copy_into hard_link symlink write_list trash undo help close
    """,
    "duplicates": """
        up down page_up page_down first last mark rest unmark looser stricter copy_paths launch
        reveal copy_into hard_link symlink write_list trash undo help close
    """,
    "question": "yes no",
    "ask": "complete cancel",
    "name": "close",
    "saved": "delete close",
    "models": "pull stop close",
    "failures": "reveal copy help close",
    "welcome": "begin",
    "help": "turn close",
}
"""The actions of version 0.1 by scope, whose ids may be in the settings of users."""


@pytest.mark.parametrize("where", EARLIER)
def test_ids_of_an_earlier_version_are_accepted(where: str) -> None:
    ids = [f"{where}.{name}" for name in EARLIER[where].split()]
    assert {RENAMED.get(name, name) for name in ids} <= {action.id for action in ACTIONS}
    for number, action_id in enumerate(ids):
        keymap: Keymap = ((action_id, (f"ctrl+f{number % 12 + 1}",)),)
        assert RENAMED.get(action_id, action_id) in checked_keymap(keymap, str)
