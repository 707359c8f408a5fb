"""A Debian root with a kitty that places pictures, for tests on systems with an older kitty.

``python -m tests.support.programs.kitty_root`` creates it with debootstrap (as root, about a
minute, 500 MB) in the user's cache folder, or in ``PHOTOSEEK_TEST_KITTY_ROOT``, from the mirror
that apt uses. Tests use an existing root and create none, since they stay off the network.
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
"""The time limit for creating a root; on two cores with a mirror nearby it took 50 s."""

_SOURCES = Path("/etc/apt")
_MIRROR = re.compile(r"(?:^URIs:|^deb\s(?:\[[^]]*\]\s)?).*?(https?://\S+/debian)/?(?:\s|$)", re.M)

_ENTER = """
root=$1; shift
for folder in proc sys dev tmp; do mount --rbind /$folder "$root/$folder"; done
mount --rbind / "$root/host"
exec chroot "$root" "$@"
"""


def folder() -> Path:
    """Return the path of the root, which may not exist."""
    named = os.environ.get("PHOTOSEEK_TEST_KITTY_ROOT")
    return Path(named or platformdirs.user_cache_path("photoseek-tests") / f"kitty-{RELEASE}")


def why_not() -> str:
    """Return why no program can be run in a root here; empty if one can."""
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
    """Return the command that runs ``command`` outside, which is ``/host`` in the root."""
    line = f"cd {shlex.quote(str(Path.cwd()))} && exec {shlex.join(command)}"
    return ["/usr/sbin/chroot", "/host", "/bin/sh", "-c", line]


def mirror(sources: Path = _SOURCES) -> str:
    """Return the address of Debian's archive that apt uses; empty if it uses none."""
    files = [sources / "sources.list", *sorted(sources.glob("sources.list.d/*"))]
    for path in files:
        if path.is_file() and (match := _MIRROR.search(path.read_text(errors="replace"))):
            return match[1]
    return ""


def make() -> str:
    """Create the root unless it exists.

    Returns:
        Why it can't be created; empty if it now exists.
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
    # In namespaces of its own, so that its mounts and processes end with it.
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
