"""A run around any middle: the catalog planned, outcomes committed, all of it counted and told.

The middle turns rows of ``planning.WORK`` into rows of ``outcomes.outcomes_schema``, here or on a
cluster. Around it everything is the same, so a run that began in one place can end in another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

import hangtag
from hangtag.catalog import Catalog
from hangtag.committing import Committing
from hangtag.deriving import Deriving
from hangtag.engines.base import Engine, EngineReport, uncalibrated_of
from hangtag.errors import CatalogError, EngineError
from hangtag.interrupting import first_ctrl_c
from hangtag.known import Known
from hangtag.photo_sources import PhotoSource
from hangtag.photos_expected import expect_photos
from hangtag.planning import Keys, plan_products
from hangtag.summary import Progress, RunSummary, Stages, Tally
from hangtag.taxonomy import Taxonomy
from hangtag.workspace import Workspace

__all__ = ["Identity", "Middle", "run"]

# Batches of work, whether to stop, where to put seconds spent → outcomes, one a row, in any order.
Middle = Callable[
    [Iterator[pa.RecordBatch], Callable[[], bool], Stages],
    Generator[pa.RecordBatch, None, None],
]


@dataclass(frozen=True)
class Identity:
    """What a run tells of its engine, which may be open in another place.

    ``calibrated``: whether any of its probabilities are; ``uncalibrated``: attributes of which they
    are not.
    """

    name: str
    version: str
    calibrated: bool
    uncalibrated: Sequence[str] = ()

    @classmethod
    def of(cls, engine: Engine, taxonomy: Taxonomy) -> Identity:
        """Of an engine that is open here."""
        bare = uncalibrated_of(engine, taxonomy.read)
        return cls(engine.name, engine.version, len(bare) < len(taxonomy.read), bare)


def run(
    catalog: Catalog,
    photos: PhotoSource,
    workspace: Workspace,
    middle: Middle,
    *,
    identity: Identity,
    keys: Keys,
    deriving: Deriving,
    taxonomy_file: Path | None = None,
    rules_file: Path | None = None,
    where: str | None = None,
    order: str | None = None,
    limit: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    wait: bool = False,
    allow_missing: bool = False,
    wave_rows: int = 4096,
    wave_seconds: float = 30.0,
    report: Callable[[], EngineReport] = EngineReport,
) -> RunSummary:
    """Put what is not done through the middle and commit what comes out; see ``tagging.tag``.

    ``report``: called in the end, for what the engine tells of its work.
    """
    stages = Stages()
    with workspace.lock(wait=wait), first_ctrl_c() as interrupted:
        began, started_at = time.monotonic(), datetime.now(UTC)
        workspace.create(deriving.taxonomy)
        workspace.keep_taxonomy(taxonomy_file)
        workspace.keep_rules(rules_file)
        workspace.keep_words(deriving.texts.taught if deriving.texts else {})
        terms = deriving.terms()
        # What it leaves may be another engine's: a mark stays until a run has been through it all.
        left = workspace.uncalibrated() if workspace.count("readings") else ()
        bare = {*identity.uncalibrated, *left}
        workspace.keep_terms(terms | {"uncalibrated": sorted(bare)})
        tally = Tally(catalog.count(where=where, limit=limit))
        committing = Committing(workspace, deriving, keys, rows=wave_rows, after=wave_seconds)
        with Known(workspace) as known:
            if not allow_missing:
                expect_photos(catalog, photos, known, keys, where=where)
            rows = catalog.batches(where=where, order=order, limit=limit)
            work = tally.watched(plan_products(rows, known, keys))
            try:
                with closing(middle(work, interrupted.is_set, stages)) as outcomes:
                    for batch in outcomes:
                        tally.add(
                            batch["outcome"].to_pylist(),
                            batch["failure"].field("reason").to_pylist(),
                        )
                        committing.add(batch)
                        if progress is not None:
                            tally.tell(progress, time.monotonic() - began)
            except (EngineError, CatalogError):
                committing.flush()
                raise
        committing.flush()
        whole = where is None and limit is None and catalog.among is None
        if tally.complete and whole:
            workspace.keep_terms(terms | {"uncalibrated": sorted(identity.uncalibrated)})
        workspace.compact()
        stages.write = committing.seconds
        seconds = time.monotonic() - began
        if progress is not None:
            tally.tell(progress, seconds)
        told = report()
        summary = RunSummary(
            products=tally.done,
            tagged=tally.tagged,
            reused=tally.reused,
            failed=tally.failed,
            seconds=round(seconds, 3),
            photos_per_second=round(tally.tagged / seconds, 1),
            stages={name: round(spent, 3) for name, spent in asdict(stages).items()},
            failures=dict(tally.failures.most_common()),
            notes=dict(catalog.notes),
            engine=identity.name,
            engine_version=identity.version,
            calibrated=identity.calibrated,
            uncalibrated=list(identity.uncalibrated),
            interrupted=not tally.complete,
            started_at=started_at.isoformat(timespec="seconds"),
            images=photos.place,
            text=deriving.texts is not None,
            hangtag=hangtag.__version__,
            engine_figures=told.figures,
            engine_says=told.says,
            least=deriving.rules.minimums(),
            least_by_side={
                side: deriving.rules.minimums(side) for side in deriving.rules.least_by_side
            },
        )
        workspace.keep_run(summary.to_json())
    return summary
