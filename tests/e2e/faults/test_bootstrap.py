"""run_project.py as a real process, with a real venv and pip, on a project without dependencies."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.as_user import NOBODY, public_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SCRIPT = Path(__file__).resolve().parents[3] / "run_project.py"
pytestmark = pytest.mark.xdist_group("bootstrap")  # one environment for all of them
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

# A build backend (PEP 517, PEP 660) that waits while a file "hold" exists and fails if "fail" does.
BACKEND = """\
import time, zipfile
from pathlib import Path

INFO = "photoseek-1.dist-info/"

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    here = Path(__file__).parent
    with (here / "builds").open("a") as builds:
        builds.write("build\\n")
    if (here / "fail").exists():
        raise SystemExit((here / "fail").read_text())
    while (here / "hold").exists():
        time.sleep(0.02)
    files = {
        "photoseek.pth": str(here) + "\\n",
        INFO + "METADATA": "Metadata-Version: 2.1\\nName: photoseek\\nVersion: 1\\n"
        "Provides-Extra: dev\\n",
        INFO + "WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\n"
        "Tag: py3-none-any\\n",
        INFO + "entry_points.txt": "[console_scripts]\\nphotoseek = fake:main\\n",
    }
    files[INFO + "RECORD"] = "".join(f"{name},,\\n" for name in [*files, INFO + "RECORD"])
    name = "photoseek-1-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return name
"""

FAKE = """\
import json, os, sys

def main(name="photoseek"):
    print(json.dumps([name, __file__, os.getcwd(), sys.argv[1:]]))
    sys.exit(int(sys.argv[2]) if sys.argv[1:2] == ["exit"] else 0)
