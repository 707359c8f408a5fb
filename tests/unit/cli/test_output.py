"""No name, catalog or server can send control characters to the terminal."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import tui
from tests.support.embedders import save_picture
from tests.support.libraries.library_factory import make_library, random_directions
from tui.app.terminal.picker_output import PickerOutput
from tui.cli import main
from tui.cli.terminal import output
from tui.library.local.catalog.reader import Catalog
from tui.models.presets import MODELS
from tui.models.runtime.precision import PrecisionSelector

SOURCES = Path(tui.__file__).parent
ALLOWED = {
    "cli/terminal/output.py": {
        "click.echo",
        "click.echo_via_pager",
        "click.confirm",
    },  # the output module itself
    "app/terminal/picker_output.py": {"os.write"},  # selected paths, as their bytes
    "app/terminal/input_thread.py": {"os.write"},  # a pipe of its own
    "app/terminal/probe.py": {"os.write"},  # a fixed question to the terminal
    "app/app.py": {"self._driver.write"},  # the pictures of Kitty's protocol
    "app/run.py": {"print"},  # the reason why the application ended, made printable
    "app/workers/error_log.py": {"os.write"},  # a file
    "models/starter/training/__main__.py": {
        "print"
    },  # builds the built-in model; users never run it
}
WRITERS = re.compile(
    r"print|input|pprint|"
    r"click\.(echo|secho|echo_via_pager|confirm|prompt|pause|progressbar)|(echo|secho)|"
    r"(sys\.)?(__)?std(out|err)(__)?(\.buffer)?\.(write|writelines)|"
    r"os\.(write|writev)|"
    r"(.*\.)?(_?driver|console|_?terminal)\.(write|print|log)|"
    r"warnings\.warn|logging\.(debug|info|warning|error|critical|exception)|traceback\.print_.*"
)
HOSTILE = "evil \x1b]0;PWNED\x07 \x9b31m \u202egnp.\x7f\x08"
UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def calls(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def test_only_the_output_module_writes_to_the_terminal() -> None:
    strays = []
    for path in sorted(SOURCES.rglob("*.py")):
        name = path.relative_to(SOURCES).as_posix()
        for call, line in calls(path):
            if WRITERS.fullmatch(call) and call not in ALLOWED.get(name, ()):
                strays.append(f"{name}:{line}: {call}")
    assert strays == []


def test_every_kind_of_writer_is_detected() -> None:
    source = "print(1)\nclick.echo(2)\nsys.stderr.write(3)\nself._driver.write(4)\nos.write(1, b'')"
    writers = [
        ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)
    ]
    assert all(map(WRITERS.fullmatch, writers))
    assert len(writers) == 5
    assert not WRITERS.fullmatch("draft.file.write")


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a library in which every name and every sentence is hostile."""
    home = tmp_path / HOSTILE
    data_dir = home / "data"
    monkeypatch.setenv("PHOTOSEEK_DATA_DIR", str(data_dir))
    monkeypatch.setenv("PHOTOSEEK_CONFIG", str(home / "config.toml"))
    root = home / f"pictures {HOSTILE}"
    vector, other = random_directions(2, 256)
    pictures = {f"{HOSTILE}/a {HOSTILE}.jpg": vector, "b.jpg": vector, "c.jpg": other}
    make_library(data_dir, root, MODELS[0].model_id, {**pictures, f"{HOSTILE}.jpg": None})
    make_library(data_dir, root, HOSTILE, pictures)
    for number, name in enumerate(pictures, 1):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        save_picture(root / name, "red")
        os.truncate(root / name, 1000)
        os.utime(root / name, ns=(number, number))
    (root / f"{HOSTILE}.jpg").write_bytes(b"no picture")
    with Catalog.open(data_dir) as catalog, catalog.writing() as connection:
        connection.execute("UPDATE contents SET error = ? WHERE error NOT NULL", (HOSTILE,))
        connection.execute("UPDATE contents SET camera = ?", (HOSTILE,))
    PrecisionSelector(HOSTILE, "text", "cpu", data_dir, ("float32",)).load()
    return root


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["status", "--json"],
        ["doctor"],
        ["doctor", "--json"],
        ["search", "sort:name"],
        ["search", "--json", "sort:name"],
        ["search", HOSTILE],
        ["duplicates"],
        ["duplicates", "--json"],
        ["models"],
        ["models", "--json"],
        ["config"],
        ["config", "--check"],
        ["forget", "--yes", "ROOT"],
        ["forget", HOSTILE],
        ["index", "ROOT"],
        ["index", HOSTILE],
        ["--model", HOSTILE, "status"],
        ["--device", HOSTILE, "status"],
        ["--library", f"milvus://{HOSTILE}", "status"],
        ["library", "copy", HOSTILE, HOSTILE],
        ["library", "copy", "DATA", "COPY"],
        [HOSTILE],
        ["./" + HOSTILE],
    ],
    ids=str,
)
def test_no_command_prints_control_characters_of_names(hostile: Path, arguments: list[str]) -> None:
    names = {"ROOT": hostile, "DATA": hostile.parent / "data", "COPY": hostile.parent / "copy"}
    result = CliRunner().invoke(main, [str(names.get(word, word)) for word in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    text = result.stdout + result.stderr
    assert ("evil" in text) == ("models" not in arguments and "--library" not in arguments)
    assert UNSAFE.findall(text) == []


def test_json_keeps_names_exactly(hostile: Path) -> None:
    status = json.loads(CliRunner().invoke(main, ["status", "--json"]).stdout)
    assert HOSTILE in [model["model_id"] for model in status["models"]]
    [folder] = status["folders"]
    assert (folder["path"], folder["available"]) == (str(hostile), True)


def test_paths_are_bytes_to_a_pipe_and_lines_to_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = Path(os.fsdecode(b"a\x1b[31m\n\xff.jpg"))
    output.say_path(path, b"\0")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    output.say_path(path, b"\0")
    assert capfdbinary.readouterr().out == b"a\x1b[31m\n\xff.jpg\0a\\x1b[31m\\n\\xff.jpg\n"


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
def test_selected_paths_are_lines_to_a_terminal() -> None:
    import pty
    import tty

    master, slave = pty.openpty()
    tty.setraw(slave)
    picking = PickerOutput.__new__(PickerOutput)  # without using this process's terminal
    picking._end, picking._output = b"\0", slave
    assert picking.hand_over([Path(os.fsdecode(b"a\x1b[31m\xff.jpg"))]) == 0
    assert os.read(master, 100) == b"a\\x1b[31m\\xff.jpg\n"
    os.close(master)
    os.close(slave)


def test_no_text_of_the_application_is_read_as_markup() -> None:
    """A name in square brackets is a name, and no constant or ``Content`` is parsed as markup."""
    strays = []
    for path in sorted((SOURCES / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            call = ast.unparse(node.func)
            if call not in ("Static", "Label") and not call.endswith(".notify"):
                continue
            if call.endswith("_changed.notify") or call == "super().notify":
                continue
            first = node.args[0] if node.args else None
            is_fixed = first is None or isinstance(first, ast.Constant)
            is_content = isinstance(first, ast.Name) and first.id == "answers"
            is_content |= isinstance(first, ast.Call) and ast.unparse(first.func) == "Content"
            plain = any(word.arg == "markup" for word in node.keywords)
            if not (plain or is_content or (is_fixed and call != "Static")):
                strays.append(f"{path.name}:{node.lineno}: {ast.unparse(node)[:60]}")
    assert strays == []


def test_lines_wrap_between_words_below_their_label(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "30")
    output.say_wrapped("Skipped    System Volume Information, .Trash")
    assert capsys.readouterr().out == "Skipped    System Volume\n           Information, .Trash\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: False, raising=False)
    output.say_wrapped("Skipped    System Volume Information, .Trash")
    assert capsys.readouterr().out == "Skipped    System Volume Information, .Trash\n"
