"""Renders the Markdown of the manual as plain text.

It supports what the pages use: headings, paragraphs, lists, tables, code blocks and links.
"""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_ADDRESS = re.compile(r"\[([^]]*)\]\((https?://[^)]*)\)")
_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_MARK = re.compile(r"<!-- .* -->\n?")
_RULE = re.compile(r"\|[-|: ]+\|")
_CELL_BORDER = re.compile(r"(?<!\\)\|")
_FENCE = "```"
_INDENT = " " * 4
_LEAST_COLUMN = 10
_ITEM = "- "
_GAP = "  "


def render(text: str, width: int, *, heading: Callable[[str], str] = str) -> list[str]:
    """Return the lines of a page as plain text.

    Args:
        text: the Markdown.
        width: columns of the terminal; only code may be wider.
        heading: styles a heading.
    """
    lines: list[str] = []
    for block in _blocks(_MARK.sub("", text)):
        lines += ["", *_render_block(block, width, heading)]
    return lines[1:]


def _blocks(text: str) -> Iterator[list[str]]:
    """Yield the lines of each block; a blank line within code separates nothing."""
    block: list[str] = []
    fenced = False
    for line in text.splitlines():
        if line.startswith(_FENCE):
            fenced = not fenced
        if line.strip() or fenced:
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _render_block(lines: Sequence[str], width: int, heading: Callable[[str], str]) -> Iterator[str]:
    first = lines[0]
    if first.startswith("#"):
        yield heading(_plain(first.lstrip("# ")))
    elif first.startswith(_FENCE):
        yield from (_INDENT + line if line else "" for line in lines[1:-1])
    elif first.startswith(_INDENT):
        yield from lines
    elif first.startswith("|"):
        yield from _table(lines, width)
    else:
        yield from _paragraphs(lines, width)


def _plain(text: str) -> str:
    """Remove the markup of links and bold text; web addresses stay."""
    text = _ADDRESS.sub(r"\1 (\2)", text)
    return _BOLD.sub(r"\1", _LINK.sub(r"\1", text))


def _paragraphs(lines: Sequence[str], width: int) -> Iterator[str]:
    """Yield a paragraph, or a list whose items are indented below their first line."""
    items: list[list[str]] = [[]]
    for line in lines:
        if line.startswith(_ITEM) and items[-1]:
            items.append([])
        items[-1].append(line.strip())
    for item in items:
        indent = "  " if item[0].startswith(_ITEM) else ""
        text = _plain(" ".join(item))
        yield from wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def _table(lines: Sequence[str], width: int) -> Iterator[str]:
    """Yield the rows of a table in aligned columns; a cell that is too wide is wrapped."""
    rows = [_cells(line) for line in lines if not _RULE.fullmatch(line.strip())]
    widths = _column_widths(rows, width)
    rows.insert(1, ["-" * size for size in widths])
    for row in rows:
        cells = [wrap(cell, size) or [""] for cell, size in zip(row, widths, strict=True)]
        for number in range(max(map(len, cells))):
            parts = [cell[number] if number < len(cell) else "" for cell in cells]
            padded = (part.ljust(size) for part, size in zip(parts, widths, strict=True))
            yield _GAP.join(padded).rstrip()


def _cells(line: str) -> list[str]:
    cells = _CELL_BORDER.split(line.strip())[1:-1]
    return [_plain(cell).replace("`", "").replace("\\|", "|").strip() for cell in cells]


def _column_widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the width of each column; the widest ones shrink until the table fits."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = width - len(_GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _LEAST_COLUMN:
        widths[widths.index(max(widths))] -= 1
    return widths
