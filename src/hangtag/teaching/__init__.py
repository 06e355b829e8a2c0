"""Heads and words for attributes and options of one's own, taught from labels, on a CPU.

``sources`` knows where labels come from, ``embedding`` what the network sees in photos,
``fitting`` makes heads of both, ``words`` learns what titles and descriptions say, ``lessons`` does
either for an attribute, ``choosing`` says what to label next, ``teaching`` does it all.
"""

from hangtag.teaching.fitting import LEAST, TOTAL, Lesson
from hangtag.teaching.teaching import Teaching, teach
from hangtag.teaching.words import WordLesson

__all__ = ["LEAST", "TOTAL", "Lesson", "Teaching", "WordLesson", "teach"]
