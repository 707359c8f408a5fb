"""The commands on a library on a server: which work, and which are rejected."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.libraries.library_factory import fill_store, make_library, random_directions
from tests.support.servers.milvus_server import connect
from tests.support.terminals.command_line import photoseek
from tui.cli import main
from tui.library.milvus.address import parse_address
from tui.library.milvus.store import open_milvus
from tui.models.presets import MODELS

STARTER = MODELS[0].model_id
ROOT = Path("/pictures")
SECRET = "not-to-be-seen"


@pytest.fixture
def library(milvus_address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A library of four files, one of them broken, with a password in its settings."""
    red, green, blue = random_directions(3, 256)
    names = {"a/red.jpg": red, "a/green.jpg": green, "b/blue.jpg": blue, "b/broken.jpg": None}
    with open_milvus(milvus_address, write=True) as store:
        fill_store(store, ROOT, STARTER, names)
    monkeypatch.setenv("PHOTOSEEK_LIBRARY", milvus_address)
    monkeypatch.setenv("PHOTOSEEK_MILVUS_TOKEN", f"me:{SECRET}")
    return milvus_address


def refused(*arguments: str) -> str:
    """Return the one sentence with which a command is rejected."""
    outcome = photoseek(*arguments)
    assert (outcome.code, outcome.stdout) == (2, b""), outcome
    assert SECRET not in outcome.error_line
    return outcome.error_line


def run(*arguments: str) -> Result:
    """Run a command in this process, which is faster."""
    result = CliRunner().invoke(main, list(arguments))
    assert not result.exception or isinstance(result.exception, SystemExit), result.output
    assert SECRET not in result.output
    return result


def paths(result: Result) -> set[str]:
    assert result.exit_code == 0, result.stderr
    return set(result.stdout.splitlines())


def test_every_command_accepts_a_library_on_a_server(library: str) -> None:
    result = photoseek("search", "--paths", "--in", "/pictures/b", "dog")
    assert (result.code, result.stdout, result.stderr) == (0, b"/pictures/b/blue.jpg\n", "")
    both = {"/pictures/a/red.jpg", "/pictures/a/green.jpg"}
    assert paths(run("search", "--paths", "in:a")) == both
    assert f'library = "{library}"' in run("config").stdout
    status = json.loads(run("status", "--json").stdout)
    assert status["library"] == library
    assert status["folders"] == [{"path": "/pictures", "available": False, "options": {}}]
    assert (status["files"], status["pictures"], status["failed"]) == (4, 3, 1)
    (model,) = status["models"]
    assert (model["model_id"], model["embeddings"]) == (STARTER, 3)
    duplicates = run("duplicates", "--in", "/pictures/a")
    assert (duplicates.exit_code, duplicates.stderr) == (1, "photoseek: no duplicates found.\n")
    forgotten = run("forget", "--yes", "/pictures/a")
    assert forgotten.exit_code == 0
    assert "2 files in 1 folder" in forgotten.stderr
    assert paths(run("search", "--paths", "")) == {"/pictures/b/blue.jpg"}
    doctor = run("doctor", "--json")
    findings = [json.loads(line) for line in doctor.stdout.splitlines()]
    assert doctor.exit_code == 0, findings
    assert {finding["subject"] for finding in findings} >= {"server", "counts", "vectors"}


def test_an_unavailable_server_is_one_sentence() -> None:
    dead = "milvus://127.0.0.1:1/family"
    assert "127.0.0.1:1 does not answer" in refused("--library", dead, "search", "dog")
    for command in (["status"], ["duplicates"], ["forget", "--yes", "/a"]):
        result = run("--library", dead, *command)
        assert result.exit_code == 2
        assert "127.0.0.1:1 does not answer" in result.stderr
    doctor = run("--library", dead, "doctor")
    assert doctor.exit_code == 1
    assert "WRONG The server 127.0.0.1:1 does not answer" in doctor.stdout
    assert run("--library", dead, "models").exit_code == 0


def test_a_missing_library_on_the_server_is_one_sentence(milvus_address: str) -> None:
    told = refused("--library", milvus_address, "status")
    assert f"There is no library {parse_address(milvus_address).name} on" in told


@pytest.mark.parametrize(
    ("address", "says"),
    [
        (f"milvus://me:{SECRET}@nas/family", "PHOTOSEEK_MILVUS_TOKEN"),
        (f"milvus://nas/family?token={SECRET}", "PHOTOSEEK_MILVUS_TOKEN"),
        ("milvus://127.0.0.1:many/family", "milvus://HOST:PORT/NAME"),
        ("milvus://127.0.0.1/two/names", "Invalid library name"),
        ("milvus:127.0.0.1", "milvus://HOST:PORT/NAME"),
    ],
)
def test_an_invalid_address_is_one_sentence(address: str, says: str) -> None:
    assert says in refused("search", "dog", "--library", address)


def test_a_foreign_collection_is_not_changed(milvus_address: str, tmp_path: Path) -> None:
    address = parse_address(milvus_address)
    with closing(connect(address.port)) as server:
        server.create_database(address.name)
    with closing(connect(address.port, db_name=address.name)) as database:
        database.create_collection("photoseek", dimension=4, consistency_level="Strong")
        database.insert("photoseek", [{"id": 1, "vector": [1, 0, 0, 0]}])
        for command in (["search", "dog"], ["index", str(tmp_path)]):
            result = run("--library", milvus_address, *command)
            assert result.exit_code == 2
            assert "belongs to another program" in result.stderr
        assert database.query("photoseek", filter="id >= 0", output_fields=["id"]) == [{"id": 1}]


def test_vectors_of_another_length(milvus_address: str) -> None:
    with open_milvus(milvus_address, write=True) as store:
        fill_store(store, ROOT, STARTER, dict(zip("ab", random_directions(2, 8), strict=True)))
    told = refused("--library", milvus_address, "search", "dog")
    assert "vectors of length 8" in told


def test_a_missing_client_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pymilvus.py").write_text("raise ImportError('not here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told = refused("--library", "milvus://127.0.0.1/family", "search", "dog")
    assert "pip install 'photoseek[milvus]'" in told


def test_the_library_may_be_a_folder(tmp_path: Path) -> None:
    pictures = dict(zip(("a.jpg", "b.jpg"), random_directions(2, 256), strict=True))
    make_library(tmp_path / "shared", tmp_path, STARTER, pictures)
    shared = str(tmp_path / "shared")
    assert len(paths(run("search", "--paths", "dog", "--library", shared))) == 2
    assert not (tmp_path / "shared" / "cache").exists()
    assert list((Path(os.environ["PHOTOSEEK_DATA_DIR"]) / "cache").iterdir())
