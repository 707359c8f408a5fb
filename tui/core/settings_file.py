"""Settings: a TOML file, then the environment (``PHOTOSEEK_*``), then flags; the last one wins."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import Field, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.core.errors import ConfigError
from tui.core.settings import SERVER_SCHEMES, Keymap, Settings, is_model_chosen, is_server_address

if TYPE_CHECKING:
    from collections.abc import Callable

_COMMAND_LINE = "the command line"
_WORDS = {"true": True, "1": True, "false": False, "0": False}
"""The values of a switch in the environment."""


def default_config_file() -> Path:
    """Return the path of the configuration file on this platform."""
    import platformdirs

    return platformdirs.user_config_path("photoseek", appauthor=False) / "config.toml"


def default_data_dir() -> Path:
    """Return the path of the data folder on this platform."""
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
    return load_with_sources(flags, environ=environ, config_file=config_file)[0]


def load_with_sources(
    flags: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    config_file: Path | None = None,
) -> tuple[Settings, dict[str, str]]:
    """Return the settings as `load_settings` does, and the source of each that is not a default.

    The flag ``weights`` is not a setting: it names the file with the model's weights.
    """
    environment = os.environ if environ is None else environ
    file = config_file or active_config_file(environment)
    text = _read_text(file)
    flag_values = {key: value for key, value in (flags or {}).items() if value is not None}
    weights = flag_values.pop("weights", None)
    layers: tuple[tuple[Mapping[str, Any], Callable[[str], str]], ...] = (
        (_parse(text, file), partial(_locate, file, text)),
        (_from_environment(environment), lambda _: "the environment"),
        (flag_values, lambda _: _COMMAND_LINE),
    )
    settings, sources = Settings(data_dir=default_data_dir()), dict[str, str]()
    for values, locate in layers:
        settings = _apply(settings, values, locate)
        sources |= {key: locate(key) for key in values}
    if weights is not None:
        settings = _with_weights(settings, weights)
        sources["model"] = _COMMAND_LINE
    return settings, sources


def _with_weights(settings: Settings, file: str) -> Settings:
    """Load the model's weights from a file; if no model was named, they are CLIP's."""
    name = settings.model if is_model_chosen(settings) else "clip"
    return replace(settings, model=f"{name}@{file}")


def active_config_file(environ: Mapping[str, str] | None = None) -> Path:
    """Return the configuration file of this run, which may be missing."""
    named = (os.environ if environ is None else environ).get("PHOTOSEEK_CONFIG")
    return Path(named) if named else default_config_file()


def location_of(key: str, config_file: Path | None = None) -> str:
    """Return the location of a key in the configuration file: ``FILE, line 3``.

    Args:
        key: dotted, for example ``keys.panes.index``.
        config_file: the file, this run's by default.
    """
    file = config_file or active_config_file()
    return _locate(file, _read_text(file), key)


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}.") from error
    except ValueError as error:  # It is not UTF-8.
        raise ConfigError(f"{file} can't be read as TOML: {error}.") from error


def _parse(text: str, file: Path) -> dict[str, Any]:
    if not text.strip():
        return {}
    import tomllib  # most users have no such file

    try:
        return tomllib.loads(text)
    except ValueError as error:  # the error names line and column
        raise ConfigError(f"{file} can't be read as TOML: {error}.") from error


def _locate(file: Path, text: str, key: str) -> str:
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        key_part = "".join(line.partition("=")[0].split()).replace('"', "").replace("'", "")
        if key_part.startswith("["):
            table = key_part.strip("[]") + "."
            key_part = ""
        if f"{table}{key_part}".rstrip(".") == key:
            return f"{file}, line {number}"
    return f"{file}"


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    names = {field.name: f"PHOTOSEEK_{field.name.upper()}" for field in fields(Settings)}
    del names["keys"]
    return {key: environ[name] for key, name in names.items() if environ.get(name)}


def _apply(settings: Settings, values: Mapping[str, Any], locate: Callable[[str], str]) -> Settings:
    by_name = {field.name: field for field in fields(Settings)}
    for key in values:
        if key not in by_name:
            raise ConfigError(
                f"{locate(key)}: unknown setting {key!r}; the settings are {_join_names(by_name)}."
            )
    checked: dict[str, Any] = {
        key: _keymap(value, locate) if key == "keys" else _read(by_name[key], value, locate(key))
        for key, value in values.items()
    }
    return replace(settings, **checked)


def _keymap(table: Any, locate: Callable[[str], str], path: str = "keys") -> Keymap:
    """Read the table of keys; an id's dot makes a table within it, unless it is in quotes."""
    if not isinstance(table, Mapping):
        raise ConfigError(
            f'{locate(path)}: keys must be a table, [keys], with lines like id = "key".'
        )
    keymap: Keymap = ()
    for name, value in table.items():
        key = f"{path}.{name}"
        if isinstance(value, Mapping):
            keymap += _keymap(value, locate, key)
            continue
        keys = [value] if isinstance(value, str) else value
        if not isinstance(keys, list) or not all(isinstance(each, str) for each in keys):
            raise ConfigError(
                f"{locate(key)}: {key} must be a key in quotes or a list of them, not {value!r}."
            )
        keymap += ((key.removeprefix("keys."), tuple(keys)),)
    return keymap