"""


class Project:
    """A clone of a project that is named photoseek and has no dependencies."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def written(cls, root: Path) -> Project:
        root.mkdir(parents=True)
        shutil.copy(SCRIPT, root)
        (root / "pyproject.toml").write_text(PYPROJECT)
        (root / "backend.py").write_text(BACKEND)
        (root / "fake.py").write_text(FAKE)
        (root / "pytest.py").write_text("import fake\nfake.main('pytest')\n")
        return cls(root)

    def start(
        self, *arguments: str, cwd: Path | None = None, python: Sequence[str] = (sys.executable,)
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*python, str(self.root / "run_project.py"), *arguments],
            cwd=cwd or self.root.parent,
            env={**os.environ, "PIP_NO_INDEX": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(
        self, *arguments: str, cwd: Path | None = None, python: Sequence[str] = (sys.executable,)
    ) -> tuple[int, str, str]:
        process = self.start(*arguments, cwd=cwd, python=python)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def builds(self) -> int:
        file = self.root / "builds"
        return len(file.read_text().splitlines()) if file.exists() else 0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project that was started before."""
    project = Project.written(tmp_path_factory.mktemp("boot") / "my photos, größer" / "clone ü")
    code, out, err = project.run("--help")
    assert code == 0, err
    assert json.loads(out)[3] == ["--help"], "stdout holds photoseek's output and nothing else"
    assert "first start only" in err
    assert "GB" in err
    return project


@pytest.fixture
def unprepared(tmp_path: Path) -> Iterator[Project]:
    """Yield a project that was never started."""
    project = Project.written(tmp_path / "clone ü")
    yield project
    (project.root / "hold").unlink(missing_ok=True)


def python_of_another_user() -> list[str]:
    """Return a command with which another user runs a Python; skip if there is none.

    Python in a private home, as pyenv installs it, is closed to other users.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become another user, through setpriv")
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    usable = (
        "import ensurepip, subprocess, sys, venv\n"
        "subprocess.check_call([sys.executable, '-c', ''])\n"
        "sys.exit(sys.version_info < (3, 11))"
    )
    for python in (sys.executable, "/usr/bin/python3"):
        trial = subprocess.run([*become, python, "-c", usable], capture_output=True, check=False)
        if trial.returncode == 0:
            return [*become, python]
    pytest.skip("no Python 3.11 with venv that another user can run")


def test_an_ordinary_user_starts_and_tests_a_private_clone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    python = python_of_another_user()
    with public_folder() as folder:
        home = folder / "private ä home"
        project = Project.written(home / "a clone ü")
        for path in (home, *home.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        home.chmod(0o700)
        monkeypatch.setenv("HOME", str(home))
        code, out, err = project.run("search", "a cat", cwd=folder, python=python)
        assert (code, json.loads(out or "[]")[3:]) == (0, [["search", "a cat"]]), err
        code, out, err = project.run("--run-tests", "-k", "one", cwd=folder, python=python)
        assert (code, json.loads(out or "[]")[3:]) == (0, [["-k", "one"]]), err
        assert (project.root / ".venv").stat().st_uid == NOBODY


def test_later_starts_pass_all_arguments_on(prepared: Project, tmp_path: Path) -> None:
    arguments = ["search", "a cat", "", "--in", "ü\n*", "--", "-n", "$HOME"]
    code, out, err = prepared.run(*arguments, cwd=tmp_path)
    name, module, cwd, passed = json.loads(out)
    assert (code, name, passed, err) == (0, "photoseek", arguments, "")
    assert Path(module) == prepared.root / "fake.py", "the clone itself is what runs"
    assert Path(cwd) == tmp_path


def test_the_exit_code_is_passed_on(prepared: Project) -> None:
    assert prepared.run("exit", "7")[0] == 7


def test_a_plain_locale_reaches_a_path_with_umlauts(
    prepared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    code, out, err = prepared.run("x")
    assert (code, json.loads(out)[3], err) == (0, ["x"], "")


def test_the_tests_start_in_the_repository_with_the_dev_extra(
    prepared: Project, tmp_path: Path
) -> None:
    before = prepared.builds()
    code, out, err = prepared.run("--run-tests", "-k", "one thing", cwd=tmp_path)
    name, _, cwd, passed = json.loads(out)
    assert (code, name, passed) == (0, "pytest", ["-k", "one thing"])
    assert Path(cwd) == prepared.root
    assert prepared.builds() == before + 1
    assert "updating" in err
    assert prepared.run("--run-tests", "exit", "5")[0] == 5
    options = json.loads(prepared.run("--run-tests")[1])[3]
    assert options[2:] == ["--dist", "loadgroup", "--cov", "--cov-report="]
    assert prepared.run("x")[2] == "", "what has the dev extra has all that a plain start wants"
    assert prepared.builds() == before + 1


def test_a_changed_pyproject_is_installed_again(prepared: Project) -> None:
    before = prepared.builds()
    with (prepared.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert "updating" in prepared.run()[2]
    assert prepared.run()[2] == ""
    assert prepared.builds() == before + 1


@pytest.mark.parametrize(
    ("output", "remedy"),
    [
        ("No space left on device", "Free some disk space"),
        ("an unknown failure", "Fix the error and run"),
    ],
)
def test_a_failing_pip_shows_its_output_and_a_remedy(
    prepared: Project, output: str, remedy: str
) -> None:
    with (prepared.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    (prepared.root / "fail").write_text(output)
    code, out, err = prepared.run("exit", "0")
    (prepared.root / "fail").unlink()
    assert (code, out) == (2, "")
    assert output in err
    assert remedy in err.splitlines()[-1]
    assert "run_project.py" not in err, "no traceback of its own"
    assert prepared.run()[0] == 0


def test_a_half_installed_package_is_installed_again(prepared: Project) -> None:
    packages = next(prepared.root.glob(".venv/lib/python*/site-packages"))
    half = packages / "half-1.dist-info"
    half.mkdir()
    (packages / "~orch").mkdir()
    with (prepared.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert prepared.run()[0] == 0
    assert not half.exists()
    assert not (packages / "~orch").exists()


def test_a_moved_environment_is_created_again(prepared: Project, tmp_path: Path) -> None:
    moved = Project(tmp_path / "elsewhere")
    shutil.copytree(prepared.root, moved.root, symlinks=True)
    code, out, err = moved.run()
    assert code == 0
    assert "installing photoseek into" in err
    assert Path(json.loads(out)[1]) == moved.root / "fake.py"
    stale = os.fsencode(prepared.root)
    assert [path for path in moved.root.glob(".venv/bin/p*") if stale in path.read_bytes()] == []
    assert prepared.run()[2] == "", "the one it came from is as it was"


def test_a_foreign_environment_is_not_changed(unprepared: Project) -> None:
    theirs = unprepared.root / ".venv" / "pyvenv.cfg"
    theirs.parent.mkdir()
    theirs.write_text("home = /usr/bin\n")
    code, _, err = unprepared.run()
    assert code == 2
    assert len(err.splitlines()) == 1
    assert theirs.read_text() == "home = /usr/bin\n"


@posix
def test_a_start_that_was_killed_is_finished_by_the_next(unprepared: Project) -> None:
    first = unprepared.start()
    wait_until((unprepared.root / ".venv" / "pyvenv.cfg").exists)
    os.killpg(first.pid, signal.SIGKILL)  # while venv works
    first.communicate()
    assert not (unprepared.root / "builds").exists()

    hold = unprepared.root / "hold"
    hold.touch()
    second = unprepared.start()
    wait_until(lambda: unprepared.builds() == 1)
    os.killpg(second.pid, signal.SIGKILL)  # while pip works
    second.communicate()

    third = unprepared.start()
    wait_until(lambda: unprepared.builds() == 2)
    third.kill()  # pip is not interrupted, and still locks out others
    fourth = unprepared.start("exit", "3")
    assert fourth.stderr is not None
    assert "waiting" in fourth.stderr.readline()
    hold.unlink()
    out, err = fourth.communicate(timeout=120)
    assert (fourth.returncode, json.loads(out)[0]) == (3, "photoseek"), err
    third.communicate()
    assert unprepared.run() == (0, out.replace('["exit", "3"]', "[]"), "")


@posix
def test_ctrl_c_says_so_and_the_next_start_finishes(unprepared: Project) -> None:
    (unprepared.root / "hold").touch()
    process = unprepared.start()
    wait_until(lambda: unprepared.builds() == 1)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err.splitlines()[-1]
    assert "Traceback" not in err
    (unprepared.root / "hold").unlink()
    assert unprepared.run()[0] == 0


def test_one_of_two_simultaneous_starts_installs(unprepared: Project) -> None:
    (unprepared.root / "hold").touch()
    first = unprepared.start("exit", "4")
    wait_until(lambda: unprepared.builds() == 1)
    second = unprepared.start("exit", "5")
    assert second.stderr is not None
    assert "waiting" in second.stderr.readline()
    (unprepared.root / "hold").unlink()
    first.communicate(timeout=120)
    second.communicate(timeout=120)
    assert (first.returncode, second.returncode) == (4, 5)
    assert unprepared.builds() == 1


def test_a_normal_start_adds_little_time(prepared: Project) -> None:
    prepared.run()
    direct = [
        str(prepared.root / ".venv" / "bin" / "python"),
        str(prepared.root / ".venv/bin/photoseek"),
    ]
    through = [sys.executable, str(prepared.root / "run_project.py")]

    def median(command: list[str]) -> float:
        times = []
        for _ in range(9):
            begin = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times.append(time.perf_counter() - begin)
        return statistics.median(times)

    own = median(through) - median(direct)
    print(f"run_project.py's own time, its interpreter's start with it: {own * 1000:.0f} ms")
    traced = subprocess.run(
        [sys.executable, "-X", "importtime", *through[1:]],
        check=True,
        capture_output=True,
        text=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in traced.stderr.splitlines()}
    assert "hashlib" in imported
    assert not imported & {"subprocess", "shutil", "tempfile", "venv", "pip", "json", "argparse"}


def test_an_old_python_gets_one_sentence() -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 9, 18, 'final', 0); "
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", pretend], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "3.11" in done.stderr
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_a_terminal_shows_whole_words_and_the_current_step_of_pip(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    specification = importlib.util.spec_from_file_location("run_project", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    script.say("installing photoseek into /a/long/folder/of/a/clone.")
    assert capsys.readouterr().err == (
        "photoseek: installing\nphotoseek into\n/a/long/folder/of/a/clone.\n"
    )
    with (tmp_path / "lock").open("wb") as lock:
        script.run([sys.executable, "-c", "print('Installing\\n  Uninstalled')"], lock)
    shown = capsys.readouterr().err
    assert "Installing" in shown
    assert "Uninstalled" not in shown
