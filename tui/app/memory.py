"""What lasts from one run to the next: a small JSON file in the data folder.

Nothing in it is precious: what can't be read, whole or in part, has its default.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, get_args

from tui.domain import PhotoseekError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from threading import Thread

    from textual.message import Message

    from tui.app.background import Tasks

View = Literal["grid", "list"]

FILE = "memory.json"
MAX_HISTORY = 200
MAX_QUERY = 1_000
"""Characters of a query that are worth keeping; longer ones were pasted by mistake."""
_MAX_BYTES = 1 << 20
_LAST_WRITE = 1.0
"""Seconds that leaving waits for the last change to reach the disk."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered.

    Attributes:
        view: how results are shown.
        history: earlier queries, the latest last.
        saved: queries by the names that the user gave them.
        first_run: nobody has been welcomed yet.
        theme: the name of the chosen theme; empty for the one that suits the terminal.
        model: the chosen model; empty where none was chosen.
    """

    view: View = "grid"
    history: tuple[str, ...] = ()
    saved: Mapping[str, str] = field(default_factory=dict)
    first_run: bool = True
    theme: str = ""
    model: str = ""

    def with_query(self, text: str) -> Memory:
        """Add a query to the history, at its end, wherever it was before."""
        text = text.strip()
        if not text or len(text) > MAX_QUERY:
            return self
        others = [known for known in self.history if known != text]
        return replace(self, history=(*others, text)[-MAX_HISTORY:])

    def with_saved(self, name: str, text: str) -> Memory:
        """Save a query under a name, instead of what had that name."""
        return replace(self, saved={**self.saved, name: text})

    def without_saved(self, name: str) -> Memory:
        """Forget a saved query."""
        return replace(self, saved={key: text for key, text in self.saved.items() if key != name})


def load(data_dir: Path) -> Memory:
    """Read the memory; what is missing or damaged has its default."""
    try:
        with (data_dir / FILE).open("rb") as file:
            written = file.read(_MAX_BYTES)
        import json  # 2 ms before the first frame, and a new user has no such file

        found = json.loads(written)
    except (OSError, ValueError, RecursionError):
        return Memory()
    return _understood(found) if isinstance(found, dict) else Memory()


def save(memory: Memory, data_dir: Path) -> None:
    """Write the memory, whole or not at all.

    Raises:
        PhotoseekError: the data folder can't be written.
    """
    import json

    path = data_dir / FILE
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.write_text(json.dumps(asdict(memory), indent=1), encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise PhotoseekError(
            f"What you chose can't be kept for the next time: {data_dir} can't be written "
            f"({error.strerror or error})."
        ) from error


class Keeper:
    """Has the memory at hand and writes its changes in the background.

    Another process may do the same, so a change is made to what the file says by then.

    Args:
        data_dir: the library's folder.
        memory: what is known at the start.
        tasks: run the writing.
    """

    def __init__(self, data_dir: Path, memory: Memory, tasks: Tasks) -> None:
        self.now = memory
        self._data_dir = data_dir
        self._tasks = tasks
        self._waiting: deque[Callable[[Memory], Memory]] = deque()
        self._writing = Lock()
        self._last: Thread | None = None

    def change(self, change: Callable[[Memory], Memory]) -> None:
        """Make a change, here at once and on disk soon."""
        changed = change(self.now)
        if changed != self.now:
            self.now = changed
            self._waiting.append(change)
            self._last = self._tasks.start("memory", self._write)

    def keep(self, **fields: Any) -> None:
        """Give fields of the memory another value."""
        self.change(partial(replace, **fields))

    def close(self) -> None:
        """Wait a moment for the last change."""
        if self._last is not None:
            self._last.join(_LAST_WRITE)

    def _write(self) -> Iterator[Message]:
        with self._writing:
            if self._waiting:
                memory = load(self._data_dir)
                while self._waiting:
                    memory = self._waiting.popleft()(memory)
                save(memory, self._data_dir)
        yield from ()


def _understood(found: dict[str, Any]) -> Memory:
    memory = Memory()
    if found.get("view") in get_args(View):
        memory = replace(memory, view=found["view"])
    if isinstance(history := found.get("history"), list):
        for text in history:
            memory = memory.with_query(text) if isinstance(text, str) else memory
    if isinstance(saved := found.get("saved"), dict):
        known = {name: text for name, text in saved.items() if isinstance(text, str)}
        memory = replace(memory, saved=known)
    if isinstance(found.get("first_run"), bool):
        memory = replace(memory, first_run=found["first_run"])
    texts = {name: found[name] for name in ("theme", "model") if isinstance(found.get(name), str)}
    return replace(memory, **texts)
