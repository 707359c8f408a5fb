"""Running the application in this terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from tui.app.app import PhotoseekApp
from tui.app.model.app_state import load
from tui.app.terminal.capabilities import choose_images, settle_colours, why_not_fullscreen
from tui.app.terminal.shutdown import end_process
from tui.app.workers.error_log import reported
from tui.app.workers.guard import FAILED
from tui.core.errors import PhotoseekError
from tui.core.formatting import printable

if TYPE_CHECKING:
    from pathlib import Path

    from tui.app.terminal.picker_output import PickerOutput
    from tui.core.settings import Settings


def run(settings: Settings, folder: Path | None, pick: bytes | None = None) -> NoReturn:
    """Run the application until the user quits; then the process ends.

    Args:
        settings: the settings of this run.
        folder: the folder to search first, absolute; None for the whole library.
        pick: the terminator of each path that is printed at the end; Enter picks pictures. None
            if nothing is printed.

    Raises:
        PhotoseekError: this terminal can't show a full screen.
    """
    picker: PickerOutput | None = None
    if pick is not None:
        from tui.app.terminal.picker_output import PickerOutput

        picker = PickerOutput(pick)
    problem = why_not_fullscreen(sys.stdin, sys.stdout, sys.stderr, os.environ)
    if problem is not None:
        raise PhotoseekError(problem)
    settle_colours(os.environ)
    state = load(settings.data_dir)
    images = choose_images(settings.images)
    settle_colours(os.environ, images)
    why_not_pick = None if picker is None else picker.refusal
    app = PhotoseekApp(settings, folder, images=images, memory=state, why_not_pick=why_not_pick)
    try:
        app.run()
    except Exception as error:
        app.last_words = app.last_words or reported(error)
    if app.last_words:
        print(f"photoseek: {printable(app.last_words)}", file=sys.stderr)  # noqa: T201
        end_process(FAILED)
    code = app.return_code or 0
    end_process(code if picker is None or code else picker.hand_over(app.main.results_pane.picked))
