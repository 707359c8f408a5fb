"""Set photoseek up and start it: ``python3 run_project.py [ARGS]``.

The first start makes ``.venv`` beside this file and installs the project into it; every later
start hands straight over to ``photoseek`` with the same arguments. ``--run-tests`` as the first
argument installs the tools of development too and runs the tests instead.

Standard library only. What was reached is written to a stamp in ``.venv``, always last and
atomically, so that a start that was killed is finished by the next one. What this script says
goes to stderr; stdout belongs to photoseek.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - older Pythons get here, and get this sentence
    print("photoseek: this is an old Python; start it with Python 3.11 or newer.", file=sys.stderr)
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
    ("No space left on device", "Free some disk space, also in the temporary folder."),
    ("Failed to establish a new connection", "Connect to the network."),
    ("connection broken by", "Connect to the network."),
    ("Read timed out", "The network is slow or interrupted."),
    ("No matching distribution found", "A package has no build for this Python; try another one."),
)


class SetupError(Exception):
    """The environment can't be made; the message is one sentence that says what to do."""


def main(arguments: list[str]) -> int:
    """Bring ``.venv`` up to date where it is not, then hand over; return the exit code."""
    testing = arguments[:1] == ["--run-tests"]
    extra = "dev" if testing else ""
    if not is_ready(extra):
        with take_lock() as lock:
            if not is_ready(extra):  # the start that held the lock may have done it
                prepare(extra, lock)
    if testing:
        os.chdir(ROOT)
        return hand_over([str(PYTHON), "-m", "pytest", *(arguments[1:] or side_by_side())])
    # Through the interpreter: a script's first line can't hold every path.
    through = [] if os.name == "nt" else [str(PYTHON)]
    return hand_over([*through, str(PHOTOSEEK), *arguments])


def side_by_side() -> list[str]:
    """Return how pytest runs all tests; many of them wait, so few workers suffice.

    It measures coverage too, which ``coverage report`` shows afterwards.
    """
    workers = min(os.cpu_count() or 1, 4)
    return ["-n", str(workers), "--dist", "loadgroup", "--cov", "--cov-report="]


def hand_over(command: list[str]) -> int:
    """Become the command; on Windows, which can't, run it and return its exit code."""
    if os.name != "nt":
        os.execv(command[0], command)
    import subprocess

    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # Ctrl-C is the child's to answer
            continue


# --- what has been reached ----------------------------------------------------------------------


def identity() -> str:
    """Return a hash of what an environment can't outlive: its place and its Python."""
    tag = sys.implementation.cache_tag or sys.version
    return hashlib.sha256(os.fsencode(ROOT) + b"\0" + tag.encode()).hexdigest()


def project() -> str:
    """Return a hash of what is to be installed."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()


def read_stamp() -> list[str]:
    """Return the stamp's words: identity, project, extra; fewer where less was reached."""
    try:
        return STAMP.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return []


def write_stamp(*words: str) -> None:
    """Replace the stamp in one step."""
    draft = STAMP.with_suffix(".stamp-draft")
    draft.write_text("\n".join(words) + "\n", encoding="ascii")
    draft.replace(STAMP)


def is_ready(extra: str) -> bool:
    """Return whether everything, with this extra, is installed in this place for this Python."""
    stamp = read_stamp()
    installed = stamp[:2] == [identity(), project()] and (not extra or extra in stamp[2:])
    return installed and PYTHON.exists() and PHOTOSEEK.exists()


# --- making it ----------------------------------------------------------------------------------


def prepare(extra: str, lock: IO[bytes]) -> None:
    """Make the environment where it is missing or stale, and install into it."""
    stamp = read_stamp()
    if stamp[:1] != [identity()] or not PYTHON.exists():
        make_environment(lock)
    else:
        say(f"bringing {VENV} up to date, which may take some minutes.")
    extra = extra or "".join(stamp[2:3])
    wanted = project()
    write_stamp(identity())
    mend()
    target = f".[{extra}]" if extra else "."
    run([str(PYTHON), "-I", "-m", "pip", "install", "--no-input", "--editable", target], lock)
    mend()
    write_stamp(identity(), wanted, extra)
    say("installed; the next start goes straight through.")


def make_environment(lock: IO[bytes]) -> None:
    """Make an empty environment; one that this script did not make is never touched.

    Raises:
        SetupError: ``.venv`` is somebody else's, or Python can't make one.
    """
    if VENV.is_dir() and not STAMP.exists():
        foreign = any(not entry.name.startswith(STAMP.name) for entry in VENV.iterdir())
        if foreign:
            raise SetupError(f"{VENV} was not made by this script; move it away and start again.")
    say(
        f"making {VENV} and installing photoseek into it, once. With torch's build for NVIDIA "
        "cards, which is Linux's default, this takes about 6 GB of disk (the README says how "
        "to have the small one), and from two minutes to a quarter of an hour."
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
    """Mend what pip, killed or not, can leave behind in the environment.

    A package that was half installed is made unknown again, so that pip installs it: pip writes
    INSTALLER after a package's files, and renames what it replaces to ``~...``. A path file that
    is not ASCII is escaped: before Python 3.13 these are read in the locale's encoding, and with
    LC_ALL=C one letter too many keeps the interpreter from starting.
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
    """Run one step; its last line is shown while it works, all of its output if it fails.

    The step inherits the lock, so that a step that outlives this script still keeps others out.

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
            show(line)
        show("")
        code = process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(timeout=5)  # a terminal's Ctrl-C reached it too: let it tidy up
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
        raise
    if code:
        output = "".join(lines)
        print(output, end="", file=sys.stderr)
        remedies = (remedy for sign, remedy in REMEDIES if sign in output)
        raise SetupError(
            "the set-up failed, and what it said is above. "
            + next(remedies, "Put right what it names.")
            + " The next start goes on from here."
        )


def take_lock() -> IO[bytes]:
    """Wait until no other start sets up in this place; the lock goes with the file's closing."""
    try:
        file = LOCK.open("ab")
    except OSError as error:
        raise SetupError(f"{ROOT} can't be written to: {error.strerror}.") from error
    if sys.platform == "win32":
        import msvcrt

        attempt = msvcrt.LK_NBLCK
        while True:
            try:
                msvcrt.locking(file.fileno(), attempt, 1)
            except OSError:
                if attempt == msvcrt.LK_NBLCK:
                    say("another start is setting up here; waiting for it.")
                attempt = msvcrt.LK_LOCK  # tries for ten seconds
            else:
                return file
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another start is setting up here; waiting for it.")
        fcntl.flock(file, fcntl.LOCK_EX)
    return file


def say(text: str) -> None:
    """Tell the user, on stderr."""
    print(f"photoseek: {text}", file=sys.stderr, flush=True)


def show(line: str) -> None:
    """Show where a step stands, on a terminal, in one line that the next one replaces."""
    if sys.stderr.isatty():
        import shutil

        width = shutil.get_terminal_size().columns - 1
        end = "" if line else "\r"
        print("\r" + line.strip()[:width].ljust(width), end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("interrupted; the next start goes on from here.")
        sys.exit(INTERRUPTED)
    except SetupError as error:
        say(str(error))
        sys.exit(FAILED)
    except OSError as error:
        say(f"the set-up failed: {error}.")
        sys.exit(FAILED)