def _read(field: Field[Any], value: Any, source: str) -> Any:
    key, choices = field.name, field.metadata.get("choices")
    if key == "data_dir" and isinstance(value, str | Path):
        return _folder(key, value, source)
    if isinstance(field.default, bool):
        return _switch(key, value, source)
    if isinstance(field.default, int):
        return _whole_number(key, value, field.metadata["limit"], source)
    if isinstance(field.default, tuple):
        return _patterns(key, value, source)
    if not isinstance(value, str):
        raise ConfigError(f"{source}: {key} must be text in quotes, not {value!r}.")
    if choices and value not in choices:
        raise ConfigError(f"{source}: {key} must be one of {_join_names(choices)}, not {value!r}.")
    return _library(value, source) if key == "library" else value


def _library(value: str, source: str) -> str:
    """Check the library's location; never repeat an address, which may contain a password."""
    if not value:
        return value
    if not is_server_address(value):
        return str(_folder("library", value, source))
    if not value.startswith(SERVER_SCHEMES):
        raise ConfigError(f"{source}: library must be a folder or milvus://HOST:PORT/NAME.")
    if not value.isprintable() or set(value) & set("@?#\\"):
        raise ConfigError(
            f"{source}: library must be milvus://HOST:PORT/NAME without user, password or options; "
            "set PHOTOSEEK_MILVUS_TOKEN to USER:PASSWORD or a key."
        )
    return value


def _folder(key: str, value: str | Path, source: str) -> Path:
    if value == "":
        raise ConfigError(f"{source}: {key} is empty; name a folder.")
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError as error:  # "~name" of an unknown user
        raise ConfigError(f"{source}: {key} can't be {str(value)!r}: {error}") from error


def _whole_number(key: str, value: Any, limit: int, source: str) -> int:
    number = -1
    if isinstance(value, int | str) and not isinstance(value, bool):
        with suppress(ValueError):
            number = int(value)
    if not 0 <= number <= limit:
        raise ConfigError(
            f"{source}: {key} must be a whole number from 0 to {limit}, not {value!r}."
        )
    return number


def _patterns(key: str, value: Any, source: str) -> tuple[str, ...]:
    """Read a list of texts; a single text may list several, with commas or as JSON."""
    if isinstance(value, str):
        from json import loads

        parts: Any = [part.strip() for part in value.split(",")]
        with suppress(ValueError):
            parts = loads(value)
        value = parts
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
        raise ConfigError(
            f'{source}: {key} must be a list of patterns, as in ["@eaDir", "!#recycle"].'
        )
    return tuple(part for part in value if part.strip())


def _switch(key: str, value: Any, source: str) -> bool:
    on = value if isinstance(value, bool) else _WORDS.get(str(value).lower())
    if on is None:
        raise ConfigError(f"{source}: {key} must be true or false, not {value!r}.")
    return on


def _join_names(names: Any) -> str:
    return ", ".join(sorted(names))
