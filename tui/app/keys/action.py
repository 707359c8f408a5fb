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
    "question",
    "ask",
    "name",
    "saved",
    "models",
    "failures",
    "welcome",
    "help",
]
"""Where a key works: ``panes`` is the main screen; its letters are text in the search input."""


TITLES: dict[ActionScope, str] = {
    "anywhere": "Anywhere",
    "search": "While typing",
    "panes": "On the main screen (letters outside the search box)",
    "pictures": "In the pictures",
    "picking": "In the pictures, with --pick",
    "folders": "In the folders",
    "preview": "In the large preview",
    "duplicates": "Among the duplicates",
    "question": "In a question",
    "ask": "When asked for a folder",
    "name": "When asked for a name",
    "saved": "Among the saved queries",
    "models": "Among the models",
    "failures": "Among the failures",
    "welcome": "At the first start",
    "help": "In this list",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a key does.

    Attributes:
        id: ``where.what``, unique.
        keys: Textual's names of the default keys, the best known first.
        action: Textual's action string, run on the screen or widget of ``where``.
        description: for help and palette, a sentence without its full stop.
        where: the place in which the keys work.
        footer: the word beside the key in the footer; empty to leave it out.
    """

    id: str
    keys: tuple[str, ...]
    action: str
    description: str
    where: ActionScope
    footer: str = ""
