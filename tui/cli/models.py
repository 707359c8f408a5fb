"""``photoseek models``: list the models, and download one."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tui.cli.base import DONE, INTERRUPTED, current_settings, settings_options
from tui.cli.terminal.output import say, say_json, say_wrapped
from tui.cli.terminal.progress_line import ProgressLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.models.pull import PullProgress
    from tui.models.runtime.spec import ModelSpec


@click.group(invoke_without_command=True, short_help="List the models, or download one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@settings_options
@click.pass_context
def models(ctx: click.Context, *, as_json: bool) -> int | None:
    """List the available models with their sizes, languages and measurements."""
    if ctx.invoked_subcommand is not None:
        return None
    from tui.models.describe import why_text
    from tui.models.presets import MODELS
    from tui.models.registry import find_model, is_installed

    settings = current_settings()
    for spec in MODELS:
        if as_json:
            say_json(facts(spec, is_downloaded=is_installed(spec)))
        else:
            say_wrapped(*_lines(spec, is_downloaded=is_installed(spec)))
    if not as_json:
        say_wrapped(
            "You can also use ARCH/TAG of open_clip, hf-hub:OWNER/NAME, NAME@FILE, NAME with "
            "--weights FILE, or a folder that holds a model and its weights."
        )
        say_wrapped(f"In use: {why_text(find_model(settings.model, settings))}.")
    return DONE


def facts(spec: ModelSpec, *, is_downloaded: bool) -> dict[str, Any]:
    """Return the facts of a model as JSON values."""
    names = ("name", "model_id", "title", "origin", "dim", "image_size", "download_bytes")
    more = ("image_bytes", "text_bytes", "languages", "licence", "knows")
    figures = [
        {"text": figure.text, "source": figure.source or None, "measured_here": not figure.source}
        for figure in spec.figures
    ]
    values = {name: getattr(spec, name) for name in names + more}
    return values | {"here": is_downloaded, "figures": figures}


def _lines(spec: ModelSpec, *, is_downloaded: bool) -> Iterator[str]:
    from tui.models.describe import figure_text, memory_text, size_of

    yield f"{spec.name:13}{spec.title}; {size_of(spec, here=is_downloaded)}; {spec.licence}"
    indent = " " * 13
    yield f"{indent}{spec.knows}"
    yield f"{indent}Language: {spec.languages}. {memory_text(spec)}"
    for figure in spec.figures:
        yield f"{indent}{figure_text(figure)}"


@models.command(short_help="Download a model.")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option("--supervised", is_flag=True, hidden=True, help="Stop if stdin says so or closes.")
@settings_options
def pull(name: str, *, as_json: bool, supervised: bool) -> int:
    """Download the files that NAME needs from the hub; files already downloaded are skipped.

    Ctrl-C stops the download; the next pull resumes it. Once downloaded, the model needs no
    network. HF_ENDPOINT, HF_HOME, HF_TOKEN and the proxy variables apply.
    """
    from tui.cli.terminal.signals import cancel_on_signals, stop_with_parent
    from tui.core.errors import ModelError
    from tui.models.describe import pull_text
    from tui.models.hub.cache import is_offline
    from tui.models.hub.download import PullCancelledError
    from tui.models.pull import pull as fetch

    if is_offline():
        raise ModelError("HF_HUB_OFFLINE is set; unset it to download a model.")
    line = ProgressLine(sys.stderr)

    def show(progress: PullProgress) -> None:
        if as_json:
            say_json({"event": "pull", **asdict(progress)})
        else:
            line.enter(progress.phase)
            line.show(pull_text(progress))

    with cancel_on_signals(quiet=True) as stop:
        if supervised:
            stop_with_parent(stop)
        try:
            spec = fetch(name, current_settings(), on_progress=show, cancelled=stop.is_set)
        except PullCancelledError:
            line.leave()
            say("Stopped; the next pull resumes the download.", err=True)
            return INTERRUPTED
        finally:
            line.leave()
    if not as_json:
        say(
            f"{spec.title} is downloaded. Run `photoseek index FOLDER --model {spec.name}` "
            "to use it."
        )
        if spec.caution:
            say(spec.caution, err=True)
    return DONE
