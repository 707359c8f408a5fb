"""The actions that work on every screen."""

from __future__ import annotations

from tui.app.keys.action import Action

ANYWHERE: tuple[Action, ...] = (
    Action(
        "anywhere.quit",
        ("ctrl+q",),
        "app.leave",
        "Quit",
        "anywhere",
        "Quit",
        synonyms="exit close leave end bye",
        palette="common",
    ),
    Action("anywhere.interrupt", ("ctrl+c",), "app.leave", "Quit", "anywhere", palette="hidden"),
    Action(
        "anywhere.palette",
        ("colon", "ctrl+p"),
        "app.command_palette",
        "Command palette",
        "anywhere",
        palette="hidden",
    ),
    Action(
        "anywhere.help",
        ("f1",),
        "app.help",
        "Keyboard shortcuts",
        "anywhere",
        "Help",
        synonyms="help keys keybindings hotkeys manual",
        palette="common",
    ),
    Action(
        "anywhere.redraw",
        ("f5",),
        "app.redraw",
        "Redraw the screen",
        "anywhere",
        synonyms="repaint redraw clear screen garbage",
    ),
    Action(
        "anywhere.theme",
        (),
        "app.change_theme",
        "Theme",
        "anywhere",
        synonyms="colours colors dark light appearance settings",
        palette="common",
    ),
    Action(
        "anywhere.settings",
        (),
        "app.settings",
        "Settings: where they are",
        "anywhere",
        synonyms="config configuration preferences options",
        palette="common",
    ),
    Action("anywhere.next", ("tab",), "app.focus_next", "Next pane", "anywhere", palette="hidden"),
    Action(
        "anywhere.previous",
        ("shift+tab",),
        "app.focus_previous",
        "Previous pane",
        "anywhere",
        palette="hidden",
    ),
)
