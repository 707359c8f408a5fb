"""Settings: a TOML file, then the environment (``PHOTOSEEK_*``), then flags; the last one wins."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from tui.domain import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

ImageMode = Literal["auto", "kitty", "sixel", "halfcell", "unicode", "off"]
Device = Literal["auto", "cpu", "cuda", "mps"]

_CHOICES: dict[str, tuple[str, ...]] = {"images": get_args(ImageMode), "device": get_args(Device)}
_AT_MOST = {"threads": 1024, "batch_size": 64, "thumbnail_cache": 1_000_000}
_SWITCHES = {"watch", "pair_raw"}
_WORDS = {"true": True, "1": True, "false": False, "0": False}
"""What stands for a switch in the environment."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run was asked to do.

    Attributes:
        data_dir: where the catalog, the indexes and the caches lie.
        model: a name that ``photoseek models`` lists, ``ARCH/TAG`` of open_clip, or a checkpoint.
        images: how pictures are drawn in the terminal.
        device: where the towers run.
        threads: decode threads, 0 to choose from the machine.
        batch_size: pictures a batch, 0 to choose from the machine; at most 64.
        opener: the command that opens pictures; ``{}`` stands for their paths, which otherwise come
            last. Empty for the system's viewer.
        thumbnail_cache: megabytes on disk for small pictures, 0 for none.
        watch: the app goes on following a folder once it is indexed.
        pair_raw: a raw file and the JPEG or HEIC of the same shot are one picture.
    """

    data_dir: Path
    model: str = "starter"
    images: ImageMode = "auto"
    device: Device = "auto"
    threads: int = 0
    batch_size: int = 0
    opener: str = ""
    thumbnail_cache: int = 256
    watch: bool = True
    pair_raw: bool = True


def default_config_file() -> Path:
    """Return the configuration file's place on this platform."""
    import platformdirs

    return platformdirs.user_config_path("photoseek", appauthor=False) / "config.toml"


def default_data_dir() -> Path:
    """Return the data folder's place on this platform."""
    import platformdirs

    return platformdirs.user_data_path("photoseek", appauthor=False)


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    config_file: Path | None = None,
) -> Settings:
    """Merge file, environment and flags; a flag that is None was not given.

    Raises:
        ConfigError: a file that is not TOML, an unknown key, or a value that is not allowed.
    """
    environment = os.environ if environ is None else environ
    source = config_file or Path(environment.get("PHOTOSEEK_CONFIG") or default_config_file())
    settings = Settings(data_dir=default_data_dir())
    settings = _apply(settings, _read_toml(source), f"{source}")
    settings = _apply(settings, _from_environment(environment), "the environment")
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    return _apply(settings, given, "the command line")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        import tomllib  # 4 ms, and most people have no such file

        return tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:  # not UTF-8 and not TOML are ValueErrors
        raise ConfigError(f"{path} can't be read as TOML: {error}.") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    names = {field.name: f"PHOTOSEEK_{field.name.upper()}" for field in fields(Settings)}
    return {key: environ[name] for key, name in names.items() if environ.get(name)}


def _apply(settings: Settings, values: Mapping[str, Any], source: str) -> Settings:
    known = {field.name for field in fields(Settings)}
    for key in values:
        if key not in known:
            raise ConfigError(f"{source}: there is no setting {key!r}; known: {_listed(known)}.")
    return replace(settings, **{key: _checked(key, values[key], source) for key in values})


def _checked(key: str, value: Any, source: str) -> Any:
    if key == "data_dir" and isinstance(value, str | Path):
        return _folder(key, value, source)
    if key in _AT_MOST:
        return _whole_number(key, value, source)
    if key in _SWITCHES:
        return _switch(key, value, source)
    if not isinstance(value, str):
        raise ConfigError(f"{source}: {key} takes text in quotes, not {value!r}.")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise ConfigError(f"{source}: {key} is one of {_listed(_CHOICES[key])}, not {value!r}.")
    return value


def _folder(key: str, value: str | Path, source: str) -> Path:
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError as error:  # "~name" of nobody
        raise ConfigError(f"{source}: {key} can't be {str(value)!r}: {error}") from error


def _whole_number(key: str, value: Any, source: str) -> int:
    number = -1
    if isinstance(value, int | str) and not isinstance(value, bool):
        with suppress(ValueError):
            number = int(value)
    if not 0 <= number <= _AT_MOST[key]:
        raise ConfigError(
            f"{source}: {key} is a whole number from 0 to {_AT_MOST[key]}, not {value!r}."
        )
    return number


def _switch(key: str, value: Any, source: str) -> bool:
    on = value if isinstance(value, bool) else _WORDS.get(str(value).lower())
    if on is None:
        raise ConfigError(f"{source}: {key} is true or false, not {value!r}.")
    return on


def _listed(names: Any) -> str:
    return ", ".join(sorted(names))
