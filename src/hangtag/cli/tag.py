"""The verb ``tag``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hangtag.cli.engine_options import engine_options
from hangtag.cli.options import AMOUNT, COUNT, FILE, common, pairs
from hangtag.cli.spark_options import PHOTOS, OnSpark, spark_options

if TYPE_CHECKING:
    from hangtag.catalog import Catalog
    from hangtag.engines.base import Engine
    from hangtag.rules import Rules
    from hangtag.summary import RunSummary
    from hangtag.tagging import Plan
    from hangtag.taxonomy import Taxonomy
    from hangtag.track_record import TrackRecord
    from hangtag.workspace import Workspace

__all__ = ["print_run", "tag"]

_NOTES = {
    "repaired_lines": "lines had a comma too many in their last column; mended",
    "broken_lines": "lines do not fit the header and were left out",
    "empty_ids": "lines have no id and were left out",
    "duplicate_ids": "lines repeat an id; its first line counts",
    "unreadable_names": "photos have names that are no UTF-8 and were left out",
}


@click.command(short_help="Read the photos of a catalog into a workspace.")
@click.argument("catalog", type=click.Path(path_type=Path))
@click.option(
    "--images", type=PHOTOS, help="Folder of the photos. Not needed where CATALOG is one."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The workspace folder.")
@click.option("--engine", default="compact", show_default=True, help="What looks at the photos.")
@engine_options
@click.option("--limit", type=COUNT, help="At most so many products.")
@click.option("--where", help="SQL over the columns: \"sub_category = 'Topwear'\".")
@click.option("--order", help='Which come first, in SQL: "year desc".')
@click.option(
    "--columns", multiple=True, callback=pairs, metavar="OURS=THEIRS",
    help="What the catalog calls our columns, if not recognised. May be repeated.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Refuse a CSV with broken lines.")
@click.option("--encoding", default="utf-8-sig", show_default=True, help="Of a CSV.")
@click.option("--taxonomy", "taxonomy_file", type=FILE, help="Your own taxonomy.")
@click.option("--rules", "rules_file", type=FILE, help="Your own rules.")
@click.option(
    "--text/--no-text", default=True, show_default=True,
    help="Titles and descriptions count too, or the photo alone.",
)  # fmt: skip
@click.option(
    "--shown-accuracy", type=AMOUNT, metavar="0.95",
    help="Show values that are right so often; leave the others empty.",
)  # fmt: skip
@click.option(
    "--labels", type=FILE,
    help="Read only products that this file has labels of, and say how right that was.",
)  # fmt: skip
@click.option("--processes", type=COUNT, help="To decode photos in. [default: one a core]")
@click.option("--max-photo-bytes", type=COUNT, help="Larger files fail. [default: 50 MiB]")
@click.option("--max-photo-pixels", type=COUNT, help="So do these. [default: 100 million]")
@click.option("--max-photo-seconds", type=COUNT, help="To decode a photo in. [default: 60]")
@click.option("--allow-outside", is_flag=True, help="Photos may lie outside of --images.")
@click.option("--allow-missing", is_flag=True, help="All photos tagged before may be gone.")
@click.option("--wait", is_flag=True, help="For another run on the workspace to end.")
@click.option("--dry-run", is_flag=True, help="Say what a run would do; write nothing.")
@spark_options
@common
def tag(
    *,
    catalog: Path,
    images: Path | str | None,
    out: Path,
    engine: str,
    engine_options: Mapping[str, Any],
    limit: int | None,
    where: str | None,
    order: str | None,
    columns: Mapping[str, str],
    strict: bool,
    encoding: str,
    taxonomy_file: Path | None,
    rules_file: Path | None,
    text: bool,
    shown_accuracy: float | None,
    labels: Path | None,
    processes: int | None,
    max_photo_bytes: int | None,
    max_photo_pixels: int | None,
    max_photo_seconds: int | None,
    allow_outside: bool,
    allow_missing: bool,
    wait: bool,
    dry_run: bool,
    on_spark: OnSpark | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Read the photos of CATALOG and fill a workspace with what they show.

    CATALOG is a CSV or Parquet file, a Delta table, or a folder of photos. Run it again and it goes
    on where it stopped, or does what has changed since: new products, other photos, another engine,
    taxonomy or rules.
    """
    from hangtag.catalog import open_catalog
    from hangtag.cli.progress import shown_progress
    from hangtag.engines.registry import engine_parts
    from hangtag.images import PhotoLimits
    from hangtag.rules import default_rules, load_rules
    from hangtag.tagging import plan_run
    from hangtag.tagging import tag as tag_catalog
    from hangtag.taxonomy import default_taxonomy, load_taxonomy
    from hangtag.workspace import Workspace

    workspace = Workspace(out)
    if "compact" in engine_parts(engine, engine_options) and workspace.taught_file.exists():
        engine_options = {"taught": workspace.taught_file, **engine_options}
        if taxonomy_file is None and workspace.taught_taxonomy() is not None:
            taxonomy_file = workspace.path / "taught.yaml"
    if _takes_calibration(engine, workspace):
        engine_options = {"calibration": workspace.calibration_file, **engine_options}
    vocabulary = load_taxonomy(taxonomy_file) if taxonomy_file else default_taxonomy()
    judging = load_rules(rules_file, vocabulary) if rules_file else default_rules(vocabulary)
    products = open_catalog(catalog, columns=columns or None, strict=strict, encoding=encoding)
    folder = images or _own_folder(products)
    if labels is not None:
        products = products.only(_labelled(labels, vocabulary))
    record = None
    if shown_accuracy is not None:
        record = _record_of(engine, workspace, engine_options.get("taught"))
        judging = _demanding(judging, record, shown_accuracy, text=text)
    limits = PhotoLimits(
        **_given(
            max_bytes=max_photo_bytes, max_pixels=max_photo_pixels, max_seconds=max_photo_seconds
        )
    )  # fmt: skip
    what: dict[str, Any] = {
        "taxonomy": vocabulary, "rules": judging, "text": text, "where": where, "limit": limit,
        "limits": limits,
    }  # fmt: skip
    if dry_run:
        looking = _opened(engine, vocabulary, engine_options, record)
        _print_plan(plan_run(products, workspace, looking, **what), as_json)
        return 0
    what |= {
        "order": order, "taxonomy_file": taxonomy_file, "rules_file": rules_file, "wait": wait,
        "processes": processes, "allow_outside": allow_outside, "allow_missing": allow_missing,
    }  # fmt: skip
    with shown_progress(quiet) as progress:
        if on_spark is not None:
            run = on_spark.tag(
                products, folder, workspace, engine, engine_options, progress=progress, **what
            )
        elif isinstance(folder, str):
            raise click.UsageError("Photos behind a URL are read with --on spark.")
        else:
            looking = _opened(engine, vocabulary, engine_options, record)
            run = tag_catalog(products, folder, workspace, looking, progress=progress, **what)
    _tell(run, workspace, labels, as_json)
    return 130 if run.interrupted else 0


