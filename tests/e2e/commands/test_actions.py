"""Actions on pictures, by keys in a real terminal, with real files and a real trash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.embedders import save_picture
from tests.support.terminals.real_terminal import Terminal

PHOTOSEEK = (sys.executable, "-m", "tui")
ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="freedesktop.org's trash"
)


def copy_a_path(terminal: Terminal, pictures: Path) -> None:
    terminal.send("y")  # this terminal is a tmux
    terminal.wait_for("1 path copied to tmux's buffer")
    assert terminal._tmux("show-buffer").strip() in map(str, pictures.iterdir())


def environ_below(home: Path) -> dict[str, str]:
    """Return the environment of a user whose home, trash and library are in a folder."""
    return {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "share"),
        "PHOTOSEEK_DATA_DIR": str(home / "data"),
        "PHOTOSEEK_CONFIG": str(home / "none.toml"),
        "PYTHONPATH": str(ROOT),
    }


def test_pictures_are_copied_listed_trashed_and_restored(tmp_path: Path) -> None:
    pictures = tmp_path / "Pictures"
    for number, name in enumerate(("a.png", "b.png", "c.png")):
        save_picture(pictures / name, "red", note=number)
    (tmp_path / "Best of all").mkdir()
    environ = environ_below(tmp_path)
    index = [*PHOTOSEEK, "index", str(pictures)]
    subprocess.run(index, check=True, capture_output=True, env={**os.environ, **environ})
    with Terminal(PHOTOSEEK, environ=environ, folder=tmp_path, size=(120, 36)) as terminal:
        terminal.wait_for("3 pictures")
        terminal.send("Down")
        terminal.wait_for("Select")
        terminal.send("*")
        terminal.wait_for("3 marked")

        terminal.send("c")
        terminal.wait_for("Copy 3 pictures to…")
        terminal.type("bes")
        terminal.wait_for("Best of all/")
        terminal.send("Tab")
        terminal.wait_for("~/Best of all/")
        terminal.type("new")
        terminal.send("Enter")
        terminal.wait_for("3 pictures copied into")
        assert len(list((tmp_path / "Best of all" / "new").iterdir())) == 3

        terminal.send("w")
        terminal.wait_for("Save 3 paths to file…")
        terminal.send("Enter")
        terminal.wait_for("3 paths written to")
        listed = (tmp_path / "photoseek.txt").read_text().splitlines()
        assert sorted(listed) == sorted(str(path) for path in pictures.iterdir())

        terminal.send("d")
        terminal.wait_for("Move 3 pictures to the trash?")
        terminal.send("Enter")  # is no
        terminal.wait_until(lambda screen: "to the trash?" not in screen)
        assert len(list(pictures.iterdir())) == 3
        terminal.send("U")
        terminal.wait_until(lambda screen: "3 marked" not in screen)
        terminal.send("d")
        terminal.wait_for("Move 1 picture to the trash?")
        terminal.type("y")
        terminal.wait_for("1 picture moved to the")
        terminal.wait_for("2 pictures")
        assert len(list(pictures.iterdir())) == 2
        assert len(list((tmp_path / "share/Trash/files").iterdir())) == 1

        copy_a_path(terminal, pictures)
        terminal.send("u")
        terminal.wait_for("1 picture restored.")
        terminal.wait_for("3 pictures")
        assert len(list(pictures.iterdir())) == 3
        terminal.send("C-q")
        assert terminal.wait_for_end() == 0


def test_the_last_copy_is_not_removed_after_the_best_was_deleted_elsewhere(tmp_path: Path) -> None:
    pictures = tmp_path / "Pictures"
    best = save_picture(pictures / "A" / "a.png", "red")
    (pictures / "B").mkdir()
    for name in ("B/b.png", "B/c.png"):
        shutil.copy2(best, pictures / name)
    (pictures / "alias").symlink_to("A")
    environ = environ_below(tmp_path)
    for folder in (pictures, pictures / "alias"):
        index = [*PHOTOSEEK, "index", str(folder)]
        subprocess.run(index, check=True, capture_output=True, env={**os.environ, **environ})
    with Terminal(PHOTOSEEK, environ=environ, folder=tmp_path, size=(120, 36)) as terminal:
        terminal.wait_for("4 pictures")  # the catalog has one of them under two names
        terminal.send("Down")
        terminal.wait_for("Select")
        terminal.send("D")
        terminal.wait_for("2 duplicates, ")
        terminal.send("*")
        terminal.wait_for("2 marked")
        terminal.send("d")
        terminal.wait_for("Move 2 pictures to the trash?")
        best.unlink()
        terminal.type("y")
        terminal.wait_for("The copy to keep, a.png, is missing")
        terminal.wait_for("1 duplicate, ")
        assert sorted(path.name for path in (pictures / "B").iterdir()) == ["b.png", "c.png"]
        terminal.send("C-q")
        assert terminal.wait_for_end() == 0
