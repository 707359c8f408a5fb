"""One library, many users: processes of the owner, of a group, and of a read-only user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.as_user import NOBODY, as_another_user, public_folder
from tests.support.embedders import COLOURS, ColourEmbedder, save_picture
from tests.support.libraries.library_factory import make_library, random_directions
from tests.support.terminals.command_line import PHOTOSEEK, CommandResult, photoseek
from tests.support.terminals.real_terminal import Terminal
from tui.app.model.app_state import AppState, save
from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.saving import write_generation
from tui.models.presets import MODELS

STARTER = MODELS[0].model_id
COLOUR_MODEL = ColourEmbedder().model_id
REPOSITORY = Path(__file__).parents[3]

KILLED = """
import os, sys
from pathlib import Path
from tui.library.local.catalog.reader import Catalog
from tests.e2e.faults.test_shared import add
with Catalog.open(Path(sys.argv[1])) as catalog:
    add(catalog, Path(sys.argv[2]))
    os.kill(os.getpid(), 9)
"""


@dataclass(frozen=True)
class Shared:
    """A library of root's that all users can read, and the commands of another user."""

    home: Path
    before: list[str]

    @property
    def library(self) -> Path:
        return self.home / "library"

    @property
    def pictures(self) -> Path:
        return self.home / "pictures"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of the other user."""
        return {
            **os.environ,
            "HOME": str(self.home / "theirs"),
            "PHOTOSEEK_CONFIG": str(self.home / "config.toml"),
            "PHOTOSEEK_DATA_DIR": str(self.home / "theirs" / "data"),
            "PHOTOSEEK_LIBRARY": str(self.library),
        }

    def run(self, *args: str) -> CommandResult:
        """Run a command as the other user."""
        return photoseek(*args, before=self.before, env=self.environment)

    def found(self) -> list[str]:
        """Return the names of all pictures, as the other user finds them."""
        outcome = self.run("search", "--paths", "-n", "1000", "sort:name")
        assert outcome.code == 0, outcome.stderr
        return [os.path.basename(line) for line in outcome.stdout.decode().splitlines()]  # noqa: PTH119

    def state(self) -> dict[str, bytes]:
        """Return the files of the library."""
        files = (path for path in self.library.rglob("*") if path.is_file())
        return {str(path.relative_to(self.library)): path.read_bytes() for path in files}


@pytest.fixture
def shared() -> Iterator[Shared]:
    before = as_another_user()
    with public_folder() as home:
        home.chmod(0o755)
        harness = Shared(home, before)
        harness.library.mkdir(mode=0o755)
        names = [f"{colour}.png" for colour in list(COLOURS)[:3]]
        for name in names:
            save_picture(harness.pictures / name, Path(name).stem)
        rows = random_directions(len(names), 256)
        make_library(
            harness.library, harness.pictures, STARTER, dict(zip(names, rows, strict=True))
        )
        with Catalog.open(harness.library) as catalog:
            write_generation(catalog, STARTER, finished=True)
        theirs = home / "theirs" / "data"
        theirs.mkdir(parents=True)
        save(AppState(first_run=False), theirs)
        for path in (theirs.parent, theirs, *theirs.iterdir()):
            os.chown(path, NOBODY, NOBODY)
        yield harness


def add(catalog: Catalog, path: Path) -> None:
    """Commit one more picture, as an indexing run does."""
    file = ImageFile(path, 1, 1, 1)
    info, vector = PictureInfo(64, 48, "PNG"), random_directions(9, 256)[8]
    item = IndexedFile(file, os.fsencode(path.name).ljust(16), info, vector)
    CatalogWriter(catalog).commit(STARTER, [item])


def test_a_read_only_user_searches_and_changes_nothing(shared: Shared) -> None:
    before = shared.state()
    assert shared.found() == ["blue.png", "green.png", "red.png"]
    assert shared.run("status").code == 0
    assert shared.run("doctor").code == 0
    for command in (
        ("index", str(shared.pictures)),
        ("forget", str(shared.pictures), "--yes"),
        ("doctor", "--repair"),
    ):
        refused = shared.run(*command)
        assert refused.code == 2
        assert "can search the library" in refused.error_line
        assert "ask its owner (root)" in refused.error_line
    own = str(shared.home / "theirs" / "data")
    assert shared.run("library", "copy", str(shared.library), own).code == 0
    refused = shared.run("library", "copy", own, str(shared.library))
    assert refused.code == 2
    assert "not change it" in refused.error_line
    assert shared.state() == before


def test_a_read_only_user_sees_concurrent_and_interrupted_writes(shared: Shared) -> None:
    with Catalog.open(shared.library) as catalog:
        add(catalog, shared.pictures / "a.png")
        assert (shared.library / "catalog.sqlite-wal").stat().st_size > 0
        assert shared.found()[0] == "a.png"
        killed = [sys.executable, "-c", KILLED, str(shared.library), str(shared.pictures / "b.png")]
        assert subprocess.run(killed, check=False, cwd=REPOSITORY).returncode == -9
        files = {path.name: path.read_bytes() for path in shared.library.glob("catalog*")}
    assert "catalog.sqlite-wal" in files
    for name, content in files.items():  # as if it had never been closed
        (shared.library / name).write_bytes(content)
    assert shared.found()[:3] == ["a.png", "b.png", "blue.png"]


def test_the_app_of_another_user_shows_added_pictures(shared: Shared) -> None:
    command = [*shared.before, *PHOTOSEEK, "--images", "off", str(shared.pictures)]
    environment = {
        name: value for name, value in shared.environment.items() if name.startswith(("P", "H"))
    }
    with Terminal(command, environ=environment, size=(160, 40), folder=shared.home) as terminal:
        terminal.wait_for("read-only")
        terminal.wait_for("(root)")  # in a notice, which breaks lines
        terminal.wait_for("green.png")
        with Catalog.open(shared.library) as catalog:
            add(catalog, shared.pictures / "newcomer.png")
            terminal.wait_for("newcomer.png")
        terminal.send("C-q")
        terminal.wait_for("command-ended-with 0")


def start(script: str, *args: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [*before, sys.executable, "-m", f"tests.support.programs.{script}", *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def last_word(process: subprocess.Popen[str]) -> object:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(output.splitlines()[-1])


def test_a_group_indexes_one_library_while_others_search_it(shared: Shared) -> None:
    library, photos = shared.home / "of the group", shared.home / "photos"
    library.mkdir()
    os.chown(library, 0, NOBODY)
    library.chmod(0o2775)
    for number in range(200):
        save_picture(photos / f"{number}.png", list(COLOURS)[number % 6], (24, 16), note=number)
    log = shared.home / "theirs" / "log"
    log.touch()
    log.chmod(0o666)
    arguments = (str(library), str(photos), str(log), "0.002")
    indexers = [start("index_slowly", *arguments, before=who) for who in ([], shared.before)]
    searchers = [start("search_often", str(library), before=who) for who in ([], shared.before)]
    reports = [last_word(process) for process in indexers]
    assert sum(report["indexed"] for report in reports) == 200  # type: ignore[index]
    assert max(report["unchanged"] for report in reports) == 200  # type: ignore[index]
    for process in searchers:
        word = last_word(process)
        assert isinstance(word, list)
        assert word == sorted(word)
        assert word[-1] == 200
    (photos / "0.png").unlink()
    shutil.copy(photos / "1.png", photos / "one more.png")
    for who in (shared.before, []):
        again = last_word(start("index_slowly", *arguments, before=who))
        assert again["indexed"] == 0  # type: ignore[index]
    with Catalog.open(library, read_only=True) as catalog:
        assert len(catalog.files(COLOUR_MODEL)) == 200
