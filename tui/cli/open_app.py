"""``photoseek [FOLDER]``: the full-screen application."""

from __future__ import annotations

import gc
import os
from functools import partial
from typing import TYPE_CHECKING

import click

from tui.cli.base import Folder, current_settings, images_option, settings_options
from tui.storage.folders import check_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tui.cli.base import Command


def _set_flag(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[f"{__name__}.{parameter.name}"] = True


def _has_flag(ctx: click.Context, name: str) -> bool:
    return bool(ctx.meta.get(f"{__name__}.{name}", False))


def is_picking(ctx: click.Context) -> bool:
    """Whether ``--pick`` was given."""
    return _has_flag(ctx, "pick")


def pick_options(command: Command) -> Command:
    """Give a command the options that make the application a picker."""
    flag = partial(click.option, is_flag=True, expose_value=False, callback=_set_flag)
    command = flag("-0", "--null", help="With --pick: end each path with a NUL byte.")(command)
    return flag("--pick", help="Choose pictures with Enter and print their paths.")(command)


@click.command("open")
@click.argument("folder", type=Folder(), required=False)
@pick_options
@images_option
@settings_options
def open_app(folder: Path | None) -> int:
    """Find pictures in the full-screen application."""
    if folder is not None:
        check_folder(folder)
    ctx = click.get_current_context()
    null, pick = _has_flag(ctx, "null"), None
    if is_picking(ctx):
        pick = b"\0" if null else b"\n"
    elif null:
        raise click.UsageError("-0 requires --pick.")
    settings = current_settings()
    if settings.keys:
        from tui.app.keys.bindings import use_keymap
        from tui.app.keys.user_keymap import checked_keymap
        from tui.core.settings_file import location_of

        use_keymap(checked_keymap(settings.keys, location_of))
    # Two threads that wait for each other slow down the small products of a search.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # the start creates no garbage; the app enables collection after its first frame
    from tui.app.run import run

    return run(settings, folder, pick)
