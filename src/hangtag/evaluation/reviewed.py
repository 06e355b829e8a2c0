"""What people said in a review, as labels to score against."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from hangtag.corrections import Correction, corrections_of, standing
from hangtag.errors import LabelsError
from hangtag.evaluation.labels import LABELS
from hangtag.taxonomy import Taxonomy
from hangtag.workspace import Workspace

__all__ = ["REVIEWS", "labels_of", "review_labels"]

REVIEWS = "reviews"
"""What to write where a labels file is asked for."""


def review_labels(place: Workspace, taxonomy: Taxonomy) -> pa.Table:
    """The last words of people as a table of ``LABELS``; ``source`` is the queue they came from.

    Of a multiple choice every option is a label: those not named are absent. Raises LabelsError
    where nobody has said anything.
    """
    found = labels_of(corrections_of(place), taxonomy)
    if not found.num_rows:
        raise LabelsError(
            f"Nobody has reviewed anything in {place.path}.",
            f"Begin with: hangtag review {place.path}",
        )
    return found


def labels_of(rows: Iterable[Correction], taxonomy: Taxonomy) -> pa.Table:
    """The same, of these rows; what the taxonomy does not have any more is left out."""
    attributes = {attribute.name: attribute for attribute in taxonomy}
    labels = []
    for product_id, said in standing(rows).items():
        for name, row in said.items():
            attribute = attributes.get(name)
            value = set(row.value or ())
            if attribute is None or not value <= set(attribute.names):
                continue
            options = attribute.names if attribute.multiple else row.value or ()
            labels += [
                (product_id, name, option, [option], option in value, row.queue)
                for option in options
            ]
    columns = zip(*labels, strict=True) if labels else [[] for _ in LABELS]
    return pa.table([list(column) for column in columns], schema=LABELS)
