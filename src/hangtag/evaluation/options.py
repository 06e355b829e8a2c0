"""Options of multiple-choice attributes: of each it is asked whether a product has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from hangtag.evaluation.blended import FROM_TEXTS
from hangtag.evaluation.metrics import calibration_error, f1, reliability
from hangtag.readings import Reading
from hangtag.taxonomy import Attribute

if TYPE_CHECKING:
    import duckdb

__all__ = ["OptionScore", "option_scores", "said_options", "told_options", "with_readings"]


@dataclass(frozen=True, slots=True)
class OptionScore:
    """One option of a multiple-choice attribute.

    ``balanced``: the mean of recall and specificity, as if there were as many products without as
    with it. It and ``f1`` and ``ece`` are None where nobody said of a product that it has, or has
    not, the option.
    """

    attribute: str
    option: str
    present: int
    absent: int
    recall: float | None
    specificity: float | None
    balanced: float | None
    f1: float | None
    ece: float | None

    @property
    def why_not(self) -> str:
        """Why there is no score, or nothing."""
        if not self.present:
            return "no product with it" if self.absent else "no labels"
        return "" if self.absent else "no product without it"


def told_options(attribute: Attribute, tables: duckdb.DuckDBPyConnection) -> pa.Table:
    """Labels of products that were read, a row an option of which somebody said something.

    ``present``: whether the product has it; ``taken``: whether the reading has, and how likely.
    """
    return tables.sql(
        "SELECT product_id, p.value AS option, present, source, product_group, "
        "list_contains(said, p.value) AS taken, "
        "coalesce(probabilities[p.value], 0) AS probability FROM pairs p "
        "JOIN readings r USING (product_id, attribute) LEFT JOIN placed USING (product_id) "
        "WHERE attribute = ? AND read",
        params=[attribute.name],
    ).to_arrow_table()


def with_readings(told: pa.Table, readings: Mapping[str, Reading]) -> pa.Table:
    """The same with other readings of some products, without labels made from texts."""
    told = told.filter(pc.invert(pc.is_in(told["source"], pa.array(FROM_TEXTS))))
    columns = {name: told[name].to_pylist() for name in ("taken", "probability")}
    names = zip(told["product_id"].to_pylist(), told["option"].to_pylist(), strict=True)
    for place, (product_id, option) in enumerate(names):
        reading = readings.get(product_id)
        if reading is not None:
            columns["taken"][place] = option in reading.value
            columns["probability"][place] = reading.probabilities.get(option, 0.0)
    for name, values in columns.items():
        kind = told.schema.field(name)
        told = told.set_column(
            told.schema.get_field_index(name), kind, [pa.array(values, kind.type)]
        )
    return told


def said_options(told: pa.Table) -> pa.Table:
    """Options that readings have, as pairs to select from: how sure, and whether it is so.

    Only of options that labels both affirm and deny: what nobody ever denies is always right.
    """
    both = [
        pc.unique(told.filter(pc.equal(told["present"], there))["option"])
        for there in (True, False)
    ]
    judged = pc.and_(*(pc.is_in(told["option"], options) for options in both))
    said = told.filter(pc.and_(told["taken"], judged))
    return pa.table(
        {
            "product_id": said["product_id"],
            "read": said["taken"],
            "confidence": said["probability"],
            "right": said["present"],
            "product_group": said["product_group"],
        }
    )


def option_scores(attribute: Attribute, told: pa.Table) -> list[OptionScore]:
    """A score an option, none at all where the attribute has no labels of products read."""
    if not told.num_rows:
        return []
    return [
        _option_score(attribute.name, option, told.filter(pc.equal(told["option"], option)))
        for option in attribute.names
    ]


def _option_score(attribute: str, option: str, told: pa.Table) -> OptionScore:
    present = told["present"].to_numpy()
    taken = told["taken"].to_numpy()
    probability = told["probability"].to_numpy().astype(float)
    recall = float(taken[present].mean()) if present.any() else None
    specificity = float(1 - taken[~present].mean()) if (~present).any() else None
    balanced = f_score = ece = None
    if recall is not None and specificity is not None:
        balanced = (recall + specificity) / 2
        f_score = f1(recall, float(present[taken].mean()) if taken.any() else 0.0)
        ece = calibration_error(reliability(probability, present))
    return OptionScore(
        attribute=attribute,
        option=option,
        present=int(present.sum()),
        absent=int((~present).sum()),
        recall=recall,
        specificity=specificity,
        balanced=balanced,
        f1=f_score,
        ece=ece,
    )
