"""``photoseek search``: its output and exit codes."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.libraries.library_factory import make_library, random_directions
from tests.unit.test_import_hygiene import HEAVY, LATE, loaded_after
from tui.cli import main
from tui.cli.search import _as_json, _as_text
from tui.core.domain import FileDetails, Hit, MatchReason
from tui.models.presets import MODELS
from tui.models.runtime.prompt_templates import prompts_for
from tui.search.query.syntax import SYNTAX
from tui.search.ranking.query_vector_cache import QueryVectorCache

_FOLDER = tempfile.TemporaryDirectory(prefix="photoseek-search-")
ROOT = Path(_FOLDER.name).resolve()
"""Missing folders are not listed, so this one exists; its pictures need not."""

ODD = os.fsdecode(b"odd\n\x1b[2J\xff.jpg")


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["search", *args])


@pytest.fixture
def library() -> Path:
    """Three pictures; the newest one has a name that could harm a terminal."""
    data_dir = Path(os.environ["PHOTOSEEK_DATA_DIR"])
    first, second, third = random_directions(3, 256)
    make_library(
        data_dir, ROOT, MODELS[0].model_id, {"a/1.jpg": first, "a/2.jpg": second, f"b/{ODD}": third}
    )
    return data_dir


def test_searching_an_empty_library_says_so() -> None:
    result = run("red")
    assert result.exit_code == 1
    assert "photoseek index FOLDER" in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


FILE = FileDetails(1, Path("/a/b.jpg"), 1, 0, None)


@pytest.mark.parametrize(
    ("hit", "line"),
    [
        (Hit(1, 0.3, FILE, 0.9), "   1  good  /a/b.jpg"),
        (Hit(2, 0.1, FILE, 0.1, copies=3), "   2  weak  /a/b.jpg  (3 copies)"),
        (Hit(3, None, FILE), "   3        /a/b.jpg"),
        (
            Hit(4, 0.1, FILE, 0.7, reason=MatchReason("folder", "a")),
            "   4  good  /a/b.jpg  (folder: a)",
        ),
    ],
)
def test_a_line_tells_how_good_a_match_is_and_why(hit: Hit, line: str) -> None:
    assert _as_text(hit) == line
    assert _as_json(hit)["match"] == (line.split()[1] if hit.strength is not None else None)
    assert _as_json(hit)["reason"] == (None if hit.reason is None else str(hit.reason))


@pytest.mark.usefixtures("library")
class TestEmptyQuery:
    @pytest.mark.parametrize("query", ["", "  ", "\x00\x07", "\n"])
    def test_an_empty_query_lists_the_newest(self, query: str) -> None:
        result = run(query)
        assert result.exit_code == 0
        lines = result.stdout.splitlines()
        assert [line.split()[0] for line in lines] == ["1", "2", "3"]
        assert lines[0].endswith(rf"{ROOT}/b/odd\n\x1b[2J\xff.jpg")
        assert lines[2].endswith(f"{ROOT}/a/1.jpg")

    def test_json_has_one_object_a_line(self) -> None:
        rows = [json.loads(line) for line in run("", "--json").stdout.splitlines()]
        assert [row["rank"] for row in rows] == [1, 2, 3]
        assert rows[1] == {
            "rank": 2,
            "path": f"{ROOT}/a/2.jpg",
            "score": None,
            "strength": None,
            "match": None,
            "reason": None,
            "copies": 1,
        }
        assert os.fsencode(rows[0]["path"]) == os.fsencode(ROOT) + b"/b/odd\n\x1b[2J\xff.jpg"

    def test_paths_keep_every_byte(self) -> None:
        assert (
            run("", "-n", "1", "-0").stdout_bytes
            == os.fsencode(ROOT) + b"/b/odd\n\x1b[2J\xff.jpg\0"
        )
        assert run("", "--paths", "--in", f"{ROOT}/a").stdout_bytes == (
            os.fsencode(f"{ROOT}/a/2.jpg\n{ROOT}/a/1.jpg\n")
        )

    def test_a_name_with_a_line_break_is_not_printed_as_two_paths(self) -> None:
        result = run("", "--paths")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "use -0" in result.stderr
        assert "odd\\n\\x1b" in result.stderr

    def test_a_number_limits_the_results(self) -> None:
        assert len(run("", "-n", "2", "--paths", "--in", f"{ROOT}/a").stdout.splitlines()) == 2
        assert len(run("", "-n", "1").stdout.splitlines()) == 1

    @pytest.mark.parametrize("scope", ["/", "{}", "{}/b/../a/."])
    def test_a_scope_may_contain_a_root_or_be_inside_one(self, scope: str) -> None:
        assert run("", "--in", scope.format(ROOT)).exit_code == 0


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("scope", ["/elsewhere", "/pict", "relative"])
def test_a_scope_outside_the_library_is_rejected(scope: str) -> None:
    result = run("red", "--in", scope)
    assert result.exit_code == 2
    assert "is not in the library" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.usefixtures("library")
def test_a_folder_without_pictures_has_no_results() -> None:
    result = run("", "--in", f"{ROOT}/empty")
    assert result.exit_code == 1
    assert "nothing found" in result.stderr


@pytest.mark.usefixtures("library")
def test_a_model_without_indexed_pictures_is_reported() -> None:
    result = run("red", "--model", "clip")
    assert result.exit_code == 1
    assert "--model clip" in result.stderr


@pytest.mark.usefixtures("library")
def test_an_unknown_model_is_one_sentence() -> None:
    result = run("red", "--model", "clop")
    assert result.exit_code == 2
    assert "clop" in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_help_shows_the_whole_query_language() -> None:
    shown = " ".join(run("--help").stdout.split())
    for form, meaning in SYNTAX:
        assert f"{form} {meaning}" in shown


@pytest.mark.usefixtures("library")
def test_filters_and_orders_need_no_words() -> None:
    assert run("ext:jpg sort:name", "--paths", "-n", "2").stdout == (
        f"{ROOT}/a/1.jpg\n{ROOT}/a/2.jpg\n"
    )
    assert run("in:a -in:b name:2", "--paths").stdout == f"{ROOT}/a/2.jpg\n"
    assert run("ext:png").exit_code == 1


@pytest.mark.usefixtures("library")
def test_a_query_that_begins_with_a_dash_follows_two_dashes() -> None:
    result = run("-in:old")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "There is no option -i; put -- before a query like that." in result.stderr
    assert "--fold" in run("--fodl", "x").stderr
    assert "no option" not in run("--", "-in:old").stderr


@pytest.mark.usefixtures("library")
def test_query_hints_are_printed_beside_the_results() -> None:
    result = run("frog note:birds", "--json")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr == "photoseek: Unknown filter note:, searched as words.\n"


UNREAD = [
    *(
        "on:2024-02-30",
        "on:9999-12-31",
        "-after:someday",
        "before:",
        "near:91,0,1",
        "near:1",
        "min:0",
    ),
    *(
        "in:",
        "-in:",
        "camera:",
        "name:",
        "is:old",
        "sort:colour",
        "ext:",
        "ext:docx",
        "-ext:jpg,pngg",
    ),
    *(
        'like:"nope.jpg"',
        "like:",
        "- like:nope.jpg",
        "camra:canon",
        "-exts:png",
        "type:jpg",
        "since:2024",
    ),
    *(
        "x" * 1000 + " in:a",
        "x " * 498 + "in:abcdef",
        "x" * 999 + " wide",
        "x " * 499 + "in:a",
        "a " * 600 + "Wide",
        " ".join(f"-in:{number}" for number in range(100)),
    ),
    " ".join(["foo:bar"] * 9) + " on:2024-02-30",
]


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("form", ["--json", "-0", "--paths", "--fold"])
@pytest.mark.parametrize("query", UNREAD)
def test_a_condition_that_cannot_be_read_prints_nothing(query: str, form: str) -> None:
    for text in (query, f"frog {query}"):
        result = run(form, "--", text)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("photoseek: ")
        assert result.stderr.count("\n") == 1


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "query", ["note:birds", "http://x", '"camra:canon"', 'in:"a', "c:\\x", "10:4", "frog " * 2000]
)
def test_an_unknown_filter_is_read_as_words(query: str) -> None:
    result = run("-0", "--", query)
    assert result.exit_code in (0, 1), result.stderr


def test_every_file_is_listed_unless_copies_are_folded(library: Path) -> None:
    (vector,) = random_directions(1, 256)
    make_library(library, ROOT, MODELS[0].model_id, {"c/1.jpg": vector, "c/near.jpg": vector})
    rows = [json.loads(line) for line in run("frog", "--json").stdout.splitlines()]
    assert [row["copies"] for row in rows] == [1] * 5
    rows = [json.loads(line) for line in run("frog", "--json", "--fold").stdout.splitlines()]
    assert sorted(row["copies"] for row in rows) == [1, 1, 3]
    assert "(3 copies)" in run("frog", "--fold").stdout


def test_a_repeated_query_gives_the_same_from_an_intact_and_a_damaged_cache(library: Path) -> None:
    first = run("frog + 2:fish", "--json")
    (cache_file,) = (library / "cache").glob("*.bin")
    assert run("frog + 2:fish", "--json").stdout == first.stdout
    cache_file.write_bytes(cache_file.read_bytes()[:-1])
    assert run("frog + 2:fish", "--json").stdout == first.stdout


def test_a_repeated_query_needs_no_text_tower(library: Path) -> None:
    model_id = MODELS[1].model_id  # its weights are not here
    first, second = random_directions(2, 512)
    make_library(library, ROOT, model_id, {"c/1.jpg": first, "c/2.jpg": second})
    QueryVectorCache(library, model_id, prompts_for(model_id)).add({"frog": second})
    result = run("frog", "--model", MODELS[1].name, "--paths")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, f"{ROOT}/c/2.jpg")


def test_a_semantic_search_imports_little(tmp_path: Path) -> None:
    data_dir, (vector,) = Path(os.environ["PHOTOSEEK_DATA_DIR"]), random_directions(1, 256)
    make_library(data_dir, tmp_path, MODELS[0].model_id, {"1.jpg": vector})
    code = "from tui.cli import main\nassert main(['search', 'frog'], standalone_mode=False) == 0"
    loaded = loaded_after(code)
    assert "numpy" in loaded
    assert not loaded & (HEAVY | LATE - {"numpy"})


@pytest.mark.parametrize("query", ["", "in:trip", "sort:name", "frog", "ext:dng,jpg", "name:1"])
def test_a_raw_file_is_printed_beside_its_picture(query: str) -> None:
    (vector,) = random_directions(1, 256)
    files = {"trip/1.jpg": vector, "trip/1.dng": vector}
    make_library(Path(os.environ["PHOTOSEEK_DATA_DIR"]), ROOT, MODELS[0].model_id, files)
    expected = sorted(os.fsencode(ROOT / name) for name in files)
    assert sorted(run("-0", query).stdout_bytes.split(b"\0")[:-1]) == expected
    assert sorted(run("--paths", query).stdout_bytes.splitlines()) == expected
    printed = [json.loads(line) for line in run("--json", query).stdout.splitlines()]
    assert sorted(os.fsencode(row["path"]) for row in printed) == expected
    assert [row["copies"] for row in printed] == [1, 1]
    assert len(run(query).stdout.splitlines()) == 2
    assert run("-0", "--fold", query).stdout_bytes == os.fsencode(ROOT) + b"/trip/1.jpg\0"


def test_a_renamed_folder_is_not_listed(library: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    one, two, three = random_directions(3, 256)
    make_library(library, away, MODELS[0].model_id, {"1.jpg": one, "2.jpg": two})
    make_library(library, tmp_path, MODELS[0].model_id, {"here/0.jpg": three})
    result = run("ext:jpg", "-0", "-n", "4")
    listed = result.stdout_bytes.split(b"\0")
    assert len(listed) == 5  # and nothing after the last one
    assert not any(str(away).encode() in path for path in listed)
    assert result.stderr == f"photoseek: {away} is missing, so its pictures are not shown.\n"
    away.mkdir()
    assert len(run("ext:jpg", "-0").stdout_bytes.split(b"\0")) == 7


def test_an_available_copy_represents_a_missing_one(library: Path, tmp_path: Path) -> None:
    (vector,) = random_directions(1, 256)
    for root in ("a away", "b here"):
        make_library(library, tmp_path / root, MODELS[0].model_id, {"same.jpg": vector})
    (tmp_path / "b here").mkdir()
    output = run("name:same", "-0", "--fold").stdout_bytes
    assert output == os.fsencode(tmp_path / "b here" / "same.jpg") + b"\0"
