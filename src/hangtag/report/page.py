"""The page itself."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path

import jinja2

from hangtag.errors import WorkspaceError
from hangtag.evaluation import Evaluation, aggregate_checks, evaluate
from hangtag.evaluation.metrics import Bin
from hangtag.querying import opened
from hangtag.report import figures
from hangtag.report.sheets import contact_sheets, shots_of_mistakes
from hangtag.report.thumbnails import Thumbnails
from hangtag.rules import default_rules
from hangtag.workspace import Workspace

__all__ = ["write_report"]


def write_report(
    workspace: Path | str,
    *,
    out: Path | None = None,
    labels: Path | None = None,
    images: Path | None = None,
) -> Path:
    """Write the report of a workspace and return where it lies, ``report.html`` in it by default.

    ``labels`` adds accuracy and reliability. ``images`` is where photos are looked for, by default
    where the last run found them. The file needs no other: it can be mailed.

    Raises WorkspaceError when there is nothing to report or the file cannot be written, LabelsError
    when the labels do not fit.
    """
    place = Workspace(workspace)
    if not place.has("attributes"):
        raise WorkspaceError(
            f"There is nothing to report in {place.path}.", "Fill it first: hangtag tag …"
        )
    evaluation = evaluate(place.path, labels) if labels else None
    return _written(out or place.path / "report.html", _page(place, evaluation, images))


def _page(place: Workspace, evaluation: Evaluation | None, images: Path | None) -> str:
    taxonomy = place.taxonomy()
    run = place.last_run() or {}
    thumbnails = Thumbnails(images or (Path(run["images"]) if run.get("images") else None))
    rules = default_rules(taxonomy)
    with opened(place) as tables:
        figures.ask_only_what_applies(tables, taxonomy)
        mistakes = evaluation.mistakes if evaluation else ()
        return _template().render(
            run=run,
            workspace=place.path,
            products=place.count("products"),
            tagged=place.count("attributes"),
            failed=place.count("failures"),
            review=figures.to_review(tables),
            distributions=figures.distributions(tables, taxonomy),
            failures=figures.failures(tables),
            issues=[(count, rules.explain(count.name)) for count in figures.issues(tables)],
            checks=evaluation.checks if evaluation else aggregate_checks(place, taxonomy),
            evaluation=evaluation,
            mistakes=shots_of_mistakes(tables, mistakes, thumbnails),
            attributes={attribute.name: attribute for attribute in taxonomy},
            sheets=contact_sheets(tables, taxonomy, thumbnails),
        )


def _template() -> jinja2.Template:
    # Everything that comes from a catalog is escaped: it is data, never markup.
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hangtag", "report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["share"] = _share
    environment.filters["figure"] = _figure
    environment.filters["number"] = "{:,}".format
    environment.filters["seconds"] = _seconds
    environment.filters["radius"] = _radius
    return environment.get_template("page.html.j2")


def _share(value: float | None) -> str:
    """As a person reads it: 93 %, 0.4 %."""
    if value is None:
        return "–"
    percent = 100 * value
    if 0 < percent < 0.05:
        return "<0.1 %"
    return f"{percent:.1f} %" if 0 < percent < 9.95 else f"{percent:.0f} %"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _seconds(value: float) -> str:
    """As a person says it: 4.2 s, 48 s, 3 min 5 s."""
    if value < 59.5:
        return f"{value:.1f} s" if value < 9.95 else f"{value:.0f} s"
    minutes, seconds = divmod(round(value), 60)
    return (
        f"{minutes:,} min {seconds} s"
        if minutes < 60
        else f"{minutes // 60:,} h {minutes % 60} min"
    )


def _radius(point: Bin, bins: list[Bin]) -> float:
    """Of a dot in a reliability plot, its area by how many products it stands for."""
    return 1.2 + 4.8 * math.sqrt(point.n / max(b.n for b in bins))


def _written(path: Path, page: str) -> Path:
    """Whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=".new-", delete=False, encoding="utf-8"
        ) as file:
            file.write(page)
        os.chmod(file.name, 0o644)  # noqa: PTH101 - it has no path yet
        Path(file.name).replace(path)
    except OSError as error:
        raise WorkspaceError(
            f"{path} cannot be written: {error.strerror}.", "Name another place with --out."
        ) from error
    return path
