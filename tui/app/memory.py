"""What lasts from one run to the next: a small JSON file in the data folder.

Nothing in it is precious: what can't be read, whole or in part, has its default.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from tui.config import MEMORY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

View = Literal["grid", "list"]

MAX_HISTORY = 200
MAX_QUERY = 1_000
"""Characters of a query that are worth keeping; longer ones were pasted by mistake."""
_MAX_BYTES = 1 << 20


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
        with (data_dir / MEMORY).open("rb") as file:
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

    from tui.errors import PhotoseekError
    from tui.files import replacing

    try:
        with replacing(data_dir / MEMORY) as draft:
            draft.file.write(json.dumps(asdict(memory), indent=1).encode())
    except OSError as error:
        raise PhotoseekError(
            f"What you chose can't be kept for the next time: {data_dir} can't be written "
            f"({error.strerror or error})."
        ) from error


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
