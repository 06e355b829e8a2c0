"""The comparison as one HTML file, with photos of what each configuration finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from hangtag.comparison.comparing import Comparison, Difference, Outcome
from hangtag.report.template import keep_page, page_environment
from hangtag.report.thumbnails import Thumbnails
from hangtag.workspace import Workspace

__all__ = ["write_page"]

_EACH = 6


@dataclass(frozen=True, slots=True)
class _Shot:
    """A product that was found: its photo as data URL, None where it is gone."""

    product_id: str
    title: str
    data: str | None
    verdict: str


@dataclass(frozen=True, slots=True)
class _Told:
    """A query that gained or lost, and what each configuration found first."""

    outcome: Outcome
    gain: float
    sides: Sequence[tuple[str, Sequence[float], Sequence[_Shot]]]


@dataclass(frozen=True, slots=True)
class _Rival:
    """One configuration against the first."""

    name: str
    groups: Sequence[tuple[str, Sequence[Difference]]]
    reach: float
    best: Sequence[_Told]
    worst: Sequence[_Told]


def write_page(
    comparison: Comparison, workspace: Workspace, out: Path, *, images: Path | None = None
) -> Path:
    """Write the page and return where it lies.

    ``images`` is where photos are looked for, by default where the last run found them. The page
    needs no network and no other file. Raises WorkspaceError when it cannot be written.
    """
    run = workspace.last_run() or {}
    photos = _Photos(comparison, workspace, images or _folder(run.get("images")))
    environment = page_environment("comparison")
    environment.filters["signed"] = _signed
    environment.filters["p_value"] = _p_value
    page = environment.get_template("comparison.html.j2").render(
        comparison=comparison,
        a=comparison.configurations[0],
        rivals=[_rival(comparison, name, photos) for name in comparison.configurations[1:]],
        workspace=workspace.path,
        products=workspace.count("products"),
    )
    return keep_page(out, page)


def _folder(told: str | None) -> Path | None:
    return Path(told) if told else None


def _rival(comparison: Comparison, name: str, photos: _Photos) -> _Rival:
    differences = [one for one in comparison.differences if one.b == name]
    return _Rival(
        name=name,
        groups=[(group, list(several)) for group, several in groupby(differences, _group)],
        reach=max([0.05, *(max(abs(one.low), abs(one.high)) for one in differences)]),
        best=[_told(comparison, one, name, photos) for one in comparison.gained_most(name, _EACH)],
        worst=[_told(comparison, one, name, photos) for one in comparison.lost_most(name, _EACH)],
    )


def _group(difference: Difference) -> str:
    return difference.group


def _told(comparison: Comparison, outcome: Outcome, b: str, photos: _Photos) -> _Told:
    a = comparison.configurations[0]
    first = comparison.measures[0]
    at = list(comparison.measures).index(first)
    return _Told(
        outcome,
        outcome.scores[b][at] - outcome.scores[a][at],
        [(side, outcome.scores[side], photos.of(outcome, side)) for side in (a, b)],
    )


class _Photos:
    """Titles and thumbnails of the products that the page will show."""

    def __init__(self, comparison: Comparison, workspace: Workspace, images: Path | None):
        wanted = {
            found.product_id
            for name in comparison.configurations[1:]
            for outcome in (
                *comparison.gained_most(name, _EACH),
                *comparison.lost_most(name, _EACH),
            )
            for side in (comparison.configurations[0], name)
            for found in outcome.found[side]
        }
        chosen = pc.field("product_id").isin(pa.array(sorted(wanted), pa.string()))
        rows = workspace.read("products", ["product_id", "photo", "title"], chosen)
        self._known = {row["product_id"]: row for row in rows.to_pylist()}
        self._thumbnails = Thumbnails(images)

    def of(self, outcome: Outcome, side: str) -> list[_Shot]:
        """What a configuration found, with whether it answers the query."""
        return [self._shot(one.product_id, outcome) for one in outcome.found[side]]

    def _shot(self, product_id: str, outcome: Outcome) -> _Shot:
        known = self._known.get(product_id, {})
        verdict = "right" if product_id in outcome.query.relevant else "wrong"
        return _Shot(
            product_id,
            known.get("title") or product_id,
            self._thumbnails.of(product_id, known.get("photo")),
            "unjudged" if product_id in outcome.query.unjudged else verdict,
        )


def _signed(value: float | None, digits: int = 3) -> str:
    if value is None:
        return "–"
    # A minus as wide as the plus above it.
    return f"{value:+.{digits}f}".replace("-", "−")


def _p_value(p: float) -> str:
    return "< .001" if p < 0.001 else f"{p:.3f}".removeprefix("0")
