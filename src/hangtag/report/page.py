"""The page itself."""

from __future__ import annotations

import math
from pathlib import Path

import jinja2

from hangtag.errors import WorkspaceError
from hangtag.evaluation import (
    Evaluation,
    RiskCurve,
    Selection,
    aggregate_checks,
    contradicting_line,
    evaluate,
    taught_line,
)
from hangtag.evaluation.metrics import Bin
from hangtag.querying import opened
from hangtag.report import figures
from hangtag.report.sheets import contact_sheets, shots_of_mistakes
from hangtag.report.template import keep_page, page_environment
from hangtag.report.thumbnails import Thumbnails
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
    return keep_page(out or place.path / "report.html", _page(place, evaluation, images))


def _page(place: Workspace, evaluation: Evaluation | None, images: Path | None) -> str:
    taxonomy = place.taxonomy()
    run = place.last_run() or {}
    thumbnails = Thumbnails(images or (Path(run["images"]) if run.get("images") else None))
    rules = place.rules()
    with opened(place) as tables:
        figures.ask_only_what_applies(tables, taxonomy)
        mistakes = evaluation.mistakes if evaluation else ()
        return _template().render(
            run=run,
            uncalibrated=place.uncalibrated() & {attribute.name for attribute in taxonomy.read},
            read=[attribute.name for attribute in taxonomy.read],
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
            contradicting=contradicting_line,
            taught=taught_line,
            selections=_selections(evaluation),
            mistakes=shots_of_mistakes(tables, mistakes, thumbnails),
            attributes={attribute.name: attribute for attribute in taxonomy},
            sheets=contact_sheets(tables, taxonomy, thumbnails),
        )


def _template() -> jinja2.Template:
    environment = page_environment("report")
    environment.filters["radius"] = _radius
    environment.filters["down"] = _down
    return environment.get_template("page.html.j2")


def _selections(
    evaluation: Evaluation | None,
) -> list[tuple[bool, list[tuple[RiskCurve, Selection]]]]:
    """Whether texts count → the attributes that are to be plotted."""
    if evaluation is None:
        return []
    both = list(zip(evaluation.curves, evaluation.selections, strict=True))
    return [(text, [pair for pair in both if pair[1].text == text]) for text in (False, True)]


def _down(floor: float, accuracy: float) -> float:
    """Where an accuracy lies in a plot from 1, at the top, down to ``floor``, at 100."""
    return min(100.0, 100 * (1 - accuracy) / (1 - floor))


def _radius(point: Bin, bins: list[Bin]) -> float:
    """Of a dot in a reliability plot, its area by how many products it stands for."""
    return 1.2 + 4.8 * math.sqrt(point.n / max(b.n for b in bins))
