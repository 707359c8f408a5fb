"""``photoseek duplicates``: its output and exit codes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.embedders import ColourEmbedder, save_picture
from tests.support.libraries.indexed_library import IndexedLibrary
from tui.cli import main
from tui.models.presets import MODELS


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["duplicates", *args])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return two copies of one picture, a smaller version of it, and another picture."""
    folder = tmp_path / "photos"
    first = save_picture(folder / "a" / "red.png", "red", (80, 60))
    (folder / "b").mkdir()
    shutil.copy(first, folder / "b" / "copy.png")
    save_picture(folder / "b" / "small.png", "red", (40, 30))
    save_picture(folder / "b" / "blue.png", "blue")
    library = IndexedLibrary(
        Path(os.environ["PHOTOSEEK_DATA_DIR"]), ColourEmbedder(MODELS[0].model_id)
    )
    library.index(folder)
    library.catalog.close()
    return folder


def test_duplicates_of_an_empty_library_say_so() -> None:
    result = run()
    assert result.exit_code == 1
    assert "photoseek index FOLDER" in result.stderr
    assert result.stdout == ""


def test_the_best_copy_is_first(photos: Path) -> None:
    result = run()
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines if line] == ["keep", "same", "1.000"]
    assert lines[0].endswith("red.png")
    assert "80 x 60" in lines[0]
    assert lines[2].endswith("small.png")
    assert "1 group; 2 files can be removed" in result.stderr


def test_json_has_one_object_a_group(photos: Path) -> None:
    (group,) = [json.loads(line) for line in run("--json").stdout.splitlines()]
    assert group["kind"] == "near"
    assert [Path(file["path"]).name for file in group["files"]] == [
        "red.png",
        "copy.png",
        "small.png",
    ]
    facts = {"path", "bytes", "width", "height", "date", "cosine", "same_bytes", "hard_link"}
    assert group["files"][2].keys() == facts
    assert [file["same_bytes"] for file in group["files"]] == [True, True, False]
    assert group["spare_bytes"] == sum(file["bytes"] for file in group["files"][1:])


def test_a_missing_file_is_counted_and_not_listed(photos: Path) -> None:
    (photos / "a" / "red.png").unlink()
    result = run("--json")
    (group,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert [Path(file["path"]).name for file in group["files"]] == ["copy.png", "small.png"]
    assert "1 file skipped" in result.stderr
    (photos / "b" / "copy.png").unlink()
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_hard_link_is_marked_and_frees_nothing(photos: Path) -> None:
    copy = photos / "b" / "copy.png"
    copy.unlink()
    os.link(photos / "a" / "red.png", copy)
    library = IndexedLibrary(
        Path(os.environ["PHOTOSEEK_DATA_DIR"]), ColourEmbedder(MODELS[0].model_id)
    )
    library.index(photos)
    library.catalog.close()
    result = run("--threshold", "1")
    assert [line.split()[0] for line in result.stdout.splitlines() if line] == ["keep", "link"]
    assert "0 files can be removed, 0 B" in result.stderr
    (group,) = [json.loads(line) for line in run("--json", "--threshold", "1").stdout.splitlines()]
    assert (group["spare_bytes"], group["files"][1]["hard_link"]) == (0, True)


def test_a_threshold_of_one_means_the_same_bytes(photos: Path) -> None:
    (group,) = [json.loads(line) for line in run("--json", "--threshold", "1").stdout.splitlines()]
    assert (group["kind"], len(group["files"])) == ("identical", 2)


def test_duplicates_are_limited_to_a_folder(photos: Path) -> None:
    (group,) = [
        json.loads(line) for line in run("--json", "--in", str(photos / "b")).stdout.splitlines()
    ]
    assert [Path(file["path"]).name for file in group["files"]] == ["copy.png", "small.png"]
    result = run("--in", str(photos / "a"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no duplicates found" in result.stderr


@pytest.mark.parametrize("threshold", ["0.5", "1.1", "high"])
def test_an_invalid_threshold_is_rejected(threshold: str) -> None:
    assert run("--threshold", threshold).exit_code == 2
