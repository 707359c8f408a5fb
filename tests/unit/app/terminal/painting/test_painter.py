from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from rich.console import RenderableType
from rich.segment import Segment
from textual._compositor import CompositorUpdate, LayoutUpdate
from textual.geometry import Offset, Region, Size
from textual.strip import Strip

from tui.app.terminal.images import ImageSupport
from tui.app.terminal.painting.painter import Painter

WIDTH, HEIGHT = 80, 40
WAITING_WRITES = 8


def painter() -> Painter:
    """Return a painter of an app whose terminal has not accepted the last writes yet."""
    queue = SimpleNamespace(qsize=lambda: WAITING_WRITES)
    app: Any = SimpleNamespace(
        screen=SimpleNamespace(outer_size=Size(WIDTH, HEIGHT)),
        console=SimpleNamespace(_color_system=None),
        is_headless=False,
        cursor_position=Offset(),
        set_timer=lambda *_: None,
        _previous_cursor_position=Offset(),
        _running=True,
        _closed=False,
        _batch_count=0,
        _driver=SimpleNamespace(_writer_thread=SimpleNamespace(_queue=queue)),
    )
    return Painter(app, ImageSupport("halfcell"))


def text_of(update: RenderableType | None) -> str:
    return (
        "" if update is None else cast("CompositorUpdate", update).render_segments(cast("Any", 0))
    )


def whole(character: str) -> LayoutUpdate:
    strip = Strip([Segment(character * WIDTH)])
    return LayoutUpdate([[strip]] * HEIGHT, Region(0, 0, WIDTH, HEIGHT))


def test_only_the_first_frame_is_sent_whole_to_a_busy_terminal() -> None:
    ours = painter()
    assert text_of(ours.changes(whole("a"))).count("a" * WIDTH) == HEIGHT
    assert 0 < text_of(ours.changes(whole("b"))).count("b" * WIDTH) < HEIGHT
