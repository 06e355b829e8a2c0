"""Where labels to teach from come from: a file, people's reviews, a costly engine's readings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hangtag.errors import LabelsError
from hangtag.evaluation.labels import LABELS, read_labels
from hangtag.evaluation.reviewed import REVIEWS, review_labels
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.workspace import Workspace

__all__ = ["READINGS_OF", "labels_from"]

READINGS_OF = "readings:"
"""Before the path of a workspace whose confident readings are to be labels."""

_ROWS = 65_536


def labels_from(
    source: str | Path, place: Workspace, taxonomy: Taxonomy, *, sure: float = 0.9
) -> pa.Table:
    """Labels as a table of ``LABELS``.

    ``source``: a labels file; ``reviews``, what people said in this workspace; or
    ``readings:WORKSPACE``, what an engine read there and was at least ``sure`` of. A multiple
    choice then says of each option that it is there, or with the same sureness that it is not.

    Raises LabelsError, with what to write into a taxonomy where attributes are new.
    """
    told = str(source)
    if told == REVIEWS:
        return review_labels(place, taxonomy)
    if told.startswith(READINGS_OF):
        return _readings(Workspace(told.removeprefix(READINGS_OF)), taxonomy, sure)
    try:
        return read_labels(Path(source), taxonomy)
    except LabelsError as error:
        if "taxonomy does not have" not in error.message:
            raise
        raise LabelsError(
            error.message,
            "Mend them; or, for an attribute of your own, say which options it has in a YAML file "
            "that begins with `extends: fashion`, and name it with --taxonomy.",
        ) from error


def _readings(other: Workspace, taxonomy: Taxonomy, sure: float) -> pa.Table:
    attributes = {a.name: a for a in taxonomy.read}
    columns = ["product_id", "attribute", "value", "confidence", "probabilities", "engine"]
    rows: list[tuple[Any, ...]] = []
    for batch in other.dataset("readings").to_batches(
        columns=columns, filter=pc.field("attribute").isin(list(attributes)), batch_size=_ROWS
    ):
        for row in batch.to_pylist():
            rows += _labels_of(row, attributes[row["attribute"]], sure)
    if not rows:
        raise LabelsError(
            f"No reading in {other.path} is as sure as {sure:g}.",
            "Ask for less with --sure, if its confidence holds.",
        )
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=LABELS)


def _labels_of(
    row: dict[str, Any], attribute: Attribute, sure: float
) -> Iterator[tuple[str, str, str, list[str], bool, str]]:
    name, engine = attribute.name, row["engine"]
    if attribute.multiple:
        for option, p in row["probabilities"]:
            if option in attribute.names and max(p, 1 - p) >= sure:
                yield row["product_id"], name, option, [option], p >= sure, engine
    elif row["confidence"] >= sure and row["value"] and row["value"][0] in attribute.names:
        option = row["value"][0]
        yield row["product_id"], name, option, [option], True, engine
