"""The formats with their names in Pillow, in messages and in package registries."""

from __future__ import annotations

from importlib import import_module

from tui.core.errors import DecodeError

_OWN = {"PSB": "tui.images.photoshop"}
_PLUGINS = {"HEIF": ("pillow_heif", "pillow-heif"), "JXL": ("pillow_jxl", "pillow-jxl-plugin")}
_TITLES = {
    "DIB": "BMP",
    "HEIF": "HEIC",
    "JPEG2000": "JPEG 2000",
    "JXL": "JPEG XL",
    "PSB": "PSD",
    "RAW": "camera raw",
    "WEBP": "WebP",
}


def title_of(kind: str) -> str:
    """Return the readable name of a format that ``sniff`` calls ``kind``."""
    return _TITLES.get(kind, kind)


def load_plugin(kind: str) -> None:
    """Register a format that Pillow reads with another package or with a module of photoseek.

    Raises:
        DecodeError: the package is missing.
    """
    if kind in _OWN:
        import_module(_OWN[kind])
    if kind not in _PLUGINS:
        return
    module, package = _PLUGINS[kind]
    try:
        plugin = import_module(module)
    except ImportError:
        raise DecodeError(
            f"Reading {title_of(kind)} needs the package {package}; install it."
        ) from None
    if kind == "HEIF":
        plugin.register_heif_opener()
