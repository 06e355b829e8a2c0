"""The page itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import jinja2

from hangtag.errors import WorkspaceError
from hangtag.evaluation import Evaluation, aggregate_checks, evaluate
from hangtag.report import figures
from hangtag.report.sheets import contact_sheets
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
    taxonomy = place.taxonomy()
    run = place.last_run() or {}
    photos = images or (Path(run["images"]) if run.get("images") else None)
    rules = default_rules(taxonomy)
    evaluation = evaluate(place.path, labels) if labels else None
    with figures.database(place) as tables:
        page = _template().render(
            run=run,
            products=place.count("products"),
            tagged=place.count("attributes"),
            failed=place.count("failures"),
            review=figures.to_review(tables),
            distributions=[figures.distribution(tables, a) for a in taxonomy],
            failures=figures.failures(tables),
            issues=[(count, rules.explain(count.name)) for count in figures.issues(tables)],
            checks=aggregate_checks(place, taxonomy),
            evaluation=evaluation,
            plots=_plots(evaluation),
            sheets=[(a, contact_sheets(tables, a, photos)) for a in taxonomy.read],
        )
    return _written(out or place.path / "report.html", page)


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
    return environment.get_template("page.html.j2")


def _share(value: float | None) -> str:
    """As a person reads it: 93 %, 0.4 %."""
    if value is None:
        return "–"
    percent = 100 * value
    return f"{percent:.1f} %" if 0 < percent < 9.95 else f"{percent:.0f} %"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _plots(
    evaluation: Evaluation | None,
) -> Sequence[tuple[str, float, Sequence[tuple[float, ...]]]]:
    """Of each reliability plot: attribute, calibration error, dots (confidence, right, radius)."""
    plots = []
    for score in evaluation.attributes if evaluation else ():
        most = max(b.n for b in score.bins)
        points = [(b.confidence, b.accuracy, 1.5 + 4.5 * (b.n / most) ** 0.5) for b in score.bins]
        plots.append((score.attribute, score.ece, points))
    return plots


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
