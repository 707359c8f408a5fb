"""The parts that all commands share: settings from options, exit codes, and error messages.

Exit codes: 0 found or done; 1 nothing found, or ``doctor`` found a problem; 2 wrong use or bad
input; 130 interrupted; 141 the reader has closed the pipe.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click
from click.shell_completion import CompletionItem

from tui.cli.terminal.output import say
from tui.core.errors import PhotoseekError, os_error_text
from tui.core.settings import Device, ImageMode
from tui.storage.folders import absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tui.core.settings import Settings

    Command = TypeVar("Command", bound=Callable[..., Any])

DONE = 0
NOTHING_FOUND = 1
UNHEALTHY = 1
WRONG_USE = 2
INTERRUPTED = 130
NO_READER = 141

_DEBUG = "PHOTOSEEK_DEBUG"
"""The environment variable that shows unexpected errors with their traceback."""


class CommandLine(click.Group):
    """A group whose first word may also be a folder; it then runs the ``fallback`` command."""

    def __init__(self, *args: Any, fallback: click.Command, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.fallback = fallback

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Treat words that don't name a command as arguments of the fallback."""
        if self.get_command(ctx, args[0]) is None:
            if not os.path.lexists(args[0]) and not os.path.dirname(args[0]):  # noqa: PTH120
                raise click.UsageError(
                    f"No such command or folder: {args[0]!r}. `photoseek --help` lists the "
                    "commands."
                )
            return self.fallback.name, self.fallback, args
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Suggest folders as well as commands."""
        return [*super().shell_complete(ctx, incomplete), CompletionItem(incomplete, type="dir")]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a closed pipe is not an error."""
        try:
            code = super().invoke(ctx)
            if sys.stdout is not None:
                sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()
            return NO_READER
        return code

    def make_context(self, *args: Any, **attributes: Any) -> click.Context:
        """Parse the arguments; ``--help`` and ``--version`` may print to a closed pipe."""
        try:
            return super().make_context(*args, **attributes)
        except BrokenPipeError:
            _drop_output()
            raise click.exceptions.Exit(NO_READER) from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command, print an error in one line and exit with the code."""

        def run() -> Any:
            return super(CommandLine, self).main(
                args, prog_name, complete_var, standalone_mode=False, **extra
            )

        if not standalone_mode:
            return run()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        try:
            code = _run(run)
        except Exception as error:
            if os.environ.get(_DEBUG):
                raise
            print_error(_unexpected_error(error))
            code = WRONG_USE
        sys.exit(code)


def _run(command: Callable[[], Any]) -> Any:
    """Run a command; print an expected error and return its exit code."""
    try:
        return command()
    except PhotoseekError as error:
        print_error(str(error))
    except click.ClickException as error:
        print_error(error.format_message())
    except OSError as error:
        return _report(error)
    except click.Abort:
        return INTERRUPTED
    return WRONG_USE


class Folder(click.Path):
    """The name of a folder, made absolute; the command checks whether it exists."""

    def __init__(self) -> None:
        super().__init__(file_okay=False)  # so that the shell suggests only folders

    def convert(self, value: Any, param: object, ctx: object) -> Path:  # noqa: ARG002
        """Return the full path."""
        return absolute(value)


def _unexpected_error(error: Exception) -> str:
    """Return the message for an unexpected error: a bug, or a damaged or malicious library."""
    lines = str(error).strip().splitlines() or ["no details"]
    return (
        f"Unexpected error ({type(error).__name__}: {lines[0]}). Check the library with "
        f"`photoseek doctor`, or set {_DEBUG}=1 for a traceback."
    )


def _report(error: OSError) -> int:
    """Print an error of the system; return the exit code."""
    if error.filename is None:  # stdout may contain output that could not be written
        _drop_output()
    if isinstance(error, BrokenPipeError):  # while it printed the shell's completions
        return NO_READER
    print_error(os_error_text(error))
    return WRONG_USE


def _drop_output() -> None:
    """Discard the rest of stdout, so that the flush at exit raises nothing."""
    with suppress(OSError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)


def print_error(sentence: str) -> None:
    """Print an error on stderr, in one line."""
    say(f"photoseek: {sentence}", err=True)


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value == "" and parameter.name == "library":  # an unset variable of the shell
        raise click.UsageError("--library is empty; pass a folder or an address.")
    if value is not None and parameter.name is not None:
        ctx.find_root().ensure_object(dict)[parameter.name] = value


def option(*names: str, **attributes: Any) -> Callable[[Command], Command]:
    """Return a decorator that adds an option for a setting; the last one given wins."""
    return click.option(*names, expose_value=False, callback=_remember, **attributes)


def settings_options(command: Command) -> Command:
    """Give a command the options that all commands share."""
    for name, attributes in reversed(_SETTINGS.items()):
        command = option(name, **attributes)(command)
    return command


_SETTINGS: dict[str, dict[str, Any]] = {
    "--model": {"metavar": "NAME", "help": "The model; `photoseek models` lists the names."},
    "--weights": {
        "type": click.Path(dir_okay=False, readable=False),
        "metavar": "FILE",
        "help": "Load the model's weights from a safetensors file.",
    },
    "--data-dir": {
        "type": click.Path(file_okay=False, readable=False),
        "help": "Folder of the catalog, indexes and caches (PHOTOSEEK_DATA_DIR).",
    },
    "--library": {
        "metavar": "FOLDER|ADDRESS",
        "help": "Shared library: a folder or milvus://HOST:PORT/NAME (PHOTOSEEK_LIBRARY).",
    },
    "--device": {"type": click.Choice(get_args(Device)), "help": "Device that runs the model."},
}

images_option = option(
    "--images",
    type=click.Choice(get_args(ImageMode)),
    help="How to draw pictures in the terminal.",
)


def current_settings() -> Settings:
    """Return the settings of this run: the file, the environment, then the options.

    Raises:
        ConfigError: a setting is invalid.
    """
    from tui.core.settings_file import load_settings

    return load_settings(click.get_current_context().find_root().obj)
