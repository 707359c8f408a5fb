"""The actions of a random history, done in this process or in one that is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.oracles.steps import KILLED, Steps, counting, end_process
from tests.support.embedders import ColourEmbedder
from tui.core.errors import PhotoseekError
from tui.core.settings import Settings
from tui.indexing.indexer import index_folders
from tui.indexing.report import IndexReport
from tui.library.base.folder_options import OptionChanges
from tui.library.local.catalog.reader import Catalog
from tui.library.local.check import repair
from tui.library.local.store import LocalStore
from tui.library.local.vectors.saving import write_generation
from tui.library.local.vectors.searching import IndexLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.domain import Cancelled, Pixels, Vectors

SMALL_LIMITS = IndexLimits(exact=6, delta=3, small=5, depth=400, reach=500)
"""Limits with which these small libraries use every strategy of a large one."""


class WideEmbedder(ColourEmbedder):
    """A second model with longer vectors."""

    def __init__(self) -> None:
        super().__init__("wide-1")
        self.dim = 6

    def embed_images(self, pixels: Pixels) -> Vectors:
        return np.pad(super().embed_images(pixels), ((0, 0), (2, 0)))

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        return np.pad(super().embed_text(texts), ((0, 0), (2, 0)))


MODELS: dict[str, Callable[[], ColourEmbedder]] = {
    "colours-1": ColourEmbedder,
    "wide-1": WideEmbedder,
}


class SmallStore(LocalStore):
    """A store that saves its index as a large library does."""

    def save(self, model_id: str, *, finished: bool = False, cancelled: Cancelled) -> None:
        write_generation(
            self.catalog, model_id, finished=finished, cancelled=cancelled, limits=SMALL_LIMITS
        )


def run_index(
    catalog: Catalog,
    folder: Path,
    model_id: str,
    options: OptionChanges,
    cancelled: Cancelled = lambda: False,
) -> IndexReport:
    """Run the indexer once."""
    return index_folders(
        SmallStore(catalog),
        [folder],
        model_id=model_id,
        load=MODELS[model_id],
        settings=Settings(data_dir=catalog.data_dir, batch_size=2, threads=2),
        on_progress=lambda progress: None,
        cancelled=cancelled,
        options=options,
    )


def perform(request: dict[str, Any]) -> None:
    """Run the indexer or a repair, as requested."""
    data_dir = Path(request["data_dir"])
    if request["what"] == "repair":
        repair(data_dir)
        return
    with Catalog.open(data_dir) as catalog:
        excludes = tuple(request["excludes"])
        run_index(
            catalog, Path(request["folder"]), request["model"], OptionChanges(excludes=excludes)
        )


class ActorProcesses:
    """Processes that act and are killed; a parent without an open library forks them."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],  # the folder that contains `tests`
        )

    def act(self, at: int, **request: Any) -> bool:
        """Act and end the process at a step; return whether it reached the step."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps({"at": at, **request}) + "\n")
        self._parent.stdin.flush()
        code = int(self._parent.stdout.readline())
        assert code in (0, KILLED), f"the process ended with {code}"
        return code == KILLED

    def close(self) -> None:
        self._parent.communicate()


def _serve() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            steps = Steps(Path(request["data_dir"]), request["at"], end_process)
            try:
                with counting(steps):
                    perform(request)
            except PhotoseekError:  # it was rejected with a sentence
                os._exit(0)
            except BaseException as error:
                sys.stderr.write(f"{error!r}\n")
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
