"""The actions of dialogs and of the screens that list things."""

from __future__ import annotations

from tui.app.keys.action import Action
from tui.app.keys.tables.motions import motions

DIALOGS: tuple[Action, ...] = (
    Action("question.yes", ("y",), "answer(True)", "Yes", "question", palette="hidden"),
    Action(
        "question.no",
        ("escape", "n", "q", "enter"),
        "answer(False)",
        "Cancel",
        "question",
        palette="hidden",
    ),
    Action(
        "ask.next",
        ("down", "tab"),
        "screen.step(1)",
        "Complete, or insert the next folder",
        "ask",
        palette="hidden",
    ),
    Action(
        "ask.previous",
        ("up", "shift+tab"),
        "screen.step(-1)",
        "Insert the previous folder",
        "ask",
        palette="hidden",
    ),
    Action(
        "ask.enter",
        ("right",),
        "enter_folder",
        "List the folders in the inserted one",
        "ask",
        palette="hidden",
    ),
    Action("ask.cancel", ("escape",), "screen.close", "Cancel", "ask"),
    Action("name.close", ("escape",), "close", "Cancel", "name"),
    *motions("list", "item"),
    Action("saved.open", ("enter",), "choose", "Search with it", "saved", palette="hidden"),
    Action(
        "saved.delete",
        ("delete", "d"),
        "delete",
        "Delete the saved search",
        "saved",
        synonyms="remove forget",
    ),
    Action("saved.close", ("escape", "q"), "close", "Back", "saved"),
    Action("models.use", ("enter",), "choose", "Use the model", "models", palette="hidden"),
    Action(
        "models.pull", ("p",), "pull", "Download the model", "models", synonyms="get fetch install"
    ),
    Action("models.stop", ("x",), "stop", "Cancel download", "models", synonyms="abort stop pause"),
    Action("models.close", ("escape", "q"), "close", "Back", "models"),
    Action(
        "failures.open",
        ("enter",),
        "act('launch')",
        "Open in the system viewer",
        "failures",
        "Open",
        synonyms="open with viewer",
    ),
    Action("failures.reveal", ("E",), "act('reveal')", "Show in file manager", "failures", "Show"),
    Action("failures.copy", ("y",), "act('copy_paths')", "Copy the path", "failures", "Copy path"),
    Action(
        "failures.help",
        ("question_mark",),
        "app.help",
        "Keyboard shortcuts",
        "failures",
        palette="hidden",
    ),
    Action("failures.close", ("escape", "q"), "close", "Back", "failures", "Back"),
    Action("palette.run", ("enter",), "run", "Run the command", "palette", palette="hidden"),
    Action(
        "palette.down",
        ("down", "ctrl+j", "ctrl+n"),
        "move(1)",
        "Next command",
        "palette",
        palette="hidden",
    ),
    Action(
        "palette.up", ("up", "ctrl+k"), "move(-1)", "Previous command", "palette", palette="hidden"
    ),
    Action("palette.page_down", ("pagedown",), "page(1)", "Page down", "palette", palette="hidden"),
    Action("palette.page_up", ("pageup",), "page(-1)", "Page up", "palette", palette="hidden"),
    Action("palette.close", ("escape",), "close", "Back", "palette", palette="hidden"),
    Action("welcome.begin", ("escape",), "begin", "Start with the built-in model", "welcome"),
    Action(
        "help.turn",
        ("tab", "left", "right"),
        "turn",
        "Switch between keys and search syntax",
        "help",
        palette="hidden",
    ),
    *motions("help", "line"),
    Action("help.close", ("escape", "enter", "question_mark", "f1", "q"), "close", "Back", "help"),
)
