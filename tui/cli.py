"""The command line. Every heavy import waits until its command runs."""

from __future__ import annotations

import click

from tui import __version__


@click.group()
@click.version_option(__version__, prog_name="photoseek")
def main() -> None:
    """Find pictures on disk by what they show."""


if __name__ == "__main__":
    main()
