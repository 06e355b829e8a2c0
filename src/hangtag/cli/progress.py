"""How far a run is, on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from hangtag.search import IndexProgress
    from hangtag.summary import Progress

__all__ = ["duration", "shown_indexing", "shown_progress", "shown_teaching"]

# Between two lines in a log.
_SECONDS = 10.0


@contextmanager
def shown_progress(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A function for ``tag`` to call with its progress, or None when nothing shall be shown."""
    with _shown(quiet, "opening catalog, tables and engine", _line) as advance:
        yield advance


@contextmanager
def shown_indexing(quiet: bool) -> Iterator[Callable[[IndexProgress], None] | None]:
    """The same for ``build_index``."""
    with _shown(quiet, "opening tables and index", _indexing_line) as advance:
        yield advance


@contextmanager
def shown_teaching(
    quiet: bool,
) -> Iterator[tuple[Callable[[int, int], None], Callable[[str, int, int], None]]]:
    """For ``teach`` to call: with photos looked at, of how many; and with each attribute's turn."""
    with _shown(quiet, "opening tables", _teaching_line) as advance:
        if advance is None:
            yield lambda _done, _total: None, lambda _name, _done, _total: None
        else:
            yield (
                lambda done, total: advance(_Taught(done, total, "")),
                lambda name, done, total: advance(_Taught(done, total, name)),
            )


class _Taught(NamedTuple):
    done: int
    total: int
    attribute: str


def _teaching_line(progress: _Taught) -> str:
    if progress.attribute:
        return f"teaching {progress.attribute}, {progress.done + 1:,} of {progress.total:,}"
    return f"{progress.done:,} of {progress.total:,} photos looked at"


@contextmanager
def _shown(
    quiet: bool, first: str, line: Callable[[Any], str]
) -> Iterator[Callable[[Any], None] | None]:
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar(first, line) as advance:
            yield advance
    else:
        yield _lines(line)


@contextmanager
def _bar(first: str, line: Callable[[Any], str]) -> Iterator[Callable[[Any], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.description}"),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(first, total=None)
        yield lambda p: bar.update(task, completed=p.done, total=p.total, description=line(p))


def _lines(line: Callable[[Any], str]) -> Callable[[Any], None]:
    last = time.monotonic()

    def tell(progress: Any) -> None:
        nonlocal last
        if time.monotonic() - last >= _SECONDS:
            last = time.monotonic()
            click.echo(line(progress), err=True)

    return tell


def _indexing_line(progress: IndexProgress) -> str:
    told = f"{progress.done:,} of {progress.total:,} {progress.stage}"
    if not progress.done or progress.seconds <= 0:
        return told
    rate = progress.done / progress.seconds
    return f"{told} · {rate:,.0f}/s · {duration((progress.total - progress.done) / rate)} left"


def _line(progress: Progress) -> str:
    of = "" if progress.total is None else f" of {progress.total:,}"
    parts = [f"{progress.done:,}{of} products", f"{progress.per_second:,.0f}/s"]
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    if progress.remaining_seconds:
        parts.append(f"{duration(progress.remaining_seconds)} left")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """``8 s``, ``2 min 10 s``, ``3 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
