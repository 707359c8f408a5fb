"""The limits that the decode process puts on itself before it opens a file.

Soft and hard limits are lowered together, so that the process can't raise them again, unless it
runs as root. On Linux it also leaves the network: in a network namespace of its own it has no
interface but a loopback one that is down. Where the system refuses that (some distributions deny
user namespaces), and on other systems, the process keeps the network. It keeps the user's rights
on files in any case: it can read what the user can read.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from typing import Any

_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h


def limit_process(memory: int, processor_seconds: int) -> None:
    """Bound the address space, the processor time in all, written files and core dumps.

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
    """Bound the processor time until the next call, in seconds."""
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
    # Root needs no user namespace, in which it would lose its rights on files.
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    return bool(unshare(flags) == 0)


def _limit(kind: str, soft: int, hard: int) -> None:
    """Lower a limit; the system may not have it, or have a lower one already."""
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
    with suppress(OSError, ValueError):  # macOS has RLIMIT_AS and refuses it.
        resource.setrlimit(number, (soft, hard))
