"""How often readings are right, and whether their confidence means what it says."""

from hangtag.evaluation.accuracy import (
    AttributeScore,
    Evaluation,
    Mistake,
    TextScore,
    evaluate,
)
from hangtag.evaluation.agreeing import contradicting_line, contradictions
from hangtag.evaluation.checks import Check, aggregate_checks
from hangtag.evaluation.conformal import SetScore
from hangtag.evaluation.fitting import CalibrationFit, fit_calibration
from hangtag.evaluation.joining import taught_line
from hangtag.evaluation.label_noise import LabelNoise
from hangtag.evaluation.labels import LABELS, read_ids, read_labels
from hangtag.evaluation.options import OptionScore
from hangtag.evaluation.reviewed import REVIEWS, labels_of, review_labels
from hangtag.evaluation.selective import RiskCurve, Selection
from hangtag.evaluation.tables import (
    blended_table,
    evaluation_table,
    fit_table,
    noise_table,
    option_table,
    selection_table,
    set_table,
    text_table,
)

__all__ = [
    "LABELS",
    "REVIEWS",
    "AttributeScore",
    "CalibrationFit",
    "Check",
    "Evaluation",
    "LabelNoise",
    "Mistake",
    "OptionScore",
    "RiskCurve",
    "Selection",
    "SetScore",
    "TextScore",
    "aggregate_checks",
    "blended_table",
    "contradicting_line",
    "contradictions",
    "evaluate",
    "evaluation_table",
    "fit_calibration",
    "fit_table",
    "labels_of",
    "noise_table",
    "option_table",
    "read_ids",
    "read_labels",
    "review_labels",
    "selection_table",
    "set_table",
    "taught_line",
    "text_table",
]
