"""An action, and the scopes in which its keys work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ActionScope = Literal[
    "anywhere",
    "panes",
    "search",
    "pictures",
    "picking",
    "folders",
    "preview",
    "duplicates",
    "compare",
    "question",
    "ask",
    "name",
    "saved",
    "models",
    "failures",
    "welcome",
    "help",
    "palette",
    "list",
]
"""Where a key works: ``panes`` is the main screen, whose letters are text in the search box."""

PaletteRank = Literal["common", "listed", "hidden"]
"""Where the command palette lists an action: among the first, after these, or not at all."""


TITLES: dict[ActionScope, str] = {
    "anywhere": "Anywhere",
    "search": "In the search box",
    "panes": "Main screen (not while typing)",
    "pictures": "Results",
    "picking": "Results, with --pick",
    "folders": "Folders",
    "preview": "Preview",
    "duplicates": "Duplicates",
    "compare": "Duplicates side by side",
    "question": "Confirmation dialog",
    "ask": "Choosing a folder",
    "name": "Naming a search",
    "saved": "Saved searches",
    "models": "Models",
    "failures": "Failed files",
    "welcome": "Welcome screen",
    "help": "Help",
    "palette": "Command palette",
    "list": "Saved searches, models and failed files",
}


@dataclass(frozen=True, slots=True)
class Action:
    """A command of the user, with its keys.

    Attributes:
        id: ``where.what``, unique.
        keys: Textual's names of the default keys, the best known first.
        action: Textual's action string, run on the screen or widget of ``where``.
        description: a label for help and palette.
        where: the scope in which the keys work.
        footer: the word beside the key in the footer; empty to leave it out.
        synonyms: further words by which the palette finds it, with blanks between them.
        takes_count: a number typed before its key is passed to it as the last parameter.
        palette: its rank in the palette; cursor motions and second entries are hidden.
    """

    id: str
    keys: tuple[str, ...]
    action: str
    description: str
    where: ActionScope
    footer: str = ""
    synonyms: str = ""
    takes_count: bool = False
    palette: PaletteRank = "listed"
