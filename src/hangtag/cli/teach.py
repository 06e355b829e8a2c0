"""The verb ``teach``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hangtag.cli.options import AMOUNT, COUNT, FILE, FOLDER, common, workspace

if TYPE_CHECKING:
    from hangtag.teaching import Lesson, Teaching, WordLesson

__all__ = ["teach"]


@click.command(short_help="Teach the compact engine attributes of your own.")
@workspace
@click.option(
    "--labels", required=True,
    help="Parquet or CSV; reviews, what people said here; or readings:WORKSPACE, what an engine "
    "is sure of there.",
)  # fmt: skip
@click.option("--taxonomy", "taxonomy_file", type=FILE, help="With your own attributes, in YAML.")
@click.option("--attribute", "attributes", multiple=True, help="Only this. May be repeated.")
@click.option("--ids", type=FILE, help="Only labels of the products of this file's column id.")
@click.option("--split", help="Of those, only the ones whose column split says so.")
@click.option(
    "--sure", type=AMOUNT, default=0.9, show_default=True, help="Of readings that are to be labels."
)
@click.option("--next", "ask_next", type=COUNT, help="Name so many products to label next.")
@click.option(
    "--text/--no-text", default=True, show_default=True,
    help="Learn words of titles and descriptions too, or from photos alone.",
)  # fmt: skip
@click.option("--images", type=FOLDER, help="Folder of the photos, if they have moved.")
@click.option("--processes", type=COUNT, help="To decode photos. [default: one a core, at most 4]")
@click.option("--threads", type=COUNT, help="To look at them. [default: one a core, at most 4]")
@common
def teach(
    *,
    workspace: Path,
    labels: str,
    taxonomy_file: Path | None,
    attributes: tuple[str, ...],
    ids: Path | None,
    split: str | None,
    sure: float,
    ask_next: int | None,
    text: bool,
    images: Path | None,
    processes: int | None,
    threads: int | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Fit heads on what the compact network sees in photos, and words of titles and descriptions.

    For attributes and options of your own, which a YAML file that begins with `extends: fashion`
    defines, or better ones for ours. Heads are used whenever WORKSPACE is tagged with the compact
    engine, words with any. Every photo is looked at once; after that a lesson takes seconds.

    Ends with 1 where nothing could be taught.
    """
    from hangtag.cli.progress import shown_teaching
    from hangtag.evaluation import read_ids
    from hangtag.taxonomy import load_taxonomy
    from hangtag.teaching import teach as teach_workspace
    from hangtag.workspace import Workspace

    if split is not None and ids is None:
        raise click.UsageError("--split needs --ids, the file with the columns id and split.")
    place = Workspace(workspace)
    with shown_teaching(quiet) as (progress, at_lesson):
        done = teach_workspace(
            place, labels,
            taxonomy=load_taxonomy(taxonomy_file) if taxonomy_file else None,
            taxonomy_file=taxonomy_file, attributes=attributes,
            only=None if ids is None else sorted(read_ids(ids, split)), images=images,
            text=text, sure=sure, ask_next=ask_next or 0, processes=processes, threads=threads,
            progress=progress, at_lesson=at_lesson,
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(done.to_json(), indent=1))
    else:
        _print(done, workspace)
    return 0 if done.taught or done.words_taught else 1


def _print(done: Teaching, workspace: Path) -> None:
    from hangtag.cli.progress import duration
    from hangtag.cli.tables import print_table
    from hangtag.evaluation import contradicting_line

    print_table(
        [_row(lesson) for lesson in done.lessons],
        header=("attribute", "labels", "right", "95 %", "majority", "before", "ECE", ""),
        numbers=[1, 2, 3, 4, 5, 6],
    )
    if done.words:
        click.echo("\nPhoto and text together, before and with words of your own texts:\n")
        print_table(
            [_words_row(name, lesson) for name, lesson in done.words.items()],
            header=("attribute", "labels", "before", "right", "95 %", "ECE", ""),
            numbers=[1, 2, 3, 4, 5],
        )
    for lesson in done.lessons:
        if lesson.head is not None and lesson.left_out:
            click.echo(f"{lesson.attribute}: too few of {', '.join(lesson.left_out)}.")
    if done.contradicting:
        click.echo(contradicting_line(done.contradicting))
    if done.without_photo:
        click.echo(f"{done.without_photo:,} labelled products have no photo here.")
    looked = f" {done.looked_at:,} photos were looked at first." if done.looked_at else ""
    click.echo(f"{duration(done.seconds_teaching)}.{looked}")
    for name, rows in done.next_to_label.items():
        click.echo(f"\nLabel these next, for {name}:")
        print_table([(i, f"{sure:.2f}") for i, sure in rows], numbers=[1])
    if done.taught or done.words_taught:
        click.echo(f"\nTag the catalog again: hangtag tag … --out {workspace}")


def _row(lesson: Lesson) -> tuple[str, ...]:
    low, high = lesson.low, lesson.high
    return (
        lesson.attribute, f"{lesson.labels:,}", _figure(lesson.accuracy),
        "–" if low is None or high is None else f"{low:.3f}–{high:.3f}",
        _figure(lesson.majority), _figure(lesson.before), _figure(lesson.ece),
        "taught" if lesson.head is not None else f"not taught: {lesson.refused}",
    )  # fmt: skip


def _words_row(name: str, lesson: WordLesson) -> tuple[str, ...]:
    low, high = lesson.low, lesson.high
    return (
        name, f"{lesson.labels:,}", _figure(lesson.before), _figure(lesson.accuracy),
        "–" if low is None or high is None else f"{low:.3f}–{high:.3f}", _figure(lesson.ece),
        "taught" if lesson.words is not None else f"not taught: {lesson.refused}",
    )  # fmt: skip


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
