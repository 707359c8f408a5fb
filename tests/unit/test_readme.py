"""The README and the manual against the program: their statements must be true."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from tests.support import write_help_tables as tables
from tests.support.documents import (
    DOCUMENTS,
    MANUAL,
    PAGES,
    ROOT,
    blocks,
    check_arguments,
    linked_files,
    photoseek_commands,
    title_of,
)
from tui.app.keys.user_keymap import checked_keymap
from tui.core.settings import Settings
from tui.core.settings_file import load_settings, location_of
from tui.search.query.parse import parse

README = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_LINES = 150


def page(topic: str) -> str:
    return (ROOT / "tui" / "help" / f"{topic}.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return re.split(r"^## ", README.split(f"## {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of a table below its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("topic", tables.PARTS)
def test_the_tables_of_the_manual_are_up_to_date(topic: str) -> None:
    assert tables.update_page(topic, page(topic)) == page(topic), (
        "run: python -m tests.support.write_help_tables"
    )


@pytest.mark.parametrize("file", MANUAL, ids=title_of)
def test_the_arguments_of_every_command_are_valid(file: Path) -> None:
    for arguments in photoseek_commands(file.read_text(encoding="utf-8")):
        try:
            check_arguments(arguments)
        except click.exceptions.Exit:  # --help, --version
            pass
        except click.UsageError as error:
            pytest.fail(f"photoseek {' '.join(arguments)}: {error.format_message()}")


@pytest.mark.parametrize(
    "text", ["    photoseek index\n", "    photoseek search --nothing x\n", "`photoseek nothing`"]
)
def test_a_wrong_command_is_detected(text: str) -> None:
    with pytest.raises(click.UsageError):
        check_arguments(next(photoseek_commands(text)))


def test_commands_are_found_in_blocks_in_text_and_inside_other_commands() -> None:
    text = (
        "Run `photoseek\nstatus`.\n\n"
        '    photoseek search -0 "a | b" | xargs\n    mpv "$(photoseek --pick)"\n\n'
        "```toml\n    photoseek nothing\n```\n"
    )
    assert list(photoseek_commands(text)) == [
        ["search", "-0", "a | b"],
        ["--pick"],
        ["status", "--help"],
    ]


def test_the_readme_links_every_page_with_its_topic() -> None:
    linked = {tuple(row) for row in re.findall(r"\[([\w-]+)\]\(tui/help/([\w-]+)\.md\)", README)}
    assert linked == {(file.stem, file.stem) for file in PAGES}


@pytest.mark.parametrize("file", DOCUMENTS, ids=title_of)
def test_every_linked_file_exists(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    missing = [link for link in linked_files(text) if not (file.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("query", [row[0].strip("`") for row in rows(section("Queries"))])
def test_every_query_of_the_readme_is_understood(query: str) -> None:
    assert parse(query).hints == ()


def test_the_readme_shows_ten_queries_with_every_kind_of_term() -> None:
    queries = [parse(row[0].strip("`")) for row in rows(section("Queries"))]
    assert len(queries) == 10
    assert any(term.weight < 0 for query in queries for term in query.terms)
    assert any(term.weight > 1 for query in queries for term in query.terms)
    assert any(query.sort for query in queries)
    assert len({item.kind for query in queries for item in query.filters}) >= 8


def toml_of(topic: str) -> str:
    """Return the settings file that a page shows."""
    return page(topic).split("```toml\n")[1].split("```")[0]


@pytest.mark.parametrize("topic", ["config", "keys"])
def test_the_examples_of_a_settings_file_are_valid(topic: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(toml_of(topic))
    keymap = load_settings(environ={}, config_file=file).keys
    assert keymap
    assert set(checked_keymap(keymap, location_of)) == {name for name, _ in keymap}


def test_the_example_of_a_settings_file_states_the_defaults(tmp_path: Path) -> None:
    values = tomllib.loads(toml_of("config"))
    assert set(values) == {field.name for field in fields(Settings)}
    defaults = Settings(tmp_path)
    for name in set(values) - {"data_dir", "keys", "skip_folders"}:
        assert values[name] == getattr(defaults, name)
    assert values["skip_folders"] == list(defaults.skip_folders)


@pytest.mark.parametrize("text", [README, page("config")], ids=["README", "config"])
def test_the_data_folders_are_those_of_the_systems(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    table = {row[0]: row[1:] for row in rows(text[text.index("| system |") :])}
    linux, mac = (system("photoseek", appauthor=False) for system in (Unix, MacOS))
    home = str(Path.home())
    assert table["Linux"] == [
        f"`{linux.user_data_dir}`".replace(home, "~"),
        f"`{linux.user_config_dir}/config.toml`".replace(home, "~"),
    ]
    assert table["macOS"][0] == f"`{mac.user_data_dir}`".replace(home, "~")
    assert mac.user_config_dir == mac.user_data_dir


def test_every_block_of_the_manual_contains_commands() -> None:
    programs = {
        line.split()[0]
        for file in MANUAL
        for block in blocks(file.read_text(encoding="utf-8"))
        for line in block
    }
    assert programs <= {"eval", "install", "mkdir", "mpv", "photoseek", "pip", "python3"} | {
        "PIP_EXTRA_INDEX_URL=..."
    }
