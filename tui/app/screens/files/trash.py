"""Moves files to the trash, after a confirmation, and restores them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from tui.app.keys.bindings import key_for
from tui.core.errors import PhotoseekError
from tui.core.formatting import plural, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from textual.widget import Widget

    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.domain import Failure, FileDetails
    from tui.core.settings import Settings
    from tui.search.duplicates.groups import DuplicateGroup
    from tui.search.duplicates.removal_check import RemovalCheck
    from tui.storage.file_operations import MovedFile, OperationResult
    from tui.storage.trash import TrashedFile

    Job = Callable[[list[FileDetails]], Iterator[Message]]


class TrashActions:
    """Moves files to the trash and restores them in reverse order.

    Args:
        widget: shows the dialog.
        settings: of this run.
        model_id: returns the model in use.
        work: runs the jobs.
        roots: returns the folders of the library; called in a worker.
    """

    def __init__(
        self,
        widget: Widget,
        settings: Settings,
        model_id: Callable[[], str],
        work: BackgroundTasks,
        roots: Callable[[], Sequence[Path]],
    ) -> None:
        self._widget = widget
        self._settings = settings
        self._model_id = model_id
        self._work = work
        self._roots = roots
        self._trashed: list[tuple[MovedFile, ...]] = []
        self._numbers: dict[Path, int] = {}

    def keep(self, moved: tuple[MovedFile, ...]) -> None:
        """Record files in the trash, so that ``undo`` can restore them."""
        if moved:
            self._trashed.append(moved)

    def confirm(self, request: TrashAsked) -> None:
        """Ask for confirmation, then move the files."""
        from tui.app.screens.dialogs import ConfirmScreen

        def answered(sure: bool | None) -> None:
            if sure:
                self._work.start(
                    "files", partial(self._trash, request.removal_check, request.files)
                )

        self._widget.app.push_screen(ConfirmScreen(request.question, "Move to the trash"), answered)

    def undo(self) -> bool:
        """Restore the files that were moved last; return False if there are none."""
        if not self._trashed:
            return False
        self._work.start("files", partial(self._put_back, self._trashed.pop()))
        return True

    # --- jobs, in a thread ----------------------------------------------------------------------

    def ask(
        self, unlisted: Collection[int], groups: Sequence[DuplicateGroup], files: list[FileDetails]
    ) -> Iterator[Message]:
        """Request a confirmation; called in a worker.

        Args:
            unlisted: the numbers of files that are not in the results.
            groups: groups of copies, each of which must retain one.
            files: the files to move.
        """
        from tui.app.screens.files.trash_question import trash_question
        from tui.search.duplicates.removal_check import RemovalCheck

        compared = {file.file_id: file for group in groups for file in group.files}
        files = [compared.get(file.file_id, file) for file in files]  # where they were compared
        removal_check = RemovalCheck(groups, [file.file_id for file in files])
        if refusal := removal_check.find_problem():
            yield FilesHandled(refusal, problem=True, changed=True)
            return
        best = {group.best.file_id for group in groups}
        question = trash_question(files, unlisted, best, self._roots())
        yield TrashAsked(question, files, removal_check)

    def _trash(
        self, removal_check: RemovalCheck, files: Sequence[FileDetails]
    ) -> Iterator[Message]:
        from tui.library.quick_updates import remove_files
        from tui.storage.file_operations import move_to_trash
        from tui.storage.trash import put_into_trash

        if refusal := removal_check.find_problem():
            yield FilesHandled(refusal, problem=True, changed=True)
            return

        def send(path: Path) -> TrashedFile | None:
            removal_check.check(path)
            trashed = put_into_trash(path)
            try:
                removal_check.check(path)  # Mounts may show one file twice without a trace.
            except OSError:
                if trashed is None or not _is_back(trashed, path):
                    return trashed
                raise
            return trashed

        handled = move_to_trash([file.path for file in files], send)
        numbers = {file.path: file.file_id for file in files}
        self._numbers |= numbers
        file_ids = tuple(numbers[moved.path] for moved in handled.done)
        is_updated = not file_ids or _updated(lambda: remove_files(self._settings, file_ids))
        undo = f" Press {key_for('pictures.undo')} to undo."
        if not all(moved.trashed for moved in handled.done):
            undo = _NO_UNDO
        done = f"{plural(len(file_ids), 'picture')} moved to the trash.{undo}"
        trashed = tuple(moved for moved in handled.done if moved.trashed)
        message = report(done + ("" if is_updated else _LATER), handled)
        message.trashed_ids, message.trashed = file_ids, trashed
        yield message

    def _put_back(self, trashed: tuple[MovedFile, ...]) -> Iterator[Message]:
        from tui.library.quick_updates import restore_files
        from tui.storage.file_operations import put_back
        from tui.storage.trash import is_unchanged_in_trash

        handled = put_back(trashed)
        paths = [moved.path for moved in handled.done]
        is_updated = not paths or _updated(
            lambda: restore_files(self._settings, self._model_id(), paths)
        )
        done = f"{plural(len(paths), 'picture')} restored." + ("" if is_updated else _LATER)
        message = report(done, handled)
        failed = {failure.path for failure in handled.failed}
        message.trashed = tuple(
            moved
            for moved in trashed
            if moved.path in failed and moved.trashed and is_unchanged_in_trash(moved.trashed)
        )
        message.back = [self._numbers[path] for path in paths if path in self._numbers]
        message.changed = bool(paths)
        yield message


def _is_back(trashed: TrashedFile, path: Path) -> bool:
    """Restore one file; return whether that succeeded."""
    from tui.storage.trash import take_from_trash

    try:
        take_from_trash(trashed, path)
    except OSError:
        return False
    return True


_NO_UNDO = " To restore them, use your system's trash."
_LATER = " The library will update at the next indexing run."


def _updated(update: Callable[[], bool]) -> bool:
    """Update the library; return False if that fails, since the files are reported anyway."""
    try:
        return update()
    except PhotoseekError:
        return False


def report(done: str, handled: OperationResult) -> FilesHandled:
    """Report what was done, and what failed and why."""
    if not handled.failed:
        return FilesHandled(done)
    first: Failure = handled.failed[0]
    why = f"{printable(first.path.name)}: {first.reason}"
    more = len(handled.failed) - 1
    remainder = f", and {more:,} more" if more else ""
    failed = f"Not done: {why}{remainder}."
    return FilesHandled(f"{done} {failed}" if handled.done else failed, problem=True)


@dataclass
class TrashAsked(Message):
    """The user must confirm that files are moved to the trash.

    Attributes:
        question: names the files.
        files: the files to move, whatever is selected by then.
        removal_check: knows which copies must stay.
    """

    question: str
    files: Sequence[FileDetails]
    removal_check: RemovalCheck


@dataclass
class FilesHandled(Message):
    """An action on files has ended.

    Attributes:
        sentence: the result, for the user.
        problem: a part of it failed.
        clipboard: the text to copy through the terminal.
        trashed_ids: the numbers of files that were moved to the trash.
        trashed: the files that can be restored.
        back: the former numbers of files that were restored.
        changed: the catalog has changed.
    """

    sentence: str
    problem: bool = False
    clipboard: str = ""
    trashed_ids: Sequence[int] = ()
    trashed: tuple[MovedFile, ...] = ()
    back: Sequence[int] = ()
    changed: bool = False
