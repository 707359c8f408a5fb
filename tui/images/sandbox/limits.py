"""The limits that the decode process sets for itself before it opens a file.

Soft and hard limits are lowered together, so that the process can't raise them again, unless it
runs as root. On Linux it also leaves the network: in a network namespace of its own it has no
interface but a loopback one that is down. The process keeps the network if the system forbids that
(some distributions deny user namespaces), for a user with capabilities, and on other systems. It
can read every file that the user can read.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h


def limit_process(memory: int, processor_seconds: int) -> None:
    """Limit the address space, the total processor time, written files and core dumps.

    Args:
        memory: bytes of address space.
        processor_seconds: over the life of the process.
    """
    for kind, limit in (
        ("RLIMIT_AS", memory),
        ("RLIMIT_CPU", processor_seconds),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
    ):
        _limit(kind, limit, limit)


def limit_next_file(seconds: float) -> None:
    """Limit the processor time until the next call, in seconds."""
    with suppress(ImportError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime + seconds) + 2
        _limit("RLIMIT_CPU", limit, resource.getrlimit(resource.RLIMIT_CPU)[1])


def leave_network() -> bool:
    """Move this process, while it has one thread, to a network namespace of its own.

    Returns:
        Whether the system allowed it.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    with suppress(AttributeError):
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    try:
        unshare = libc.unshare
    except AttributeError:
        return False
    if unshare(_CLONE_NEWNET) == 0:  # root
        return True
    # In a user namespace of its own the process would lose its capabilities on files.
    return not _has_capabilities() and bool(unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def _has_capabilities() -> bool:
    """Return whether this process has rights beyond its user's (proc(5), CapEff)."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return True
    masks = [line.split()[1] for line in lines if line.startswith("CapEff:")]
    return any(int(mask, 16) for mask in masks)


def _limit(kind: str, soft: int, hard: int) -> None:
    """Lower a limit; the system may lack it, or already have a lower one."""
    try:
        import resource
    except ImportError:
        return
    number: Any = getattr(resource, kind, None)
    if number is None:
        return
    highest = resource.getrlimit(number)[1]
    if highest != resource.RLIM_INFINITY:
        soft = min(soft, highest)
        hard = highest if hard == resource.RLIM_INFINITY else min(hard, highest)
    with suppress(OSError, ValueError):  # macOS has RLIMIT_AS but rejects it.
        resource.setrlimit(number, (soft, hard))
