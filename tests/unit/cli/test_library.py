"""``photoseek status`` and ``photoseek forget``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.libraries.indexed_library import browse_files
from tests.support.libraries.library_factory import make_library, random_directions
from tui.cli import main
from tui.cli.status import describe_model
from tui.library.base.records import Generation
from tui.library.local.catalog.reader import Catalog
from tui.library.local.library import LocalLibrary
from tui.library.local.vectors.generations import GRAPH, VECTORS
from tui.models.runtime.precision import PrecisionSelector

ROOT = Path("/pictures")


def run(*args: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, list(args), input=answer)


@pytest.fixture
def data_dir() -> Path:
    return Path(os.environ["PHOTOSEEK_DATA_DIR"])


@pytest.fixture
def library(data_dir: Path) -> Path:
    red, green, blue = random_directions(3, 8)
    pictures = {"a/red.jpg": red, "a/green.jpg": green, "b/blue.jpg": blue, "b/broken.jpg": None}
    make_library(data_dir, ROOT, "m-1", pictures)
    return data_dir


def paths(data_dir: Path) -> list[str]:
    with Catalog.open(data_dir, read_only=True) as catalog:
        return [str(file.path) for file in browse_files(catalog)]


def test_status_without_a_library_creates_none(data_dir: Path) -> None:
    result = run("status")
    assert result.exit_code == 0
    assert "none yet" in result.stdout
    assert not data_dir.exists()


def test_status_prints_the_counts(library: Path) -> None:
    status = json.loads(run("status", "--json").stdout)
    assert status["data_dir"] == str(library)
    assert status["folders"] == [{"path": "/pictures", "available": False, "options": {}}]
    assert (status["files"], status["pictures"], status["failed"]) == (4, 3, 1)
    (model,) = status["models"]
    assert (model["model_id"], model["embeddings"]) == ("m-1", 3)
    text = run("status").stdout
    assert "/pictures (unavailable)" in text
    assert "3 embeddings" in text
    assert status["chosen"]["name"] == "starter"
    assert "In use     Starter: it needs no download; --model" in text


def test_forget_prints_the_removed_counts(library: Path) -> None:
    result = run("forget", "/pictures/a", "--yes")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "2 files" in result.stderr
    assert "2 embeddings" in result.stderr
    assert paths(library) == ["/pictures/b/blue.jpg"]


def test_forget_without_a_terminal_needs_yes(library: Path) -> None:
    result = run("forget", "/pictures/a", answer="y\n")
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert len(paths(library)) == 3


@pytest.mark.usefixtures("library")
def test_forget_rejects_a_folder_outside_the_library() -> None:
    result = run("forget", "/elsewhere", "--yes")
    assert result.exit_code == 1
    assert "/elsewhere" in result.stderr


def test_forget_of_the_root_empties_the_library(library: Path) -> None:
    assert run("forget", "/pictures", "--yes").exit_code == 0
    assert paths(library) == []
    assert json.loads(run("status", "--json").stdout)["folders"] == []


def test_doctor_without_a_library_finds_no_problem(data_dir: Path) -> None:
    result = run("doctor")
    assert result.exit_code == 0
    assert "no library" in result.stdout
    assert not data_dir.exists()


@pytest.mark.usefixtures("library")
def test_doctor_prints_findings_and_repairs_them() -> None:
    result = run("doctor", "--json")
    wrong = [line for line in map(json.loads, result.stdout.splitlines()) if not line["ok"]]
    assert [line["subject"] for line in wrong] == ["index"]
    assert result.exit_code == 1
    assert "--repair" in result.stderr
    text = run("doctor").stdout
    assert "WRONG" in text
    assert "full screen" in text
    assert run("doctor", "--repair").exit_code == 0
    assert run("doctor").exit_code == 0


def test_doctor_reports_the_number_formats_of_the_models(library: Path) -> None:
    PrecisionSelector("m-1", "text", "cpu", library, ["float32"]).load()
    sentence = "float32 for the text tower of m-1 on cpu"
    lines = [json.loads(line) for line in run("doctor", "--json").stdout.splitlines()]
    assert {tuple(line)[:4] for line in lines} == {("subject", "ok", "message", "repairable")}
    [choice] = [line for line in lines if line["subject"] == "precision"]
    assert choice["message"] == sentence
    assert [choice[name] for name in ("model_id", "tower", "device", "form")] == [
        "m-1", "text", "cpu", "float32",
    ]  # fmt: skip
    assert f"Precision  {sentence}" in run("doctor").stdout


@pytest.mark.parametrize(
    ("embeddings", "kinds", "search"),
    [
        (300, (VECTORS, GRAPH), "exact"),
        (300_000, (VECTORS, GRAPH), "graph + exact re-rank"),
        (300_000, (), "exact"),
    ],
)
def test_status_reports_how_a_model_is_searched(
    tmp_path: Path, embeddings: int, kinds: tuple[str, ...], search: str
) -> None:
    generations = [
        Generation(number, "m", kind, f"gen-{number}", 9, embeddings, 8, "bf16", "ip", 1, 2)
        for number, kind in enumerate(kinds, 1)
    ]
    model = describe_model(LocalLibrary(tmp_path), "m", embeddings, generations)
    assert model["search"] == search
    assert [file["kind"] for file in model["index"]] == list(reversed(kinds))
