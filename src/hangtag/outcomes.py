"""What became of each product, one row a product, as Arrow: the far end of the middle of a run.

The rows carry all that the tables need, so that whoever gets them (a commit on this machine, a
driver of a cluster) needs nothing else. ``outcome`` is one of

    tagged        it has an attributes row now, and ``readings`` are new
    failed        it could not be read; ``failure`` says why
    unchanged     it was tagged before, and nothing has changed
    still_failed  it failed before, and for the same reason
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hangtag.deriving import Derived, Deriving, attributes_array
from hangtag.engines.base import Answers, Engine, attribute_versions
from hangtag.planning import WORK
from hangtag.readingblock import NESTED_READING, read_answers, restored
from hangtag.readings import CATALOG, FAILURES, METADATA, Reading, attributes_schema
from hangtag.rules import Rules
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.texts import Texts

__all__ = ["Outcomes", "Work", "failed_outcomes", "outcomes_schema", "work_of"]


class Work(NamedTuple):
    """One row of ``planning.WORK``. ``values``: the catalog's columns after the product id."""

    product_id: str
    values: tuple[str | None, ...]
    metadata_sha256: str
    known_sha256: str | None
    known_reason: str | None
    known_category: str | None
    known_side: int | None
    todo: list[str]
    changed: bool
    stored: list[dict[str, Any]] | None
    fresh: bool

    def metadata(self) -> dict[str, str]:
        """What the catalog knows, without the photo."""
        known = zip(METADATA, self.values[1:], strict=True)
        return {name: value for name, value in known if value}


def work_of(batch: pa.RecordBatch) -> list[Work]:
    """The rows of a WORK batch."""
    wide = len(CATALOG)
    columns = [batch[name].to_pylist() for name in WORK.names]
    return [Work(row[0], row[1:wide], *row[wide:]) for row in zip(*columns, strict=True)]


def outcomes_schema(taxonomy: Taxonomy) -> pa.Schema:
    """The columns of an outcome.

    ``keeps``: readings that the tables hold already stay true. ``fresh``: the tables hold nothing.
    """
    return pa.schema(
        [
            pa.field("product_id", pa.string(), nullable=False),
            pa.field("outcome", pa.string()),
            pa.field("image_sha256", pa.string()),
            pa.field("metadata_sha256", pa.string()),
            pa.field("category_seen", pa.string()),
            pa.field("photo_side", pa.int32()),
            pa.field("fresh", pa.bool_()),
            pa.field("keeps", pa.bool_()),
            pa.field("product", _nested(CATALOG)),
            pa.field("readings", pa.list_(NESTED_READING)),
            pa.field("attributes", _nested(attributes_schema(taxonomy))),
            pa.field("failure", _nested(FAILURES)),
        ]
    )


def _nested(schema: pa.Schema) -> pa.StructType:
    return pa.struct([f for f in schema if f.name != "product_id"])


class _Row(NamedTuple):
    work: Work
    outcome: str
    image_sha256: str | None
    category_seen: str | None = None
    photo_side: int | None = None
    keeps: bool = False
    derived: Derived | None = None
    failure: tuple[str, str, str] | None = None


