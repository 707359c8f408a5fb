"""The settings of a run and their defaults; ``settings_file`` loads them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from pathlib import Path

MEMORY = "memory.json"
"""The file in the data folder with earlier choices: of the app, and of the model."""

ImageMode = Literal["auto", "kitty", "sixel", "halfcell", "unicode", "off"]

Device = Literal["auto", "cpu", "cuda", "mps"]

Keymap = tuple[tuple[str, tuple[str, ...]], ...]
"""The user's keys by the id of an action."""

SERVER_SCHEMES = ("milvus://", "milvus+tls://")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run.

    A field's default determines how its value is read: a flag, an integer up to its ``limit``, a
    list of patterns, or a text, which may have to be one of its ``choices``.

    Attributes:
        data_dir: the folder of the catalog, the indexes, the caches and the user's choices.
        model: a name that ``photoseek models`` lists, ``ARCH/TAG`` of open_clip, or a
            checkpoint; ``auto`` for the one last selected, else CLIP if installed, else the
            built-in one.
        images: how pictures are drawn in the terminal.
        device: the device that runs the towers.
        threads: decode threads; 0 for a number that suits the machine.
        batch_size: pictures per batch; 0 for a number that suits the machine.
        opener: the command that opens pictures, with ``{}`` for their paths, which otherwise
            come last. Empty for the system's viewer.
        library: the location of a shared catalog and its indexes: a folder, or the address of a
            server, ``milvus://HOST:PORT/NAME`` (``milvus+tls://``); empty for ``data_dir``. The
            user's own history, choices and caches stay in ``data_dir``. The address contains no
            password, which only the environment variable ``PHOTOSEEK_MILVUS_TOKEN`` may
            contain.
        thumbnail_cache: megabytes on disk for small pictures, 0 for none.
        watch: the app watches a folder after it is indexed.
        model_idle_seconds: after this time without a change, a process that watches folders
            stops the indexing process, which frees the model's memory.
        pair_raw: a raw file and the JPEG or HEIC of the same shot are one picture.
        skip_folders: patterns of folders to skip, in addition to those of
            ``storage.scanning.skipped_folders``; ``!PATTERN`` includes folders again.
        keys: key bindings that replace the default ones.
    """

    data_dir: Path
    model: str = "auto"
    images: ImageMode = field(default="auto", metadata={"choices": get_args(ImageMode)})
    device: Device = field(default="auto", metadata={"choices": get_args(Device)})
    threads: int = field(default=0, metadata={"limit": 1024})
    batch_size: int = field(default=0, metadata={"limit": 64})
    opener: str = ""
    library: str = ""
    thumbnail_cache: int = field(default=256, metadata={"limit": 1_000_000})
    watch: bool = True
    model_idle_seconds: int = field(default=300, metadata={"limit": 86_400})
    pair_raw: bool = True
    skip_folders: tuple[str, ...] = ()
    keys: Keymap = ()


def is_server_address(library: str) -> bool:
    """Whether a text is an address, valid or not, instead of the name of a folder."""
    return "://" in library or library.startswith(("milvus:", "milvus+tls:"))


def is_model_chosen(settings: Settings) -> bool:
    """Whether the user has selected a model."""
    usual = next(field.default for field in fields(Settings) if field.name == "model")
    return settings.model != usual
