"""Missing folders: their files disappear from the results at once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner

from tests.support.libraries.library_factory import make_library, random_directions
from tui.cli import main
from tui.core.settings import Settings
from tui.models.presets import MODELS
from tui.models.starter.towers import StarterText
from tui.search.engine import SearchEngine
from tui.search.matching import missing_folders as presence
from tui.search.matching.missing_folders import FolderPresence, add_missing_hint, is_missing
from tui.search.open import open_engine
from tui.search.query.parse import parse
from tui.storage.objects.path import RemotePath

NAMES = ("1.jpg", "sub/2.jpg")


@pytest.fixture
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return two indexed folders with two pictures each."""
    monkeypatch.setattr(presence, "LOOK_EVERY", 0.0)
    data_dir = Path(os.environ["PHOTOSEEK_DATA_DIR"])
    folders = [tmp_path / "one", tmp_path / "one more"]
    vectors = random_directions(4, 256)
    for number, root in enumerate(folders):
        root.mkdir()
        own = vectors[2 * number : 2 * number + 2]
        make_library(data_dir, root, MODELS[0].model_id, dict(zip(NAMES, own, strict=True)))
    return folders


@pytest.fixture
def engine(roots: list[Path]) -> Iterator[SearchEngine]:
    assert roots
    with open_engine(Settings(data_dir=Path(os.environ["PHOTOSEEK_DATA_DIR"]))) as opened:
        opened.attach(StarterText())
        yield opened


def shown(engine: SearchEngine, text: str, scope: Path | None = None) -> list[str]:
    hits = engine.hits(engine.search(parse(text, scope), fold=False), 0, 9)
    return sorted(f"{hit.file.path.parent.name}/{hit.file.path.name}" for hit in hits)


@pytest.mark.parametrize(
    "text", ["", "dog", "ext:jpg", "sort:name", "- dog", "dog ext:jpg sort:size"]
)
def test_the_pictures_of_a_missing_folder_are_not_shown(
    engine: SearchEngine, roots: list[Path], text: str
) -> None:
    everything = ["one more/1.jpg", "one/1.jpg", "sub/2.jpg", "sub/2.jpg"]
    assert shown(engine, text) == everything
    moved = roots[0].rename(roots[0].with_name("elsewhere"))
    assert shown(engine, text) == ["one more/1.jpg", "sub/2.jpg"]
    assert shown(engine, text, roots[0]) == []
    ranking = engine.search(parse(text, roots[0].parent))
    assert (ranking.total, ranking.count) == (2, 2)
    assert f"{roots[0]} is missing, so its pictures are not shown." in [
        hint.message for hint in ranking.query.hints
    ]
    assert shown(engine, text, roots[1]) == ["one more/1.jpg", "sub/2.jpg"]
    moved.rename(roots[0])
    assert shown(engine, text) == everything


def test_a_refresh_reports_that_a_folder_disappeared_and_returned(
    engine: SearchEngine, roots: list[Path]
) -> None:
    assert not engine.refresh()
    moved = roots[0].rename(roots[0].with_name("elsewhere"))
    assert engine.refresh()
    assert not engine.refresh()
    moved.rename(roots[0])
    assert engine.refresh()


def test_search_and_status_agree(roots: list[Path]) -> None:
    roots[1].rename(roots[1].with_name("elsewhere"))
    run = CliRunner().invoke
    result = run(main, ["search", "--paths", ""])
    assert result.stdout.splitlines() == [str(roots[0] / name) for name in reversed(NAMES)]
    assert result.stderr == f"photoseek: {roots[1]} is missing, so its pictures are not shown.\n"
    folders = json.loads(run(main, ["status", "--json"]).stdout)["folders"]
    assert [folder["available"] for folder in folders] == [True, False]
    roots[0].rename(roots[0].with_name("elsewhere too"))
    nothing = run(main, ["search", "-0", "dog"])
    assert (nothing.exit_code, nothing.stdout) == (1, "")


def test_absent_folders_are_detected(tmp_path: Path) -> None:
    folder, file, link = tmp_path / "folder", tmp_path / "file", tmp_path / "link"
    folder.mkdir()
    file.touch()
    link.symlink_to(folder)
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    absent = [
        is_missing(path) for path in (folder, link, file, dangling, file / "x", tmp_path / "no")
    ]
    assert absent == [False, False, True, True, True, True]
    assert not is_missing(Path("a\0b"))
    assert not is_missing(RemotePath("/s3:/bucket/prefix"))


def test_a_folder_that_hangs_delays_nothing(tmp_path: Path) -> None:
    stuck, calls = Event(), []

    def look(folder: Path) -> bool:
        calls.append(folder.name)
        if folder.name == "hangs":
            stuck.wait(30)
        return True

    roots = [tmp_path / "hangs", tmp_path / "gone"]
    where = FolderPresence(lambda: roots, look, patience=0.05, every=0.0)
    expected = frozenset({tmp_path / "gone"})
    while where.find_missing() != expected:
        pass
    assert where.find_missing() == expected
    assert calls.count("hangs") == 1
    stuck.set()
    while where.find_missing() != frozenset(roots):
        pass


def test_a_result_stays_valid_for_a_while(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    where = FolderPresence(lambda: [folder], every=3600.0)
    assert where.find_missing() == {folder}
    folder.mkdir()
    assert where.find_missing() == {folder}
    assert FolderPresence(lambda: [folder]).find_missing() == frozenset()


def test_a_hint_only_names_searched_folders() -> None:
    absent = [Path("/b"), Path("/a")]
    for scope, says in ((None, "/a"), (Path("/b/c"), "/b"), (Path("/"), "/a"), (Path("/c"), "")):
        hints = add_missing_hint(parse("x", scope), absent).hints
        assert [hint.message.partition(" ")[0] for hint in hints] == ([says] if says else [])
