"""What people said of products: kept as rows that are only ever added.

``readings`` stay what the engine answered; ``attributes`` say what people said where they did.
"""

from hangtag.corrections.agreement import Agreement, Disagreement, agreement, disagreements
from hangtag.corrections.rows import (
    Correction,
    corrections_of,
    last_words,
    not_taken_back,
    standing,
    standing_of,
)
from hangtag.corrections.store import Corrections, Save, plain_name

__all__ = [
    "Agreement",
    "Correction",
    "Corrections",
    "Disagreement",
    "Save",
    "agreement",
    "corrections_of",
    "disagreements",
    "last_words",
    "not_taken_back",
    "plain_name",
    "standing",
    "standing_of",
]
