"""How often readings are right, and whether their confidence means what it says."""

from hangtag.evaluation.accuracy import (
    AttributeScore,
    Evaluation,
    Mistake,
    OptionScore,
    evaluate,
)
from hangtag.evaluation.checks import Check, aggregate_checks
from hangtag.evaluation.labels import LABELS, read_ids, read_labels
from hangtag.evaluation.tables import evaluation_table, option_table

__all__ = [
    "LABELS",
    "AttributeScore",
    "Check",
    "Evaluation",
    "Mistake",
    "OptionScore",
    "aggregate_checks",
    "evaluate",
    "evaluation_table",
    "option_table",
    "read_ids",
    "read_labels",
]
