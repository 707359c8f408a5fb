"""The list of models: what each finds and costs, choosing one, downloading one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.app.keys.bindings import bindings, key_for
from tui.app.screens.choice_list import ChoiceList
from tui.app.screens.dialog import Dialog
from tui.app.screens.styles import BOX, CHOICES
from tui.app.workers.model_download import PullAsked
from tui.app.workers.tasks import BackgroundTasks
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.workers.model_download import ModelDownload
    from tui.app.workers.services import ModelRow
    from tui.models.runtime.spec import ModelSpec


class ModelsScreen(Dialog[str | None]):
    """Lists the models; ends with the name of the chosen one, empty for the one in use.

    Args:
        read: reads the rows; called in a thread.
        pull: the present download; None if there is none.
        problems: why downloads failed, by the model's name.
        name: the model to put the cursor on; empty for the one in use.
    """

    DEFAULT_CSS = f"""
    ModelsScreen {{
        {BOX}
        {CHOICES}
        #box {{ width: 100; }}
        #models-body {{ height: auto; max-height: 100%; }}
        OptionList {{ width: 30; }}
        #models-facts {{ width: 1fr; height: auto; min-height: 11; padding: 0 0 0 2; }}
        #models-pull {{ height: auto; margin: 1 0 0 0; color: $text-muted; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("models")

    class Read(Message, bubble=False):
        """The rows were read."""

        def __init__(self, rows: Sequence[ModelRow]) -> None:
            super().__init__()
            self.rows = rows

    def __init__(
        self,
        read: Callable[[], Sequence[ModelRow]],
        pull: ModelDownload | None,
        problems: Mapping[str, str],
        name: str = "",
    ) -> None:
        super().__init__()
        self._read = read
        self._pull = pull
        self._problems = problems
        self._name = name
        self._rows: dict[str, ModelRow] = {}
        self._is_reading = self._is_outdated = False
        self._list = ChoiceList(markup=False)
        self._facts = Static(id="models-facts", markup=False)
        self._line = Static(id="models-pull", markup=False)

    def compose(self) -> ComposeResult:
        """Yield the list, the facts beside it, and a line for the download."""
        with Vertical(id="box") as box:
            box.border_title = "Models"
            with Horizontal(id="models-body"):
                yield self._list
                yield self._facts
            yield self._line

    def on_mount(self) -> None:
        """Read the rows."""
        self.query_one("#box").border_subtitle = (
            f"Enter: use · {key_for('models.pull')}: download · "
            f"{key_for('models.stop')}: cancel download · Esc: back"
        )
        self.show_pull(self._pull)

    def show_pull(self, pull: ModelDownload | None) -> None:
        """Show the progress of a download; at its end, read the rows again."""
        self._pull = pull
        text = "" if pull is None else f"Downloading {pull.name}: {pull.text}"
        self._line.update(printable(text))
        if pull is None or not self._rows:
            self.pictures_indexed()
        self._show_states()

    def pictures_indexed(self) -> None:
        """Count the pictures of each model again."""
        if self._is_reading:
            self._is_outdated = True
            return
        self._is_reading, self._is_outdated = True, False
        BackgroundTasks(self.post_message).start("model", self._read_rows)

    def _read_rows(self) -> Iterator[Message]:
        yield self.Read(self._read())

    def on_models_screen_read(self, message: Read) -> None:
        """List the models; the cursor stays, or starts on the model in use."""
        self._is_reading = False
        if self._is_outdated:
            self.pictures_indexed()
        before, self._rows = self._rows, {row.spec.name: row for row in message.rows}
        if before.keys() == self._rows.keys():
            self._show_states()
            return
        index = self._list.highlighted
        if index is None:
            names = [row.spec.name for row in message.rows]
            current = [row.spec.name for row in message.rows if row.current]
            named = [name for name in (self._name, *current) if name in names]
            index = names.index(named[0]) if named else 0
        self._list.clear_options()
        self._list.add_options(
            Option(_label(row, self._state(row)), id=row.spec.name) for row in message.rows
        )
        self._list.highlighted = min(index, max(len(message.rows) - 1, 0))
        self._list.focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Describe the highlighted model."""
        event.stop()
        self._show_facts()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return a downloaded model; one that is downloading will be used when it is complete."""
        event.stop()
        row = self._rows[event.option.id or ""]
        if row.is_downloaded:
            self.dismiss("" if row.current else row.spec.name)
        elif self._is_coming(row):
            self.app.get_default_screen().post_message(PullAsked(row.spec.name, take=True))
            self.notify(f"{row.spec.name} will be used once it is downloaded.", markup=False)
        else:
            key = key_for("models.pull")
            self.notify(
                f"{row.spec.name} isn't downloaded yet. Press {key} to download it.", markup=False
            )

    def action_choose(self) -> None:
        """Choose what is highlighted."""
        self._list.action_select()

    def action_pull(self) -> None:
        """Download the model under the cursor."""
        row = self._current
        if row is None:
            return
        if row.is_downloaded:
            self.notify(f"{row.spec.name} is already downloaded.", markup=False)
        else:
            self.app.get_default_screen().post_message(PullAsked(row.spec.name))

    def action_stop(self) -> None:
        """Stop the download."""
        if self._pull is not None:
            self._pull.stop()
            self.show_pull(self._pull)

    def action_close(self) -> None:
        """Return no model."""
        self.dismiss(None)

    # --- states ---------------------------------------------------------------------------------

    @property
    def _current(self) -> ModelRow | None:
        """The row under the cursor."""
        index = self._list.highlighted
        if index is None:
            return None
        return self._rows.get(self._list.get_option_at_index(index).id or "")

    def _is_coming(self, row: ModelRow) -> bool:
        return self._pull is not None and self._pull.name == row.spec.name

    def _state(self, row: ModelRow) -> str:
        if self._is_coming(row):
            return "downloading"
        if row.current:
            return "in use"
        if row.is_downloaded:
            return "downloaded"
        return "failed" if row.spec.name in self._problems else ""

    def _show_states(self) -> None:
        for name, row in self._rows.items():
            self._list.replace_option_prompt(name, _label(row, self._state(row)))
        self._show_facts()

    def _show_facts(self) -> None:
        row = self._current
        if row is None:
            return
        problem = (
            ""
            if row.is_downloaded or self._is_coming(row)
            else self._problems.get(row.spec.name, "")
        )
        if problem:
            again = f"Press {key_for('models.pull')} to try again."
            problem = f"Download failed: {printable(problem)}\n{again}"
        self._facts.update(_facts(row, problem))


def _label(row: ModelRow, state: str) -> Content:
    mark = "●" if row.current else " "
    return Content.assemble(
        (f"{mark} {printable(row.spec.name):15}", "bold" if row.is_downloaded else ""),
        (state, "dim"),
    )


def _facts(row: ModelRow, problem: str = "") -> Content:
    from tui.models.describe import size_of

    spec = row.spec
    size = size_of(spec, here=row.is_downloaded)
    lines = [
        spec.knows,
        f"Language: {spec.languages} · {size} · licence {spec.licence}",
        _memory(spec),
        _progress(row),
        f"In use ({spec.why})." if row.current and spec.why else "",
        spec.caution,
    ]
    return Content.assemble(
        (printable(spec.title), "bold"),
        (f"\n{problem}" if problem else "", "$text-error"),
        *(f"\n{printable(line)}" for line in lines if line),
    )


def _memory(spec: ModelSpec) -> str:
    """Return the memory that the weights take; empty if it is unknown."""
    from tui.core.formatting import size_text

    if spec.image_bytes is None or spec.text_bytes is None:
        return ""
    index, search = map(size_text, (spec.image_bytes, spec.text_bytes))
    return f"Memory: {index} while indexing, {search} to search"


def _progress(row: ModelRow) -> str:
    """Return how many pictures are indexed with a model, and how long the others take."""
    if not row.total:
        return ""
    indexed = f"{row.embedded:,} of {row.total:,} pictures indexed with this model."
    if not row.duration or row.embedded >= row.total:
        return indexed
    return f"{indexed}\nIndexing the remaining {row.total - row.embedded:,} takes {row.duration}."
