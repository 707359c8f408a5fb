"""All actions, with their keys and the scopes in which these work.

Bindings, the help screen, the command palette and the page on keys are made from them. An
action's ``id`` is its name in the table ``[keys]`` of the user's settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app.keys.tables.anywhere import ANYWHERE
from tui.app.keys.tables.dialogs import DIALOGS
from tui.app.keys.tables.duplicates import COMPARED, DUPLICATES
from tui.app.keys.tables.folders import FOLDERS
from tui.app.keys.tables.main import MAIN
from tui.app.keys.tables.pictures import PICTURES
from tui.app.keys.tables.preview import PREVIEW
from tui.app.keys.tables.search_box import SEARCH_BOX

if TYPE_CHECKING:
    from tui.app.keys.action import Action

ACTIONS: tuple[Action, ...] = (
    *ANYWHERE,
    *SEARCH_BOX,
    *MAIN,
    *PICTURES,
    *FOLDERS,
    *PREVIEW,
    *DUPLICATES,
    *COMPARED,
    *DIALOGS,
)
