"""Options that several verbs have, and what people write into them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = [
    "AMOUNT",
    "COUNT",
    "FILE",
    "FOLDER",
    "LABELS_FILE",
    "common",
    "embedder_of",
    "pairs",
    "served",
    "workspace",
]

Verb = TypeVar("Verb", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


class _Count(click.ParamType[int]):
    """A whole number from 1 on. ``IntRange`` would say so in every line of the help."""

    name = "n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Raises BadParameter for anything else."""
        try:
            number = int(value)
        except ValueError:
            number = 0
        if number < 1:
            self.fail(f"{value!r} is no whole number from 1 on.", param, ctx)
        return number


class _Amount(click.ParamType[float]):
    """A number from 0 on."""

    name = "x"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Raises BadParameter for anything else."""
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            self.fail(f"{value!r} is no number from 0 on.", param, ctx)
        return number


class _LabelsFile(click.Path):
    """A file that is there, or the word ``reviews``."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Raises BadParameter for anything else."""
        return Path(value) if value == "reviews" else super().convert(value, param, ctx)


AMOUNT = _Amount()
COUNT = _Count()
LABELS_FILE = _LabelsFile(exists=True, dir_okay=False, path_type=Path)


def common(verb: Verb) -> Verb:
    """Add --json (as ``as_json``), --quiet and --debug."""
    # The entry looks for --debug among the arguments: it must know before they are parsed.
    for option in (
        click.option("--debug", is_flag=True, expose_value=False, help="Show where errors arise."),
        click.option("--quiet", is_flag=True, help="No progress."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
    ):
        verb = option(verb)
    return verb


def embedder_of(what: str) -> Callable[[Verb], Verb]:
    """Add --embedder, which is ``what``, and --embedder-model."""

    def add(verb: Verb) -> Verb:
        for option in (
            click.option(
                "--embedder-model", help="Its model, where there are several: a name or a folder."
            ),
            click.option("--embedder", default="compact", show_default=True, help=what),
        ):
            verb = option(verb)
        return verb

    return add


def served(port: int) -> Callable[[Verb], Verb]:
    """Add --host, --port and --images, of a page that is served."""

    def add(verb: Verb) -> Verb:
        for option in (
            click.option("--images", type=FOLDER, help="Folder of the photos, if they have moved."),
            click.option(
                "--port", type=click.IntRange(0, 65535), default=port, show_default=True,
                metavar="N", help="Where; 0 takes a free one.",
            ),
            click.option("--host", default="127.0.0.1", show_default=True, help="Whom it answers."),
        ):  # fmt: skip
            verb = option(verb)
        return verb

    return add


def workspace(verb: Verb) -> Verb:
    """Add the argument WORKSPACE, a folder that is there."""
    return click.argument("workspace", type=FOLDER)(verb)


def pairs(
    _context: click.Context, option: click.Parameter, written: tuple[str, ...]
) -> dict[str, str]:
    """``("a=b,c=d", "e=f")`` as a mapping; the callback of an option that may be repeated."""
    found: dict[str, str] = {}
    for pair in (part for text in written for part in text.split(",")):
        ours, equals, theirs = pair.partition("=")
        if not (equals and ours.strip() and theirs.strip()):
            raise click.BadParameter(f"{pair!r} is no pair OURS=THEIRS.", param=option)
        found[ours.strip()] = theirs.strip()
    return found
