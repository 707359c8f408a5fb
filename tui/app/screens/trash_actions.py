"""Files into the trash, after a question that names them, and back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from tui.app.keys.bindings import key_for
from tui.core.domain import PhotoseekError
from tui.core.formatting import plural, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from textual.widget import Widget

    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.domain import FileDetails
    from tui.core.settings import Settings
    from tui.search.duplicates.groups import DuplicateGroup
    from tui.storage.file_operations import MovedFile

    Job = Callable[[list[FileDetails]], Iterator[Message]]

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


class TrashActions:
    """Moves files to the trash and puts them back; remembers what went, the latest last.

    Args:
        widget: the one whose application shows the question.
        settings: of this run.
        model_id: returns the model that the library is searched with.
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
        """Remember what went into the trash, so that it can be put back."""
        if moved:
            self._trashed.append(moved)

    def confirm(self, asked: TrashAsked) -> None:
        """Ask, and move the files if the answer is yes."""
        from tui.app.screens.dialogs import ConfirmScreen

        def answered(sure: bool | None) -> None:
            if sure:
                self._work.start("files", partial(self._trash, asked.keepers, asked.files))

        self._widget.app.push_screen(ConfirmScreen(asked.question, "Move to the trash"), answered)

    def undo(self) -> bool:
        """Put back what went last; tell whether there is any."""
        if not self._trashed:
            return False
        self._work.start("files", partial(self._put_back, self._trashed.pop()))
        return True

    # --- jobs, in a thread ----------------------------------------------------------------------

    def ask(
        self, unlisted: Collection[int], groups: Sequence[DuplicateGroup], files: list[FileDetails]
    ) -> Iterator[Message]:
        """Have the user asked; called in a worker.

        Args:
            unlisted: files that are not among the results shown, by number.
            groups: groups of copies, of which one each must stay.
            files: what would go.
        """
        from tui.app.screens.trash_question import trash_question
        from tui.search.duplicates.removal_check import RemovalCheck

        compared = {file.file_id: file for group in groups for file in group.files}
        files = [compared.get(file.file_id, file) for file in files]  # where they were compared
        keepers = RemovalCheck(groups, [file.file_id for file in files])
        if refusal := keepers.find_problem():
            yield FilesHandled(refusal, problem=True, changed=True)
            return
        best = {group.best.file_id for group in groups}
        question = trash_question(files, unlisted, best, self._roots())
        yield TrashAsked(question, files, keepers)

    def _trash(self, keepers: RemovalCheck, files: Sequence[FileDetails]) -> Iterator[Message]:
        from tui.library.quick_updates import remove_files
        from tui.storage.file_operations import move_to_trash
        from tui.storage.trash import put_into_trash

        if refusal := keepers.find_problem():
            yield FilesHandled(refusal, problem=True, changed=True)
            return

        def send(path: Path) -> TrashedFile | None:
            keepers.check(path)
            trashed = put_into_trash(path)
            try:
                keepers.check(path)  # Mounts can show one file twice in ways that nothing tells.
            except OSError:
                if trashed is None or not _is_back(trashed, path):
                    return trashed
                raise
            return trashed

        handled = move_to_trash([file.path for file in files], send)
        numbers = {file.path: file.file_id for file in files}
        self._numbers |= numbers
        gone = tuple(numbers[moved.path] for moved in handled.done)
        known = not gone or _told(lambda: remove_files(self._settings, gone))
        undo = f" Press {key_for('pictures.undo')} to undo."
        if not all(moved.trashed for moved in handled.done):
            undo = _NO_UNDO
        done = f"{plural(len(gone), 'picture')} moved to the trash.{undo}"
        trashed = tuple(moved for moved in handled.done if moved.trashed)
        told = report(done + ("" if known else _LATER), handled)
        told.gone, told.trashed = gone, trashed
        yield told

    def _put_back(self, trashed: tuple[MovedFile, ...]) -> Iterator[Message]:
        from tui.library.quick_updates import restore_files
        from tui.storage.file_operations import put_back
        from tui.storage.trash import is_unchanged_in_trash

        handled = put_back(trashed)
        paths = [moved.path for moved in handled.done]
        known = not paths or _told(lambda: restore_files(self._settings, self._model_id(), paths))
        done = f"{plural(len(paths), 'picture')} put back." + ("" if known else _LATER)
        told = report(done, handled)
        failed = {failure.path for failure in handled.failed}
        told.trashed = tuple(
            moved
            for moved in trashed
            if moved.path in failed and moved.trashed and is_unchanged_in_trash(moved.trashed)
        )
        told.back = [self._numbers[path] for path in paths if path in self._numbers]
        told.changed = bool(paths)
        yield told


def _is_back(trashed: TrashedFile, path: Path) -> bool:
    """Put one file back, and tell whether it is there again."""
    from tui.storage.trash import take_from_trash

    try:
        take_from_trash(trashed, path)
    except OSError:
        return False
    return True


_NO_UNDO = " This system's trash does not say where, so only its own window can put them back."
_LATER = " The library learns it when it is indexed next."


def _told(tell: Callable[[], bool]) -> bool:
    """Tell the library; if it can't be written, the report of the files must come all the same."""
    try:
        return tell()
    except PhotoseekError:
        return False


def report(done: str, handled: OperationResult) -> FilesHandled:
    """Say what was done, and what was not and why."""
    if not handled.failed:
        return FilesHandled(done)
    first: Failure = handled.failed[0]
    why = f"{printable(first.path.name)}: {first.reason}"
    more = len(handled.failed) - 1
    others = f", and {more:,} more" if more else ""
    failed = f"Not done: {why}{others}."
    return FilesHandled(f"{done} {failed}" if handled.done else failed, problem=True)


@dataclass
class TrashAsked(Message):
    """The user is to be asked whether files shall go into the trash.

    Attributes:
        question: which they are.
        files: what is moved if so; nothing else, whatever is marked by then.
        keepers: know which copies must stay.
    """

    question: str
    files: Sequence[FileDetails]
    keepers: RemovalCheck


@dataclass
class FilesHandled(Message):
    """Something was done with files.

    Attributes:
        sentence: what, for the user.
        problem: some of it was not done.
        clipboard: what shall go to the clipboard.
        gone: files that went into the trash, by number.
        trashed: what can be put back.
        back: files that were put back, by the number that they had.
        changed: the catalog has other files now.
    """

    sentence: str
    problem: bool = False
    clipboard: str = ""
    gone: Sequence[int] = ()
    trashed: tuple[MovedFile, ...] = ()
    back: Sequence[int] = ()
    changed: bool = False
