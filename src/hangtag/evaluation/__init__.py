"""How often readings are right, and whether their confidence means what it says."""

from hangtag.evaluation.accuracy import AttributeScore, Evaluation, OptionScore, evaluate
from hangtag.evaluation.checks import Check, aggregate_checks
from hangtag.evaluation.labels import Label, read_ids, read_labels
from hangtag.evaluation.tables import evaluation_table, option_table

__all__ = [
    "AttributeScore",
    "Check",
    "Evaluation",
    "Label",
    "OptionScore",
    "aggregate_checks",
    "evaluate",
    "evaluation_table",
    "option_table",
    "read_ids",
    "read_labels",
]
