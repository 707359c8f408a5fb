"""``photoseek help``: the topics, a page, and unknown topics."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from tests.support.documents import PAGES
from tests.support.terminals.command_line import photoseek
from tui.cli import main
from tui.cli.help import topic_list, topics

TOPICS = [file.stem for file in PAGES]


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def test_the_list_has_each_topic_with_its_summary_on_one_line() -> None:
    lines = run("help").stdout.splitlines()
    listed = {line.split()[0]: line for line in lines if line.startswith("  ")}
    assert list(listed) == TOPICS
    for topic, summary in topics().items():
        assert listed[topic].endswith(f"  {summary}")
        assert summary.endswith(".")
        assert len(listed[topic]) <= 100


def test_in_a_narrow_terminal_summaries_break_between_words() -> None:
    lines = list(topic_list({"keys": "Keys of every screen.", "models": "The models."}, 24))
    assert lines[2:-2] == ["  keys    Keys of every", "          screen.", "  models  The models."]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_is_printed_as_plain_text(topic: str) -> None:
    result = run("help", topic)
    assert result.exit_code == 0
    assert topics()[topic] in result.stdout
    for markup in ("<!--", "](", "|---", "```", "\x1b"):
        assert markup not in result.stdout


@pytest.mark.parametrize(("typed", "topic"), [("key", "keys"), ("querys", "queries")])
def test_an_unknown_topic_suggests_the_nearest_one(typed: str, topic: str) -> None:
    result = photoseek("help", typed)
    assert result.code == 2
    assert result.stdout == b""
    assert result.error_line == f"photoseek: No such help topic: {typed!r}; did you mean {topic!r}?"


def test_a_topic_without_a_near_one_refers_to_the_list() -> None:
    result = photoseek("help", "../keys/0123456789")
    assert result.code == 2
    assert result.error_line.endswith("`photoseek help` lists the topics.")


def test_the_name_of_a_command_shows_its_options() -> None:
    shown, expected = run("help", "duplicates").stdout, run("duplicates", "--help").stdout
    assert shown == expected


def test_the_shell_completes_topics() -> None:
    completion = ShellComplete(main, {}, "photoseek", "_PHOTOSEEK_COMPLETE")
    offered = completion.get_completions(["help"], "mo")
    assert [(item.value, item.help) for item in offered] == [("models", topics()["models"])]


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_a_terminal_shows_the_page_in_the_user_s_pager(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text('#!/bin/sh\necho "LESS is $LESS"\nexec head -n 1\n')
    pager.chmod(0o755)
    terminal, side = os.openpty()
    environment = {**os.environ, "PAGER": str(pager), "TERM": "xterm"}
    environment.pop("LESS", None)
    result = photoseek("help", "keys", stdin=side, stdout=side, env=environment)
    os.close(side)
    assert result.code == 0
    assert os.read(terminal, 1 << 12).split() == b"LESS is -FRX Keys".split()
    os.close(terminal)
