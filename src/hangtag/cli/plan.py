"""The verb ``plan``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hangtag.cli.engine_options import engine_options
from hangtag.cli.options import AMOUNT, COUNT, FILE, FOLDER, common, pairs

if TYPE_CHECKING:
    from hangtag.forecasting import Forecast, Range

__all__ = ["plan"]


@click.command(short_help="Time a sample; say what a whole run would take and cost.")
@click.argument("catalog", type=click.Path(path_type=Path))
@click.option(
    "--images", type=FOLDER, help="Folder of the photos. Not needed where CATALOG is one."
)
@click.option(
    "--engine", "engines", multiple=True, default=("compact",), show_default=True,
    help="What looks at the photos. May be repeated, to compare.",
)  # fmt: skip
@engine_options
@click.option("--price-per-hour", type=AMOUNT, help="Of the machine, in any currency.")
@click.option(
    "--seconds", type=AMOUNT, default=30.0, show_default=True,
    help="To try each engine and mode for.",
)  # fmt: skip
@click.option(
    "--sample", "rows", type=COUNT, default=2000, show_default=True, help="Products at most."
)
@click.option("--limit", type=COUNT, help="Plan for at most so many products.")
@click.option("--where", help="SQL over the columns: \"sub_category = 'Topwear'\".")
@click.option(
    "--columns", multiple=True, callback=pairs, metavar="OURS=THEIRS",
    help="What the catalog calls our columns, if not recognised. May be repeated.",
)  # fmt: skip
@click.option("--taxonomy", "taxonomy_file", type=FILE, help="Your own taxonomy.")
@click.option("--processes", type=COUNT, help="To decode photos in. [default: one a core]")
@common
def plan(
    *,
    catalog: Path,
    images: Path | None,
    engines: tuple[str, ...],
    engine_options: Mapping[str, Any],
    price_per_hour: float | None,
    seconds: float,
    rows: int,
    limit: int | None,
    where: str | None,
    columns: Mapping[str, str],
    taxonomy_file: Path | None,
    processes: int | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Tag a sample of CATALOG, throw it away, and say what the whole would take and cost.

    Every mode of an engine is tried, unless --mode names one. What comes out is an estimate for
    this machine, these photos and, with --engine served, that server as busy as it is now.
    """
    from hangtag.catalog import open_catalog
    from hangtag.cli.progress import shown_progress
    from hangtag.engines.registry import open_engine
    from hangtag.errors import EngineError, UsageError
    from hangtag.forecasting import draw_sample, forecast
    from hangtag.taxonomy import default_taxonomy, load_taxonomy

    vocabulary = load_taxonomy(taxonomy_file) if taxonomy_file else default_taxonomy()
    products = open_catalog(catalog, columns=columns or None)
    if images is None and products.kind != "folder":
        raise click.UsageError("Where are the photos? Add --images DIR.")
    folder = images or products.path
    sample = draw_sample(products, rows=rows, where=where, limit=limit)
    tries = [(e, o) for e in dict.fromkeys(engines) for o in _ways(e, engines, engine_options)]
    found: list[Forecast] = []
    cannot: dict[str, str] = {}
    for engine, told in tries:
        mode = str(told.get("mode", ""))
        try:
            with shown_progress(quiet) as progress:
                found.append(
                    forecast(
                        sample, folder, partial(open_engine, engine, vocabulary, **told),
                        mode=mode, taxonomy=vocabulary, seconds=seconds, progress=progress,
                        price_per_hour=price_per_hour, processes=processes,
                    )
                )  # fmt: skip
        except (EngineError, UsageError) as error:
            # One that cannot run here is no reason not to hear of the others.
            cannot[f"{engine} {mode}".strip()] = str(error)
            if len(cannot) == len(tries):
                raise
    if as_json:
        plans = [one.to_json() for one in found]
        document = {"products": sample.products, "plans": plans, "cannot": cannot}
        click.echo(json.dumps(document, indent=1))
    else:
        _print(sample.products, found, cannot)
    return 0


def _ways(
    engine: str, engines: Sequence[str], given: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The options to open an engine with, once for each of its modes."""
    from hangtag.engines.registry import engine_modes, engine_takes

    takes = engine_takes(engine)
    others = {name for e in engines if e != engine for name in engine_takes(e) or ()}
    # What only another one of several engines takes is that one's; what none takes is an error.
    told = {
        name: value
        for name, value in given.items()
        if takes is None or name in takes or name not in others
    }
    if "served" in (engine, told.get("first"), told.get("then")):
        told["remember"] = False  # what a server has answered before costs no time
    modes = engine_modes(engine)
    if "mode" in told or not modes:
        yield told
    else:
        yield from (told | {"mode": mode} for mode in modes)


def _print(products: int, found: Sequence[Forecast], cannot: Mapping[str, str]) -> None:
    from hangtag.calibration import uncalibrated_line
    from hangtag.cli.tables import print_table

    click.echo(f"For {products:,} products, estimated from a sample on this machine:\n")
    heads = ("engine", "mode", "products/s", "duration", "GPU hours", "cost")
    print_table([_row(one) for one in found], heads)
    click.echo("\nIn brackets: 95 % intervals, from how much the sample's own pace varied.")
    for one in found:
        name = f"{one.engine} {one.mode}".strip()
        click.echo(
            f"{name}: {one.sampled:,} products in {one.measured_seconds:.0f} s, {one.failed:,} of "
            f"them without a readable photo; {one.opening_seconds:.0f} s to open the engine."
        )
        if one.per_second.least is None:
            click.echo("  Too few to give an interval. Try a larger --seconds.")
        if one.per_product.get("requests"):
            each = one.per_product
            read, written = each.get("tokens_in", 0), each.get("tokens_out", 0)
            click.echo(
                f"  {each['requests']:.1f} questions, {read:,.0f} tokens in and {written:,.0f} out "
                "for each. What the server itself costs by the hour is not in it."
            )
        if one.uncalibrated:
            click.echo(f"  {uncalibrated_line(one.uncalibrated, every=not one.calibrated)}")
    for name, why in cannot.items():
        click.echo(f"{name}: not possible here. {why}")
    click.echo(
        "It is an estimate. Larger photos elsewhere in the catalog, a slower disk or a busier "
        "server make it longer."
    )


def _row(one: Forecast) -> tuple[str, ...]:
    def shown(told: Range | None, form: Any) -> str:
        if told is None:
            return "–"
        if told.least is None or told.most is None:
            return str(form(told.likely))
        return f"{form(told.likely)} ({form(told.least)} to {form(told.most)})"

    return (
        one.engine,
        one.mode or "–",
        shown(one.per_second, lambda v: f"{v:,.1f}" if v < 100 else f"{v:,.0f}"),
        _time(one.seconds),
        shown(one.gpu_hours, lambda v: f"{v:,.2f}"),
        shown(one.cost, lambda v: f"{v:,.2f}"),
    )


def _time(told: Range) -> str:
    """In the unit that the likeliest value asks for."""
    size, unit = next((u for u in ((3600, "h"), (60, "min")) if told.likely >= u[0]), (1, "s"))
    likely = f"{told.likely / size:,.1f} {unit}"
    if told.least is None or told.most is None:
        return likely
    return f"{likely} ({told.least / size:,.1f} to {told.most / size:,.1f})"
