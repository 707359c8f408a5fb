"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a draft to write, which then takes the place of ``path`` in one step.

    Both are for their owner alone; the folder is made where it is missing. Where anything is
    raised, ``path`` stays as it was and the draft goes. For what can be made anew: nothing is
    forced to the disk.

    Raises:
        OSError: it can't be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600))
        yield draft
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
