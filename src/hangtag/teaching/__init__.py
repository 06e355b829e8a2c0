"""Heads for attributes and options of one's own, taught from labels in seconds, on a CPU.

``sources`` knows where labels come from, ``embedding`` what the network sees in photos,
``fitting`` makes heads of both, ``choosing`` says what to label next, ``teaching`` does it all.
"""

from hangtag.teaching.fitting import LEAST, TOTAL, Lesson
from hangtag.teaching.teaching import Teaching, teach

__all__ = ["LEAST", "TOTAL", "Lesson", "Teaching", "teach"]
