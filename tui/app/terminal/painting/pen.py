"""The style in which the terminal writes, changed with as few bytes as possible.

The style of a cell is a key: the parameters of SGR (ECMA-48, 8.3.117) that set it from the default,
as Textual renders them. ``linked`` and ``written_whole`` prefix them with further data of the cell.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

_LINK = "\x1b]8;"
"""Starts a hyperlink (OSC 8) and the key of a cell that has one."""
_ANEW = "\x1b0;"
_INK, _GROUND = "39", "49"
"""The default colours."""
_DEFAULT = ("", _INK, _GROUND)
_SHORTEST_INK = len("38;2;0;0;")
"""Before it, parameters that look like the start of another colour are shares of the first."""
_EXTENDED = {"2": 5, "5": 3}
"""The number of parameters that set a colour of 24 bits or of the palette."""


def linked(codes: str, link: str, link_id: str) -> str:
    """Return the key of a cell with a hyperlink."""
    return f"{_LINK}id={link_id};{link}\x1b\\{codes}"


def written_whole(codes: str, name: str) -> str:
    """Return a key that is written in full at each start of a run, as ``SixelScreen`` reads it.

    Args:
        codes: the parameters of SGR.
        name: distinguishes neighbours with the same codes.
    """
    return f"{_ANEW}{name}\x1b\\{codes}"


class _Style(NamedTuple):
    attributes: str
    ink: str
    ground: str
    link: str
    is_written_whole: bool


class Pen:
    """Tracks the style in which the terminal writes. It begins with the default.

    Attributes:
        key: of the current style.
    """

    __slots__ = ("_attributes", "_ground", "_ink", "_link", "key")

    def __init__(self) -> None:
        self.key = self._attributes = self._link = ""
        self._ink, self._ground = _INK, _GROUND

    @property
    def is_written_whole(self) -> bool:
        """Whether the current style must be written again after a move of the cursor."""
        return self.key.startswith(_ANEW)

    def switch(self, key: str) -> str:
        """Return the text that sets another style."""
        ends = key.find(";48;2;", _SHORTEST_INK)
        if ends < 0 or self._attributes or self._link or key[:5] != "38;2;":
            return self._switch(key)
        # Two colours, as in pictures.
        self.key = key
        ink, ground = key[:ends], key[ends + 1 :]
        if ink == self._ink:
            self._ground = ground
            return f"\x1b[{ground}m"
        self._ink = ink
        if ground == self._ground:
            return f"\x1b[{ink}m"
        self._ground = ground
        return f"\x1b[{key}m"

    def _switch(self, key: str) -> str:
        self.key = key
        before = (self._attributes, self._ink, self._ground)
        style = _parsed(key)
        link = "" if style.link == self._link else style.link or f"{_LINK};\x1b\\"
        self._attributes, self._ink, self._ground, self._link, _ = style
        if style[:3] == _DEFAULT:
            return f"{link}\x1b[0m"
        codes = []
        if style.is_written_whole or before[0] not in ("", style.attributes):
            codes, before = ["0"], _DEFAULT
        pairs = zip(style[:3], before, strict=True)
        codes += [code for code, code_before in pairs if code != code_before]
        return f"{link}\x1b[{';'.join(codes)}m" if codes else link


@lru_cache(4096)
def _parsed(key: str) -> _Style:
    prefix, _, codes = key.rpartition("\x1b\\")
    link = f"{prefix}\x1b\\" if prefix.startswith(_LINK) else ""
    attributes: list[str] = []
    ink, ground = _INK, _GROUND
    parameters = codes.split(";") if codes else []
    while parameters:
        code = parameters[0]
        size = _EXTENDED.get(parameters[1], 1) if code in ("38", "48") else 1
        part, parameters = ";".join(parameters[:size]), parameters[size:]
        if len(code) > 1 and (code[0] == "3" or code[:-1] == "9"):
            ink = part
        elif len(code) > 1 and (code[0] == "4" or code[:-1] == "10"):
            ground = part
        else:
            attributes.append(part)
    return _Style(";".join(attributes), ink, ground, link, prefix.startswith(_ANEW))
