"""The few XMP properties that describe a picture's date, camera and position.

Format: ISO 16684-1 (XMP, part 1: data model and serialisation); properties and the form of
coordinates: Adobe XMP specification, part 2. A property is an attribute of ``rdf:Description`` or
an element inside it, and its namespace, not its prefix, says which one it is.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST_PACKET = 1 << 20
"""Bytes that are parsed. The properties read here are near the start; edit histories follow."""

_PREFIXES = {
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/xap/1.0/": "xmp",
}
_PROPERTIES = frozenset(
    {
        "exif:DateTimeDigitized",
        "exif:DateTimeOriginal",
        "exif:GPSLatitude",
        "exif:GPSLongitude",
        "photoshop:DateCreated",
        "tiff:Make",
        "tiff:Model",
        "xmp:CreateDate",
    }
)
_LONGEST_VALUE = 200


def read_xmp(packet: bytes | str) -> dict[str, str]:
    """Return the known properties of an XMP packet by prefixed name, such as ``xmp:CreateDate``.

    A damaged or oversized packet returns the properties before the damage. Document types, and so
    entities, end the parsing: XMP has none.
    """
    data = packet.encode("utf-8", "replace") if isinstance(packet, str) else packet
    reader = _PropertyReader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    with suppress(expat.ExpatError, ValueError, LookupError):  # LookupError: unknown encoding
        parser.Parse(data[:_LARGEST_PACKET].strip(b"\0 \r\n\t"), True)
    return reader.properties


class _PropertyReader:
    """Collects property values while expat reads the packet; the first value of each wins."""

    def __init__(self) -> None:
        self.properties: dict[str, str] = {}
        self._property = ""
        self._depth = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Record an element's attributes, and the property that it is."""
        for attribute, value in attributes.items():
            self._add(_prefixed(attribute), value)
        if self._property:
            self._depth += 1  # such as the rdf:Seq in a list
        else:
            self._property = _prefixed(name)

    def end(self, _name: str) -> None:
        """Close an element."""
        if self._depth:
            self._depth -= 1
        else:
            self._property = ""

    def text(self, text: str) -> None:
        """Record the text of an element, or of the first item of a list."""
        if self._property and text.strip():
            self._add(self._property, text)

    def _add(self, name: str, value: str) -> None:
        if name in _PROPERTIES:
            self.properties.setdefault(name, value.strip()[:_LONGEST_VALUE])


def _prefixed(name: str) -> str:
    """Return ``exif:Name`` for expat's ``URI Name`` if photoseek reads that property, else ""."""
    uri, _, local = name.rpartition(" ")
    prefixed = f"{_PREFIXES.get(uri, '')}:{local}"
    return prefixed if prefixed in _PROPERTIES else ""


def _refuse_doctype(*_: object) -> None:
    raise ValueError("an XMP packet has no document type")
