"""The persistent state of the app: a small JSON file in the data folder.

Saved searches are the user's own work. A damaged file is copied before it is replaced, and one that
can't be opened is not replaced at all.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, get_args

from tui.core.settings import MEMORY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

View = Literal["grid", "list"]

MAX_HISTORY = 200
MAX_QUERY = 1_000
"""The longest query to store; longer ones were pasted by mistake."""
_MOST_READ = 10 * MAX_HISTORY
"""The most history entries to read, since another program may have written the file."""

_MAX_WIDTH = 1_000
"""The widest folder pane to restore, in columns."""

_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_MAX_BYTES = 16 << 20
"""The largest file to read, and so to write."""


@dataclass(frozen=True, slots=True)
class AppState:
    """The persistent state.

    Attributes:
        view: whether results are in a grid or a list.
        history: earlier queries, the latest last.
        saved: saved queries by name.
        first_run: the welcome screen has not been shown yet.
        theme: the name of the theme; empty for the one that suits the terminal.
        model: the name of the model; empty if the user selected none.
        download: the model that was downloading when the app ended; empty if there was none.
        download_use: this model is to be used once it is complete.
        folders_hidden: the folder pane is hidden.
        folders_width: the columns of the folder pane; 0 for the default.
        folders_resized: the user has set this width.
        preview: whether the preview pane is shown; None shows it in a wide window.
    """

    view: View = "grid"
    history: tuple[str, ...] = ()
    saved: Mapping[str, str] = field(default_factory=dict)
    first_run: bool = True
    theme: str = ""
    model: str = ""
    download: str = ""
    download_use: bool = False
    folders_hidden: bool = False
    folders_width: int = 0
    folders_resized: bool = False
    preview: bool | None = None

    def with_query(self, text: str) -> AppState:
        """Add a query to the end of the history, and remove it elsewhere."""
        text = text.strip()
        if not text or len(text) > MAX_QUERY:
            return self
        earlier = [query for query in self.history if query != text]
        return replace(self, history=(*earlier, text)[-MAX_HISTORY:])

    def with_saved(self, name: str, text: str, replaced: str = "") -> AppState:
        """Save a query under a name.

        Args:
            name: its name.
            text: the query.
            replaced: the query of that name that the user agreed to lose; another one, which
                another window may have saved meanwhile, keeps the name with a number.
        """
        saved = dict(self.saved)
        before = saved.get(name, text)
        if before not in (text, replaced):
            free = next(n for n in count(2) if f"{name} ({n})" not in saved)
            saved[f"{name} ({free})"] = before
        return replace(self, saved={**saved, name: text})

    def without_saved(self, name: str, text: str) -> AppState:
        """Delete a saved query unless it has changed since the user saw it."""
        if self.saved.get(name) != text:
            return self
        return replace(self, saved={key: text for key, text in self.saved.items() if key != name})


class _DamagedError(ValueError):
    """The file does not contain a complete state."""


def load(data_dir: Path) -> AppState:
    """Read the state; missing or damaged fields have their defaults."""
    try:
        return _parse_state(_read(data_dir))
    except (OSError, ValueError):
        return AppState()


def load_to_change(data_dir: Path) -> tuple[AppState, Path | None]:
    """Read the state in order to replace it; copy a damaged file first.

    Returns:
        The state, and the path of the copy if there is one.

    Raises:
        PhotoseekError: the file can't be read or copied, so it must not be replaced.
    """
    from tui.core.errors import PhotoseekError

    path = data_dir / MEMORY
    try:
        try:
            written = _read(data_dir)
            memory = _parse_state(written)
            _check_saved(written, memory)
        except _DamagedError:
            return load(data_dir), _copy_aside(path)
    except FileNotFoundError:
        return AppState(), None
    except OSError as error:
        raise PhotoseekError(
            f"{path} can't be read ({error.strerror or error}), so changes are not saved."
        ) from error
    return memory, None


def save(memory: AppState, data_dir: Path) -> None:
    """Write the state atomically.

    Raises:
        PhotoseekError: the data folder is not writable, or the state is too large.
    """
    import json

    from tui.core.errors import PhotoseekError
    from tui.core.files import replace_file

    text = json.dumps(asdict(memory), indent=1, ensure_ascii=False)
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > _MAX_BYTES:
        raise PhotoseekError("The saved searches are too large to store; delete some of them.")
    try:
        with replace_file(data_dir / MEMORY) as draft:
            draft.file.write(data)
            draft.file.flush()
            os.fsync(draft.file.fileno())  # Saved searches can't be recovered.
    except OSError as error:
        raise PhotoseekError(
            f"Can't save history and settings: {data_dir} is not writable "
            f"({error.strerror or error})."
        ) from error


def _read(data_dir: Path) -> dict[str, Any]:
    with os.fdopen(_opened(data_dir / MEMORY), "rb") as file:
        written = file.read(_MAX_BYTES + 1)
    if len(written) > _MAX_BYTES:
        raise _DamagedError("too large")
    import json  # 2 ms before the first frame, and a new user has no such file

    try:
        data = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise _DamagedError("not JSON") from error
    if not isinstance(data, dict):
        raise _DamagedError("not an object")
    return data


def _opened(path: Path) -> int:
    """Open a regular file; a named pipe would block before the first frame."""
    descriptor = os.open(path, os.O_RDONLY | _NO_WAITING)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file")


def _check_saved(written: dict[str, Any], memory: AppState) -> None:
    """Check that every saved query was parsed."""
    if written.get("saved", {}) != memory.saved:
        raise _DamagedError("a saved search is not a text")


def _copy_aside(path: Path) -> Path:
    """Copy a file to the first free name beside it, never over another file."""
    for number in count(1):
        copy = path.with_name(f"{path.name}.damaged-{number}")
        try:
            descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "wb") as target, path.open("rb") as source:
            shutil.copyfileobj(source, target)
        return copy
    raise AssertionError


def _parse_state(data: dict[str, Any]) -> AppState:
    memory = AppState()
    if data.get("view") in get_args(View):
        memory = replace(memory, view=data["view"])
    if isinstance(history := data.get("history"), list):
        for text in history[-_MOST_READ:]:
            memory = memory.with_query(text) if isinstance(text, str) else memory
    if isinstance(saved := data.get("saved"), dict):
        saved_texts = {name: text for name, text in saved.items() if isinstance(text, str)}
        memory = replace(memory, saved=saved_texts)
    flags = ("first_run", "download_use", "folders_hidden", "folders_resized", "preview")
    switches = {name: data[name] for name in flags if isinstance(data.get(name), bool)}
    memory = replace(memory, **switches)
    width = data.get("folders_width")
    if type(width) is int and 0 <= width <= _MAX_WIDTH:
        memory = replace(memory, folders_width=width)
    texts = {
        name: data[name]
        for name in ("theme", "model", "download")
        if isinstance(data.get(name), str)
    }
    return replace(memory, **texts)
