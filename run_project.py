"""Set photoseek up and start it: ``python3 run_project.py [ARGS]``.

The first start creates ``.venv`` beside this file and installs the project into it. Later starts
run ``photoseek`` directly, with the same arguments. ``--run-tests`` as the first argument also
installs the development tools and runs the tests instead.

The script uses the standard library only. It records each completed step in a stamp in ``.venv``,
last and atomically, so that the next start completes an interrupted one. Its messages go to stderr,
because stdout belongs to photoseek.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - older Pythons get here, and get this sentence
    print("photoseek: Python 3.11 or newer is required.", file=sys.stderr)
    sys.exit(2)

import hashlib
import os
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "photoseek.stamp"
LOCK = ROOT / ".venv.lock"
_BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = _BIN / ("python.exe" if os.name == "nt" else "python")
PHOTOSEEK = _BIN / ("photoseek.exe" if os.name == "nt" else "photoseek")

UNFINISHED = "unfinished"
FAILED = 2
INTERRUPTED = 130

REMEDIES = (
    ("ensurepip", "Install Python's venv module first (Debian, Ubuntu: apt install python3-venv)."),
    ("No space left on device", "Free some disk space; the temporary folder needs some too."),
    ("Failed to establish a new connection", "Check your internet connection."),
    ("connection broken by", "Check your internet connection."),
    ("Read timed out", "The network is slow; try again later."),
    (
        "No matching distribution found",
        "A package is not available for this Python; use another version.",
    ),
)


class SetupError(Exception):
    """The environment could not be created; the message is one sentence that says what to do."""


def main(arguments: list[str]) -> int:
    """Update ``.venv`` if necessary and run the command; return the exit code."""
    testing = arguments[:1] == ["--run-tests"]
    extra = "dev" if testing else ""
    if not is_ready(extra):
        with take_lock() as lock:
            if not is_ready(extra):  # the start that held the lock may have prepared it
                prepare(extra, lock)
    if testing:
        os.chdir(ROOT)
        return hand_over([str(PYTHON), "-m", "pytest", *(arguments[1:] or side_by_side())])
    # Start the interpreter explicitly: the length of a shebang line is limited.
    through = [] if os.name == "nt" else [str(PYTHON)]
    return hand_over([*through, str(PHOTOSEEK), *arguments])


def side_by_side() -> list[str]:
    """Return pytest's arguments for running all tests in parallel.

    Many tests wait, so few workers suffice. ``coverage report`` shows the coverage afterwards.
    """
    workers = min(os.cpu_count() or 1, 4)
    return ["-n", str(workers), "--dist", "loadgroup", "--cov", "--cov-report="]


def hand_over(command: list[str]) -> int:
    """Replace this process by the command; on Windows run it and return its exit code."""
    if os.name != "nt":
        os.execv(command[0], command)
    import subprocess

    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the child handles Ctrl-C
            continue


# --- the state of the environment ---------------------------------------------------------------


def identity() -> str:
    """Return a hash of the folder and the Python version, which an environment depends on."""
    tag = sys.implementation.cache_tag or sys.version
    return hashlib.sha256(os.fsencode(ROOT) + b"\0" + tag.encode()).hexdigest()


def project() -> str:
    """Return a hash of the project's metadata, which lists what to install."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()


def read_stamp() -> list[str]:
    """Return the words of the stamp: identity, project, extra; fewer after an interrupted start."""
    try:
        return STAMP.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return []


def write_stamp(*words: str) -> None:
    """Replace the stamp atomically."""
    draft = STAMP.with_suffix(".stamp-draft")
    draft.write_text("\n".join(words) + "\n", encoding="ascii")
    draft.replace(STAMP)


def is_ready(extra: str) -> bool:
    """Return whether the project and this extra are installed here for this Python."""
    stamp = read_stamp()
    installed = stamp[:2] == [identity(), project()] and (not extra or extra in stamp[2:])
    return installed and PYTHON.exists() and PHOTOSEEK.exists()


# --- setting it up ------------------------------------------------------------------------------


def prepare(extra: str, lock: IO[bytes]) -> None:
    """Create the environment if it is missing or stale, and install the project into it."""
    stamp = read_stamp()
    if stamp[:1] != [identity()] or not PYTHON.exists():
        make_environment(lock)
    else:
        say(f"updating {VENV}, which may take a few minutes.")
    extra = extra or "".join(stamp[2:3])
    wanted = project()
    write_stamp(identity())
    mend()
    target = f".[{extra}]" if extra else "."
    run([str(PYTHON), "-I", "-m", "pip", "install", "--no-input", "--editable", target], lock)
    mend()
    write_stamp(identity(), wanted, extra)
    say("installed.")


