"""The one table of actions: what can be done, with which keys, and where.

Bindings, the help screen, the command palette and the page on keys are made from it. An
action's ``id`` is what the table ``[keys]`` of the user's settings calls it.
"""

from __future__ import annotations

from tui.app.keys.action import Action, ActionScope

ON_PICTURES: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("copy_paths", ("y",), "Copy the path to the clipboard", ""),
    ("launch", ("e",), "Open in the system's viewer", ""),
    ("reveal", ("E",), "Show in the file manager", ""),
    ("copy_into", ("c",), "Copy into a folder", ""),
    ("hard_link", ("L",), "Hard-link into a folder", ""),
    ("symlink", ("S",), "Link into a folder", ""),
    ("write_list", ("w",), "Write the paths to a file", ""),
    ("trash", ("d", "delete"), "Move to the trash", "Trash"),
    ("undo", ("u",), "Restore from the trash", ""),
)


def _on_pictures(where: ActionScope) -> tuple[Action, ...]:
    """Return what can be done with pictures, for one of the places that show them."""
    return tuple(
        Action(f"{where}.{name}", keys, f"act('{name}')", description, where, footer)
        for name, keys, description, footer in ON_PICTURES
    )


ACTIONS: tuple[Action, ...] = (
    Action("anywhere.quit", ("ctrl+q",), "app.leave", "Quit at once", "anywhere", "Quit"),
    Action("anywhere.interrupt", ("ctrl+c",), "app.leave", "Quit at once", "anywhere"),
    Action(
        "anywhere.palette", ("ctrl+p",), "app.command_palette", "Find an action by name", "anywhere"
    ),
    Action("anywhere.help", ("f1",), "app.help", "Show all keys", "anywhere", "Help"),
    Action("anywhere.redraw", ("f5",), "app.redraw", "Redraw the screen", "anywhere"),
    Action("search.pictures", ("enter",), "accept", "Go to the pictures", "search", "Pictures"),
    Action("search.later", ("down",), "later", "A later query, then the pictures", "search"),
    Action("search.earlier", ("up",), "earlier", "An earlier query", "search"),
    Action("search.complete", ("tab",), "complete", "Complete, or next pane", "search", "Complete"),
    Action(
        "search.complete_back",
        ("shift+tab",),
        "complete_back",
        "Previous choice, or previous pane",
        "search",
    ),
    Action("search.clear", ("escape",), "empty", "Clear the search", "search"),
    Action("panes.search", ("slash", "s"), "focus_search", "Type a search", "panes", "Search"),
    Action("panes.pictures", ("p",), "focus_pictures", "Go to the pictures", "panes"),
    Action("panes.folders", ("f",), "focus_folders", "Go to the folders", "panes"),
    Action("panes.back", ("escape",), "focus_search", "Back to the search", "panes"),
    Action("anywhere.next", ("tab",), "app.focus_next", "Next pane", "anywhere"),
    Action("anywhere.previous", ("shift+tab",), "app.focus_previous", "Previous pane", "anywhere"),
    Action(
        "panes.index", ("i",), "index_folder", "Index the folder that is searched", "panes", "Index"
    ),
    # The line of the run says these two keys, so the footer need not.
    Action("panes.cancel", ("x", "ctrl+s"), "cancel_indexing", "Stop indexing", "panes"),
    Action("panes.resume", ("r", "ctrl+r"), "resume_indexing", "Resume indexing", "panes"),
    Action("panes.everything", ("a",), "search_everything", "Search the whole library", "panes"),
    Action("panes.save", ("B", "f2"), "save_query", "Save the query under a name", "panes"),
    Action("panes.saved", ("b", "f3"), "saved_queries", "Choose a saved query", "panes"),
    Action("panes.models", ("M", "f4"), "models", "Choose or download a model", "panes"),
    Action(
        "panes.failures",
        ("exclamation_mark", "f6"),
        "failures",
        "List the files that failed",
        "panes",
    ),
    Action(
        "panes.refresh",
        ("R", "ctrl+l"),
        "refresh_library",
        "Reload folders and library",
        "panes",
    ),
    Action("panes.tree", ("t",), "toggle_folders", "Show or hide the folders", "panes"),
    Action("panes.help", ("question_mark",), "app.help", "Show all keys", "panes", "Keys"),
    Action("panes.quit", ("q",), "app.leave", "Quit at once", "panes", "Quit"),
    Action(
        "pictures.up", ("up", "k"), "move('up')", "Up; from the first row to the search", "pictures"
    ),
    Action("pictures.down", ("down", "j"), "move('down')", "Down", "pictures"),
    Action("pictures.left", ("left", "h"), "move('left')", "Left", "pictures"),
    Action("pictures.right", ("right", "l"), "move('right')", "Right", "pictures"),
    Action("pictures.first", ("home", "g"), "move('first')", "First picture", "pictures"),
    Action("pictures.last", ("end", "G"), "move('last')", "Last picture", "pictures"),
    Action("pictures.page_up", ("pageup", "ctrl+b"), "move('page_up')", "A page up", "pictures"),
    Action(
        "pictures.page_down", ("pagedown", "ctrl+f"), "move('page_down')", "A page down", "pictures"
    ),
    # Before "pictures.open", which has the same key.
    Action("picking.choose", ("enter",), "choose", "Print the paths and end", "picking", "Choose"),
    Action(
        "pictures.open", ("enter", "z"), "open", "Show the picture large", "pictures", "Preview"
    ),
    Action(
        "pictures.folder",
        ("o",),
        "search_beside",
        "Search in the picture's folder",
        "pictures",
    ),
    Action("pictures.similar", ("m",), "similar", "More like this picture", "pictures"),
    Action("pictures.unfold", ("n",), "unfold", "Show or hide copies", "pictures"),
    Action("pictures.day", ("T",), "same_day", "Pictures of the same day", "pictures"),
    Action("pictures.view", ("v",), "view", "Grid or list", "pictures", "View"),
    Action("pictures.mark", ("space",), "mark('toggle')", "Mark, unmark", "pictures", "Mark"),
    Action("pictures.mark_all", ("asterisk",), "mark('all')", "Mark all", "pictures"),
    Action("pictures.invert", ("I",), "mark('invert')", "Invert the marks", "pictures"),
    Action(
        "pictures.range",
        ("V",),
        "mark('range')",
        "Mark from the last marked one to here",
        "pictures",
    ),
    Action("pictures.unmark", ("U",), "mark('clear')", "Remove all marks", "pictures"),
    *_on_pictures("pictures"),
    Action("panes.duplicates", ("D",), "duplicates", "Find duplicates", "panes"),
    Action("folders.up", ("up", "k"), "cursor_up", "Up", "folders"),
    Action("folders.down", ("down", "j"), "cursor_down", "Down", "folders"),
    Action("folders.open", ("right", "l"), "open_folder", "Open the folder", "folders"),
    Action(
        "folders.close",
        ("left", "h"),
        "close_folder",
        "Close the folder, or go to its parent",
        "folders",
    ),
    Action("folders.first", ("home", "g"), "scroll_home", "First folder", "folders"),
    Action("folders.last", ("end", "G"), "scroll_end", "Last folder", "folders"),
    Action("folders.page_up", ("pageup", "ctrl+b"), "page_up", "A page up", "folders"),
    Action("folders.page_down", ("pagedown", "ctrl+f"), "page_down", "A page down", "folders"),
    Action(
        "folders.choose",
        ("enter", "space"),
        "select_cursor",
        "Search in this folder",
        "folders",
        "Search here",
    ),
    Action(
        "folders.parent",
        ("u", "backspace"),
        "parent",
        "Start the tree one level up",
        "folders",
        "Up",
    ),
    Action(
        "preview.right",
        ("right", "l"),
        "go('right')",
        "Next picture; zoomed: to the right",
        "preview",
        "Next",
    ),
    Action(
        "preview.left",
        ("left", "h"),
        "go('left')",
        "Previous picture; zoomed: to the left",
        "preview",
        "Previous",
    ),
    Action("preview.down", ("down", "j"), "go('down')", "Next picture; zoomed: down", "preview"),
    Action("preview.up", ("up", "k"), "go('up')", "Previous picture; zoomed: up", "preview"),
    Action("preview.next", ("n",), "step(1)", "Next picture", "preview"),
    Action("preview.previous", ("p", "backspace"), "step(-1)", "Previous picture", "preview"),
    Action("preview.larger", ("plus", "equals_sign"), "zoom(1)", "Larger", "preview", "Zoom"),
    Action("preview.smaller", ("minus",), "zoom(-1)", "Smaller", "preview"),
    Action("preview.whole", ("0",), "zoom(0)", "The whole picture", "preview"),
    Action("preview.facts", ("i",), "facts", "Show or hide the facts", "preview", "Facts"),
    Action("preview.mark", ("space",), "mark", "Mark, unmark", "preview", "Mark"),
    Action("preview.slides", ("s",), "slides", "Slideshow, on and off", "preview", "Slides"),
    Action("preview.slower", ("right_square_bracket",), "pace(1)", "Slower slides", "preview"),
    Action("preview.faster", ("left_square_bracket",), "pace(-1)", "Faster slides", "preview"),
    *_on_pictures("preview"),
    Action("preview.help", ("question_mark",), "app.help", "Show all keys", "preview"),
    Action(
        "preview.close",
        ("escape", "enter", "q"),
        "close",
        "Back to the pictures",
        "preview",
        "Back",
    ),
    Action("duplicates.up", ("up", "k"), "move('up')", "Up", "duplicates"),
    Action("duplicates.down", ("down", "j"), "move('down')", "Down", "duplicates"),
    Action(
        "duplicates.page_up", ("pageup", "ctrl+b"), "move('page_up')", "A page up", "duplicates"
    ),
    Action(
        "duplicates.page_down",
        ("pagedown", "ctrl+f"),
        "move('page_down')",
        "A page down",
        "duplicates",
    ),
    Action("duplicates.first", ("home", "g"), "move('first')", "First", "duplicates"),
    Action("duplicates.last", ("end", "G"), "move('last')", "Last", "duplicates"),
    Action("duplicates.mark", ("space",), "mark('toggle')", "Mark, unmark", "duplicates", "Mark"),
    Action(
        "duplicates.rest",
        ("asterisk",),
        "mark('rest')",
        "Mark all but the best of each group",
        "duplicates",
        "Mark the rest",
    ),
    Action("duplicates.unmark", ("U",), "mark('clear')", "Remove all marks", "duplicates"),
    Action("duplicates.looser", ("minus",), "threshold(-1)", "Lower the threshold", "duplicates"),
    Action(
        "duplicates.stricter",
        ("plus", "equals_sign"),
        "threshold(1)",
        "Raise the threshold, up to the same bytes",
        "duplicates",
        "Threshold",
    ),
    *_on_pictures("duplicates"),
    Action("duplicates.help", ("question_mark",), "app.help", "Show all keys", "duplicates"),
    Action("duplicates.close", ("escape", "q"), "close", "Back", "duplicates", "Back"),
    Action("question.yes", ("y",), "answer(True)", "Do it", "question"),
    Action("question.no", ("escape", "n", "q", "enter"), "answer(False)", "Cancel", "question"),
    Action("ask.complete", ("tab",), "complete", "Complete the folder's name", "ask"),
    Action("ask.cancel", ("escape",), "close", "Cancel", "ask"),
    Action("name.close", ("escape",), "close", "Save nothing", "name"),
    Action("saved.delete", ("delete", "d"), "delete", "Delete the saved query", "saved"),
    Action("saved.close", ("escape", "q"), "close", "Back", "saved"),
    Action("models.pull", ("p",), "pull", "Download the model", "models"),
    Action("models.stop", ("x",), "stop", "Cancel the download", "models"),
    Action("models.close", ("escape", "q"), "close", "Back", "models"),
    Action(
        "failures.reveal", ("E",), "act('reveal')", "Show in the file manager", "failures", "Show"
    ),
    Action("failures.copy", ("y",), "act('copy_paths')", "Copy the path", "failures", "Copy path"),
    Action("failures.help", ("question_mark",), "app.help", "Show all keys", "failures"),
    Action("failures.close", ("escape", "q"), "close", "Back", "failures", "Back"),
    Action("welcome.begin", ("escape",), "begin", "Begin with the built-in model", "welcome"),
    Action("help.turn", ("tab", "left", "right"), "turn", "Keys, or what can be typed", "help"),
    Action("help.close", ("escape", "enter", "question_mark", "f1", "q"), "close", "Back", "help"),
)