def _labelled(labels: Path, taxonomy: Taxonomy) -> set[str]:
    """The ids of products with labels."""
    from hangtag.evaluation.labels import read_labels

    return set(read_labels(labels, taxonomy)["product_id"].to_pylist())


def _tell(run: RunSummary, workspace: Workspace, labels: Path | None, as_json: bool) -> None:
    """What a run did and, where labels were given, how right it was."""
    from hangtag.cli.evaluate import print_evaluation

    found = None
    if labels is not None:
        from hangtag.evaluation import evaluate

        found = evaluate(workspace.path, labels)
    if as_json:
        told = {**run.to_json(), "workspace": str(workspace.path)}
        judged = {} if found is None else {"evaluation": found.to_json()}
        click.echo(json.dumps(told | judged, indent=1))
        return
    print_run(run, workspace)
    _print_next(run, workspace)
    if found is not None:
        click.echo()
        print_evaluation(found)


def _takes_calibration(engine: str, workspace: Workspace) -> bool:
    """Whether what was fitted here is for this engine to take, or to refuse."""
    from hangtag.calibration import Calibration
    from hangtag.engines.registry import engine_takes

    if "calibration" not in (engine_takes(engine) or ()) or not workspace.calibration_file.exists():
        return False
    # The compact engine has one of its own; another engine's is no reason to stop, or to warn.
    return engine != "compact" or Calibration.load(workspace.calibration_file).engine == engine


def _given(**options: Any) -> dict[str, Any]:
    """Those that the user gave; for the others, whoever takes them has defaults."""
    return {name: value for name, value in options.items() if value is not None}


