"""A Debian root with a kitty that places pictures, for tests on systems whose own kitty is older.

``python -m tests.support.programs.kitty_root`` makes it with debootstrap (as root, about a minute,
500 MB) in the user's cache folder, or in ``PHOTOSEEK_TEST_KITTY_ROOT``, from the mirror that apt
uses. Tests take a root that exists and make none, since they stay off the network.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs

RELEASE = "trixie"
PACKAGES = ("kitty", "libgl1", "libgl1-mesa-dri", "fonts-dejavu-core")
SECONDS = 170
"""What making a root may take; on two cores with a mirror nearby it took 50 s."""

_SOURCES = Path("/etc/apt")
_MIRROR = re.compile(r"(?:^URIs:|^deb\s(?:\[[^]]*\]\s)?).*?(https?://\S+/debian)/?(?:\s|$)", re.M)

_ENTER = """
root=$1; shift
for folder in proc sys dev tmp; do mount --rbind /$folder "$root/$folder"; done
mount --rbind / "$root/host"
exec chroot "$root" "$@"
"""


def folder() -> Path:
    """Return where the root is, or would be."""
    named = os.environ.get("PHOTOSEEK_TEST_KITTY_ROOT")
    return Path(named or platformdirs.user_cache_path("photoseek-tests") / f"kitty-{RELEASE}")


def why_not() -> str:
    """Return why no program can be run in a root here; empty where one can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "only root can enter another root"
    if not (folder() / "usr/bin/kitty").exists():
        return "there is no kitty root; `python -m tests.support.programs.kitty_root` makes one"
    # A container may forbid mounts even to root.
    tried = subprocess.run(inside(["true"]), capture_output=True, check=False, timeout=60)
    return "" if tried.returncode == 0 else "this system does not let root enter another root"


def inside(command: Sequence[str]) -> list[str]:
    """Return the command that runs ``command`` in the root, in a mount namespace of its own."""
    enter = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", _ENTER, "sh"]
    return [*enter, str(folder()), *command]


def outside(command: Sequence[str]) -> list[str]:
    """Return what runs ``command`` outside again: within the root, this system is ``/host``."""
    line = f"cd {shlex.quote(str(Path.cwd()))} && exec {shlex.join(command)}"
    return ["/usr/sbin/chroot", "/host", "/bin/sh", "-c", line]


def mirror(sources: Path = _SOURCES) -> str:
    """Return the address of Debian's archive that apt uses; empty where it uses none."""
    files = [sources / "sources.list", *sorted(sources.glob("sources.list.d/*"))]
    for path in files:
        if path.is_file() and (match := _MIRROR.search(path.read_text(errors="replace"))):
            return match[1]
    return ""


def make() -> str:
    """Make the root unless it exists.

    Returns:
        Why it can't be made; empty where it exists now.
    """
    root = folder()
    if (root / "usr/bin/kitty").exists():
        return ""
    if os.name != "posix" or os.geteuid() != 0:
        return "only root can make one"
    if shutil.which("debootstrap") is None:
        return "debootstrap is not installed"
    part = root.with_name(f"{root.name}.{os.getpid()}.part")
    part.mkdir(parents=True)
    try:
        problem = _fill(part, mirror())
        if not problem:
            part.rename(root)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return problem


def _fill(root: Path, address: str) -> str:
    if not address:
        return "apt uses no Debian archive"
    # In namespaces of its own: no mount outlives it, and no process that it started.
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "debootstrap"]
    command += ["--variant=minbase", f"--include={','.join(PACKAGES)}", RELEASE, str(root), address]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"debootstrap took more than {SECONDS} s"
    if done.returncode:
        return f"debootstrap failed: {(done.stdout.strip().splitlines() or ['?'])[-1]}"
    (root / "host").mkdir()
    for package in root.glob("var/cache/apt/archives/*.deb"):
        package.unlink()
    return ""


if __name__ == "__main__":
    problem = make()
    print(problem or f"{folder()} is ready")
    sys.exit(1 if problem else 0)