def make_environment(lock: IO[bytes]) -> None:
    """Create an empty environment, unless ``.venv`` was created by another program.

    Raises:
        SetupError: ``.venv`` has another origin, or Python can't create an environment.
    """
    if VENV.is_dir() and not STAMP.exists():
        foreign = any(not entry.name.startswith(STAMP.name) for entry in VENV.iterdir())
        if foreign:
            raise SetupError(
                f"{VENV} was created by another program; move it away and start again."
            )
    say(
        f"installing photoseek into {VENV} (first start only). This takes 2 to 15 minutes and, "
        "with torch for NVIDIA cards (the default on Linux), about 6 GB of disk space. The README "
        "explains how to install the smaller torch for CPUs."
    )
    VENV.mkdir(exist_ok=True)
    write_stamp(UNFINISHED)
    import shutil

    for entry in VENV.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry != STAMP:
            entry.unlink()
    run([sys.executable, "-I", "-m", "venv", str(VENV)], lock)
    write_stamp(identity())


def mend() -> None:
    """Clean up after pip, which may have been killed.

    Remove the metadata of half-installed packages, so that pip installs them again: pip writes
    INSTALLER after a package's files, and renames the files that it replaces to ``~...``. Escape
    path files that are not ASCII: before Python 3.13 the interpreter reads them in the locale's
    encoding, and with LC_ALL=C it does not start if it can't decode one.
    """
    import shutil

    for packages in (*VENV.glob("lib/python*/site-packages"), VENV / "Lib" / "site-packages"):
        for info in packages.glob("*.dist-info"):
            if not (info / "INSTALLER").exists():
                shutil.rmtree(info)
        for replaced in packages.glob("~*"):
            if replaced.is_dir():
                shutil.rmtree(replaced)
        for file in packages.glob("*.pth"):
            content = file.read_bytes()
            if not content.isascii():
                paths = content.decode("utf-8", "surrogateescape").splitlines()
                escaped = (f"import sys; sys.path.append({path!a})\n" for path in paths)
                file.write_text("".join(escaped), encoding="ascii")


def run(command: list[str], lock: IO[bytes]) -> None:
    """Run one step; show its last line while it works, and all of its output if it fails.

    The step inherits the lock, so that the lock remains if this script is killed during the step.

    Raises:
        SetupError: the step failed.
    """
    import subprocess

    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=() if os.name == "nt" else (lock.fileno(),),
    )
    assert process.stdout is not None
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if not line.startswith(" "):  # pip's details of a step, which may take minutes
                show(line)
        show("")
        code = process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(timeout=5)  # a terminal's Ctrl-C reached it too: let it clean up
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
        raise
    if code:
        output = "".join(lines)
        print(output, end="", file=sys.stderr)
        remedies = (remedy for sign, remedy in REMEDIES if sign in output)
        raise SetupError(
            "the setup failed; its output is above. "
            + next(remedies, "Fix the error and run the command again.")
        )


def take_lock() -> IO[bytes]:
    """Wait until no other start sets up this environment; closing the file releases the lock."""
    try:
        file = LOCK.open("ab")
    except OSError as error:
        raise SetupError(f"Can't write to {ROOT}: {error.strerror}.") from error
    if sys.platform == "win32":
        import msvcrt

        attempt = msvcrt.LK_NBLCK
        while True:
            try:
                msvcrt.locking(file.fileno(), attempt, 1)
            except OSError:
                if attempt == msvcrt.LK_NBLCK:
                    say("waiting for another start, which is setting up.")
                attempt = msvcrt.LK_LOCK  # retries for ten seconds
            else:
                return file
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting for another start, which is setting up.")
        fcntl.flock(file, fcntl.LOCK_EX)
    return file


def say(text: str) -> None:
    """Print a message on stderr; in a terminal, break its lines between words."""
    message = f"photoseek: {text}"
    if sys.stderr.isatty():
        import shutil
        import textwrap

        width = shutil.get_terminal_size().columns
        message = textwrap.fill(message, width, break_long_words=False, break_on_hyphens=False)
    print(message, file=sys.stderr, flush=True)


def show(line: str) -> None:
    """Overwrite the progress line, if stderr is a terminal."""
    if sys.stderr.isatty():
        import shutil

        width = shutil.get_terminal_size().columns - 1
        end = "" if line else "\r"
        print("\r" + line.strip()[:width].ljust(width), end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("interrupted; the next start resumes the setup.")
        sys.exit(INTERRUPTED)
    except SetupError as error:
        say(str(error))
        sys.exit(FAILED)
    except OSError as error:
        say(f"the setup failed: {error}.")
        sys.exit(FAILED)