def _record_of(engine: str, workspace: Workspace, taught: Path | None) -> TrackRecord:
    """How right this engine's readings are: as judged here, or as it ships.

    What ships says nothing of heads that were ``taught`` in the place of the engine's own. Raises
    UsageError where nobody has judged any.
    """
    from hangtag.errors import UsageError
    from hangtag.heads import Heads
    from hangtag.track_record import shipped_record

    record = workspace.track_record()
    if record is None or record.engine != engine:
        record = shipped_record(engine)
        if record is not None and taught is not None:
            record = record.without(Heads.load(taught).heads.keys())
    if record is None:
        raise UsageError(
            f"How right the readings of {engine} are is not known here.",
            f"Judge some first: hangtag evaluate {workspace.path} --labels FILE --keep",
        )
    return record


def _demanding(rules: Rules, record: TrackRecord, accuracy: float, *, text: bool) -> Rules:
    """Rules that keep what is right so often; attributes never judged keep their minimum."""
    read = rules.taxonomy.read
    return rules.demanding(
        record.least(read, accuracy, text=text), record.least_by_side(read, accuracy, text=text)
    )


def _opened(
    name: str, taxonomy: Taxonomy, options: Mapping[str, Any], record: TrackRecord | None
) -> Engine:
    """The engine. Raises CalibrationError when the record is of another version of it."""
    from hangtag.engines.registry import open_engine

    engine = open_engine(name, taxonomy, **options)
    if record is not None:
        record.check(engine.name, engine.version)
    return engine


def _own_folder(catalog: Catalog) -> Path:
    if catalog.kind != "folder":
        raise click.UsageError(
            "Where are the photos? Add --images DIR, the folder that holds <id>.jpg or the files "
            "that the catalog names."
        )
    return catalog.path


def _print_plan(plan: Plan, as_json: bool) -> None:
    from hangtag.cli.tables import print_table

    if as_json:
        click.echo(json.dumps(plan.to_json(), indent=1))
        return
    click.echo(f"A run would take up {plan.products:,} products:")
    kinds = (
        (plan.new, "are new"),
        (plan.read, "are to be read again"),
        (plan.derive, "only go through the rules again"),
        (plan.failed, "failed before, and are tried again if their photos have changed"),
        (plan.done, "are done, unless their photos have changed"),
    )
    print_table([(f"{count:,}", says) for count, says in kinds if count], numbers=[0])


def print_run(run: RunSummary, workspace: Workspace) -> None:
    """What a run did, and what the workspace holds now."""
    from hangtag.calibration import uncalibrated_line
    from hangtag.cli.overview import most_common, waiting_for_review
    from hangtag.cli.progress import duration
    from hangtag.cli.tables import print_table, share

    took = f"{run.seconds:.1f} s" if run.seconds < 10 else duration(run.seconds)
    rate = f", {run.photos_per_second:,.0f} photos/s" if run.tagged else ""
    click.echo(
        f"{run.products:,} products in {took}{rate}: "
        f"{run.tagged:,} tagged, {run.reused:,} reused, {run.failed:,} failed."
    )
    rows = [(f"{count:,}", f"failed: {reason}") for reason, count in run.failures.items()]
    rows += [(f"{count:,}", _NOTES.get(code, code)) for code, count in run.notes.items() if count]
    if rows:
        print_table(rows, numbers=[0])
    for line in run.engine_says:
        click.echo(line)
    if run.uncalibrated:
        click.echo(uncalibrated_line(run.uncalibrated, every=not run.calibrated))
    if not workspace.has("attributes") or not workspace.count("attributes"):
        return
    click.echo(f"\nMost common among the {workspace.count('attributes'):,} products tagged so far:")
    print_table(
        [common.title, *(f"{option} {share(n / common.said)}" for option, n in common.options)]
        for common in most_common(workspace)
        if common.options
    )
    review = waiting_for_review(workspace)
    if review:
        click.echo(f"\n{review:,} products are worth a look by a person (needs_review).")


def _print_next(run: RunSummary, workspace: Workspace) -> None:
    if run.products and run.failures.get("missing_photo", 0) == run.products:
        click.echo("\nNo product has a photo. Is --images the right folder?")
    click.echo(f"\nThe tables lie in {workspace.path}, as Delta tables:")
    click.echo("attributes (one row a product), readings, failures, products.")
    if run.interrupted:
        click.echo("Stopped before the end. The same command goes on from here.")
    else:
        click.echo(f"Look at them with: hangtag report {workspace.path}")
