"""The models on offer: what each knows and needs, choosing one, fetching one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.app.background import Tasks
from tui.app.keys import bindings, key_for
from tui.app.messages import PullAsked
from tui.app.screens.box import BOX, CHOICES
from tui.app.screens.dialog import Dialog
from tui.display import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.pulling import Pull
    from tui.app.services import ModelRow


class ModelsScreen(Dialog[str | None]):
    """Lists the models; ends with the name of the one chosen.

    Args:
        read: reads the rows; called in a thread.
        pull: what is being fetched, None where nothing is.
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
        """The rows came."""

        def __init__(self, rows: Sequence[ModelRow]) -> None:
            super().__init__()
            self.rows = rows

    def __init__(self, read: Callable[[], Sequence[ModelRow]], pull: Pull | None) -> None:
        super().__init__()
        self._read = read
        self._pull = pull
        self._rows: dict[str, ModelRow] = {}
        self._list = OptionList(markup=False)
        self._facts = Static(id="models-facts", markup=False)
        self._line = Static(id="models-pull", markup=False)

    def compose(self) -> ComposeResult:
        """The list, the facts beside it, and a line for what is being fetched."""
        with Vertical(id="box") as box:
            box.border_title = "Models"
            with Horizontal(id="models-body"):
                yield self._list
                yield self._facts
            yield self._line

    def on_mount(self) -> None:
        """Have the rows read."""
        self.query_one("#box").border_subtitle = (
            f"Enter: search with it · {key_for('models.pull')}: fetch · "
            f"{key_for('models.stop')}: stop fetching · Esc: back"
        )
        self.show_pull(self._pull)

    def show_pull(self, pull: Pull | None) -> None:
        """Say what is being fetched and how far it is; what is here may have changed."""
        self._pull = pull
        self._line.update("" if pull is None else printable(f"Fetching {pull.name}: {pull.text}"))
        if pull is None:
            Tasks(self.post_message).start("model", self._read_rows)

    def _read_rows(self) -> Iterator[Message]:
        yield self.Read(self._read())

    def on_models_screen_read(self, message: Read) -> None:
        """Show the rows, with the cursor where it was, else on the model in use."""
        place = self._list.highlighted
        if place is None:
            current = [at for at, row in enumerate(message.rows) if row.current]
            place = current[0] if current else 0
        self._rows = {row.spec.name: row for row in message.rows}
        self._list.clear_options()
        self._list.add_options(Option(_label(row), id=row.spec.name) for row in message.rows)
        self._list.highlighted = min(place, max(len(message.rows) - 1, 0))
        self._list.focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show its facts."""
        event.stop()
        row = self._rows.get(event.option.id or "")
        if row is not None:
            self._facts.update(_facts(row))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """End with the chosen one, if it is here."""
        event.stop()
        row = self._rows[event.option.id or ""]
        if not row.here:
            self.notify(
                f"{row.spec.name} is to be fetched first: {key_for('models.pull')}.", markup=False
            )
        else:
            self.dismiss(None if row.current else row.spec.name)

    def action_pull(self) -> None:
        """Fetch the model under the cursor."""
        place = self._list.highlighted
        if place is None:
            return
        row = self._rows[self._list.get_option_at_index(place).id or ""]
        if row.here:
            self.notify(f"{row.spec.name} is here already.", markup=False)
        else:
            self.app.get_default_screen().post_message(PullAsked(row.spec.name))

    def action_stop(self) -> None:
        """Stop fetching."""
        if self._pull is not None:
            self._pull.stop()
            self._line.update(printable(f"Fetching {self._pull.name}: {self._pull.text}"))

    def action_close(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def _label(row: ModelRow) -> Content:
    mark = "●" if row.current else " "
    state = "in use" if row.current else "here" if row.here else ""
    return Content.assemble(
        (f"{mark} {printable(row.spec.name):15}", "bold" if row.here else ""), (state, "dim")
    )


def _facts(row: ModelRow) -> Content:
    from tui.display import counted
    from tui.models.wording import figure_text, memory_text, size_of

    spec = row.spec
    read = (
        f"It has read {counted(row.embedded, 'picture')} of this library." if row.embedded else ""
    )
    lines = [
        spec.knows,
        f"Language: {spec.languages} · {size_of(spec, here=row.here)} · licence {spec.licence}",
        memory_text(spec),
        *(figure_text(figure) for figure in spec.figures),
        read,
        f"In use: {spec.why}." if row.current and spec.why else "",
        spec.caution,
    ]
    return Content.assemble(
        (printable(spec.title), "bold"), *(f"\n{printable(line)}" for line in lines if line)
    )
