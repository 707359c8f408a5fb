"""Actions on files: requested on the event loop, performed in the background.

`FileActions.run` performs an action, given its name and the numbers of files; `FilesHandled`
reports the result to the main screen.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from tui.app.keys.bindings import key_for
from tui.app.model.status_text import shown_path
from tui.app.screens.files.trash import FilesHandled, TrashActions, report
from tui.core.errors import PhotoseekError, ServerError
from tui.core.formatting import has_control, has_line_break, plural, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from textual.widget import Widget

    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.domain import FileDetails
    from tui.core.settings import Settings
    from tui.search.duplicates.groups import DuplicateGroup
    from tui.search.library_reader import LibraryReader
    from tui.storage.file_operations import TransferMode

    Job = Callable[[list[FileDetails]], Iterator[Message]]


_LIST = "~/photoseek.txt"


class FileActions:
    """Performs actions on files, and asks for a confirmation or a path first if needed.

    Args:
        widget: shows the dialogs.
        settings: of this run.
        model_id: returns the model in use.
        work: runs the jobs.
        open_reader: opens the library to read details.
        loaded_files: returns files whose details are loaded, for when the library is
            unavailable.
    """

    def __init__(
        self,
        widget: Widget,
        settings: Settings,
        model_id: Callable[[], str],
        work: BackgroundTasks,
        *,
        open_reader: Callable[[Settings], LibraryReader],
        loaded_files: Callable[[], Iterable[FileDetails]],
    ) -> None:
        self._widget = widget
        self._settings = settings
        self._work = work
        self._open_reader = open_reader
        self._loaded_files = loaded_files
        self.trashing = TrashActions(widget, settings, model_id, work, self._roots)
        self._folder, self._list = "~/", _LIST  # the user's last answers
        self._actions: dict[str, Callable[[Sequence[int]], object]] = {
            "copy_paths": partial(self._start, self._copy_paths),
            "launch": partial(self._start, self._launch),
            "reveal": partial(self._start, self._reveal),
            "copy_into": partial(self._ask_folder, "copy"),
            "hard_link": partial(self._ask_folder, "hard link"),
            "symlink": partial(self._ask_folder, "symbolic link"),
            "write_list": self._ask_list,
            "pick": partial(self._start, self._pick),
        }

    def run(
        self,
        name: str,
        file_ids: Sequence[int],
        *,
        unlisted: Collection[int] = (),
        groups: Sequence[DuplicateGroup] = (),
    ) -> None:
        """Perform an action on files; ``undo`` needs none.

        Args:
            name: of the action.
            file_ids: the files, in order.
            unlisted: files that are not in the results.
            groups: groups of copies, each of which must retain one.
        """
        if name == "undo":
            if not self.trashing.undo():
                self._say("There is nothing to restore.", problem=True)
        elif file_ids and name == "trash":
            self._start(partial(self.trashing.ask, unlisted, groups), file_ids)
        elif file_ids:
            self._actions[name](file_ids)
        else:
            self._say("No picture is marked or highlighted.", problem=True)

    def run_on(self, name: str, path: Path) -> None:
        """Perform an action on a file that is not indexed.

        Args:
            name: ``launch``, ``reveal`` or ``copy_paths``.
            path: the file.
        """
        from tui.core.domain import FileDetails

        jobs: dict[str, Job] = {
            "launch": self._launch,
            "reveal": self._reveal,
            "copy_paths": self._copy_paths,
        }
        self._work.start("files", partial(jobs[name], [FileDetails(0, path, 0, 0, None)]))

    # --- questions ----------------------------------------------------------------------------

    def _ask_folder(self, way: TransferMode, file_ids: Sequence[int]) -> None:
        from tui.app.screens.folders.path_dialog import PathDialog

        verb = {"copy": "Copy", "hard link": "Hard-link", "symbolic link": "Symlink"}[way]
        title = f"{verb} {plural(len(file_ids), 'picture')} to…"

        def answered(text: str | None) -> None:
            if text is not None:
                self._folder = text
                self._start(partial(self._put_into, way, _path(text)), file_ids)

        self._widget.app.push_screen(PathDialog(title, self._folder), answered)

    def _ask_list(self, file_ids: Sequence[int]) -> None:
        from tui.app.screens.folders.path_dialog import PathDialog

        title = f"Save {plural(len(file_ids), 'path')} to file…"

        def answered(text: str | None) -> None:
            if text is not None:
                self._list = text
                self._start(partial(self._write_list, _path(text)), file_ids)

        self._widget.app.push_screen(PathDialog(title, self._list), answered)

    # --- jobs, in a thread ----------------------------------------------------------------------

    def _start(self, job: Job, file_ids: Sequence[int]) -> None:
        loaded = {file.file_id: file for file in self._loaded_files()}

        def work() -> Iterator[Message]:
            files = self._details(file_ids, loaded)
            if not files:
                raise PhotoseekError("The library has changed: these pictures are no longer in it.")
            yield from job(files)

        self._work.start("files", work)

    def _details(
        self, file_ids: Sequence[int], loaded: Mapping[int, FileDetails]
    ) -> list[FileDetails]:
        try:
            with self._open_reader(self._settings) as library:
                return library.details(file_ids)
        except ServerError:
            if not loaded.keys() >= set(file_ids):
                raise
            return [loaded[file_id] for file_id in file_ids]

    def _roots(self) -> Sequence[Path]:
        try:
            with self._open_reader(self._settings) as library:
                return library.roots()
        except PhotoseekError:
            return ()

    def _copy_paths(self, files: list[FileDetails]) -> Iterator[Message]:
        from tui.app.terminal import clipboard

        names = [str(file.path) for file in files]
        text, count = "\n".join(names), plural(len(names), "path")
        if any(map(has_control, names)):
            raise PhotoseekError(
                "A name with a line break or control character is not safe to paste; "
                f"press {key_for('pictures.write_list')} to write a file."
            )
        try:
            data = text.encode()
        except UnicodeEncodeError:
            raise PhotoseekError(
                "A name is not UTF-8, which clipboards don't accept; "
                f"press {key_for('pictures.write_list')} to write a file."
            ) from None
        if (suffix := clipboard.copy_text(data, clipboard.clipboard_tool(os.environ))) is not None:
            yield FilesHandled(f"{count} copied{suffix}.")
        elif clipboard.fits_terminal(text):
            sentence = f"{count} sent to the terminal; if it can't be pasted, press "
            yield FilesHandled(f"{sentence}{key_for('pictures.write_list')}.", clipboard=text)
        else:
            raise PhotoseekError(
                f"{count} are more than a terminal's clipboard accepts; "
                f"press {key_for('pictures.write_list')} to write a file."
            )

    def _launch(self, files: list[FileDetails]) -> Iterator[Message]:
        from tui.storage.open_external import files_to_open, launch, open_command

        opener = self._settings.opener
        opened = files if opener else files[:1]
        launch(open_command(opener, files_to_open([file.path for file in opened])))
        sentence = f"Opened {_named(opened)}."
        if len(opened) < len(files):
            sentence += " The system's viewer opens one; set `opener` to open more."
        yield FilesHandled(sentence)

    def _reveal(self, files: list[FileDetails]) -> Iterator[Message]:
        from tui.storage.open_external import launch, reveal_command

        launch(reveal_command(files[0].path), "copy the path instead")
        yield FilesHandled(f"The file manager shows {_named(files[:1])}.")

    def _put_into(
        self, way: TransferMode, folder: Path, files: list[FileDetails]
    ) -> Iterator[Message]:
        from tui.storage.file_operations import transfer_files

        handled = transfer_files([file.path for file in files], folder, way)
        verb = {"copy": "copied", "hard link": "hard-linked", "symbolic link": "linked"}[way]
        done = f"{plural(len(handled.done), 'picture')} {verb} into {shown_path(folder)}."
        yield report(done, handled)

    def _write_list(self, file: Path, files: list[FileDetails]) -> Iterator[Message]:
        from tui.storage.file_operations import write_list

        paths = [item.path for item in files]
        broken = any(map(has_line_break, paths))
        written = write_list(paths, file, b"\0" if broken else b"\n")
        ended = ", each ended by a zero byte, since a name has a line break" if broken else ""
        done = f"{plural(len(files), 'path')} written to {shown_path(written)}{ended}."
        yield FilesHandled(done)

    def _pick(self, files: list[FileDetails]) -> Iterator[Message]:
        yield PicturesPicked([file.path for file in files])

    def _say(self, sentence: str, *, problem: bool = False) -> None:
        severity = "warning" if problem else "information"
        self._widget.notify(sentence, severity=severity, markup=False)  # type: ignore[arg-type]


def _path(text: str) -> Path:
    from tui.storage.objects.path import is_address, to_path

    text = text.strip()
    return to_path(text) if is_address(text) else Path(text).expanduser().absolute()


def _named(files: Sequence[FileDetails]) -> str:
    if len(files) == 1:
        return printable(files[0].path.name)
    return plural(len(files), "picture")


@dataclass
class PicturesPicked(Message):
    """The user has picked these pictures, whose paths are printed as the application ends."""

    paths: Sequence[Path]
