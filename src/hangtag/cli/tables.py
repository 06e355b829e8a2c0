"""Small tables on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["print_rich", "print_table", "share"]

# Where there is no terminal: what fits beside other text, in a log or in a page.
_COLUMNS = 110


def print_table(
    rows: Iterable[Sequence[str]], header: Sequence[str] = (), numbers: Sequence[int] = ()
) -> None:
    """Print rows in columns; those whose places are in ``numbers`` are set flush right."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=bool(header), padding=(0, 3, 0, 0), header_style="bold")
    lines = [list(row) for row in rows]
    for place in range(max(map(len, [header, *lines]), default=0)):
        right = place in numbers
        title = header[place] if place < len(header) else ""
        table.add_column(title, justify="right" if right else "left", no_wrap=right)
    for line in lines:
        # As it is: what a catalog says may look like markup.
        table.add_row(*map(Text, line))
    print_rich(table)


def print_rich(shown: RenderableType) -> None:
    """Print what ``rich`` lays out, as wide as the terminal and without blanks at the ends."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _COLUMNS, highlight=False)
    with console.capture() as lines:
        console.print(shown)
    click.echo("\n".join(line.rstrip() for line in lines.get().splitlines()))


def share(part: float) -> str:
    """``12 %``, and ``<1 %`` for what is there but hardly."""
    return "<1 %" if 0 < part < 0.005 else f"{part:.0%}".replace("%", " %")