@dataclass
class Outcomes:
    """Gathers outcomes and hands them over as a record batch of ``outcomes_schema``.

    ``readings`` are the photo's alone; with ``texts``, ``attributes`` come from both.
    """

    engine: Engine
    taxonomy: Taxonomy
    rules: Rules
    texts: Texts | None = None
    _rows: list[_Row] = field(default_factory=list)
    _readings: list[pa.ListArray] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._rows)

    def answered(
        self,
        works: Sequence[Work],
        shas: Sequence[str],
        attributes: Sequence[Attribute],
        side: int,
        answers: Answers,
    ) -> None:
        """An engine's answers for photos of ``side`` pixels a side.

        Raises EngineError when the answers do not fit the question.
        """
        block, sound = read_answers(answers, attributes, side, self.engine)
        seen = answers.category or [None] * len(works)
        lists = block.to_arrow(
            shas,
            engine=self.engine.name,
            engine_version=self.engine.version,
            attribute_versions=attribute_versions(self.engine),
            taxonomy_version=self.taxonomy.version,
            read_at=datetime.now(UTC),
        )
        if not sound.all():
            lists = _emptied(lists, sound)
        self._readings.append(lists)
        for row, (work, sha, readings, category, fine) in enumerate(
            zip(works, shas, block.readings(), seen, sound.tolist(), strict=True)
        ):
            if not fine:
                failure = ("engine", *_why_unread(answers, row, self.engine.name))
                self._rows.append(_Row(work, "failed", sha, failure=failure))
                continue
            # Asked for some attributes only: the photo is the one that the others were read from.
            keeps = len(attributes) < len(self.taxonomy.read)
            stands = restored(work.stored) | readings if keeps else readings
            self._rows.append(self._judged(work, sha, stands, category, side, keeps=keeps))

    def derived(self, work: Work) -> None:
        """The photo is the same and nothing is left to read: only the rules speak again."""
        stands = restored(work.stored)
        sha, category, side = work.known_sha256, work.known_category, work.known_side
        self._add(self._judged(work, sha, stands, category, side, keeps=True))

    def unchanged(self, work: Work) -> None:
        """The photo is the one that was read before."""
        outcome = "unchanged" if work.known_reason is None else "still_failed"
        failure = None if work.known_reason is None else ("photo", work.known_reason, "")
        sha, category, side = work.known_sha256, work.known_category, work.known_side
        self._add(_Row(work, outcome, sha, category, side, keeps=True, failure=failure))

    def failed(self, work: Work, sha: str | None, stage: str, reason: str, message: str) -> None:
        """The product could not be read."""
        # Known bytes that fail again have had something else changed: their row is written anew.
        again = sha is None and reason == work.known_reason and not work.changed
        outcome = "still_failed" if again else "failed"
        self._add(_Row(work, outcome, sha, failure=(stage, reason, message)))

    def flush(self) -> pa.RecordBatch:
        """All outcomes so far, which are forgotten here."""
        rows, readings = self._rows, self._readings
        self._rows, self._readings = [], []
        return _batch(rows, readings, self.taxonomy)

    def _add(self, row: _Row) -> None:
        self._rows.append(row)
        self._readings.append(_no_lists(1))

    def _judged(
        self,
        work: Work,
        sha: str | None,
        readings: dict[str, Reading],
        category: str | None,
        side: int | None,
        *,
        keeps: bool,
    ) -> _Row:
        derived = Deriving(self.taxonomy, self.rules, self.texts).derive(
            readings, work.metadata(), category, side
        )
        return _Row(work, "tagged", sha, category, side, keeps, derived)


def failed_outcomes(
    works: Sequence[Work], taxonomy: Taxonomy, stage: str, reason: str, message: str
) -> pa.RecordBatch:
    """One failure each, of products that no engine need be asked about."""
    rows = [_Row(work, "failed", None, failure=(stage, reason, message)) for work in works]
    return _batch(rows, [_no_lists(len(rows))], taxonomy)


def _why_unread(answers: Answers, row: int, engine: str) -> tuple[str, str]:
    """Reason and message for a photo without answer."""
    if row in answers.unread:
        return "engine_error", answers.unread[row]
    return "garbage", f"The engine {engine} answered with numbers that are none."


def _batch(
    rows: Sequence[_Row], readings: Sequence[pa.ListArray], taxonomy: Taxonomy
) -> pa.RecordBatch:
    schema = outcomes_schema(taxonomy)
    columns = {
        "product_id": [row.work.product_id for row in rows],
        "outcome": [row.outcome for row in rows],
        "image_sha256": [row.image_sha256 for row in rows],
        "metadata_sha256": [row.work.metadata_sha256 for row in rows],
        "category_seen": [row.category_seen for row in rows],
        "photo_side": [row.photo_side for row in rows],
        "fresh": [row.work.fresh for row in rows],
        "keeps": [row.keeps for row in rows],
    }
    arrays = [pa.array(values, schema.field(name).type) for name, values in columns.items()]
    arrays.append(_products(rows, schema.field("product").type))
    arrays.append(pa.concat_arrays(readings or [_no_lists(0)]))
    derived = [row.derived for row in rows]
    arrays.append(attributes_array(derived, schema.field("attributes").type, taxonomy))
    arrays.append(_failures(rows, schema.field("failure").type, datetime.now(UTC)))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _products(rows: Sequence[_Row], kind: pa.StructType) -> pa.StructArray:
    columns = [[row.work.values[place] for row in rows] for place in range(len(kind))]
    return pa.StructArray.from_arrays(
        [pa.array(values, f.type) for values, f in zip(columns, kind, strict=True)],
        fields=list(kind),
    )


def _failures(rows: Sequence[_Row], kind: pa.StructType, now: datetime) -> pa.StructArray:
    told = [row.failure for row in rows]
    columns: list[list[Any]] = [[t and t[place] for t in told] for place in range(3)]
    columns.append([t and now for t in told])
    return pa.StructArray.from_arrays(
        [pa.array(values, f.type) for values, f in zip(columns, kind, strict=True)],
        fields=list(kind),
        mask=pa.array([t is None for t in told], pa.bool_()),
    )


@cache
def _no_lists(n: int) -> pa.ListArray:
    nothing = pa.array([], NESTED_READING)
    return pa.ListArray.from_arrays(pa.array([0] * (n + 1), pa.int32()), nothing)


def _emptied(lists: pa.ListArray, kept: NDArray[np.bool_]) -> pa.ListArray:
    """The lists, those of photos that are not ``kept`` without readings."""
    parts = [lists.slice(i, 1) if keep else _no_lists(1) for i, keep in enumerate(kept)]
    return pa.concat_arrays(parts)
