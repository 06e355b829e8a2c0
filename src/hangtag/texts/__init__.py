"""Titles and descriptions as evidence beside the photo.

``plain`` makes words of a shop's text, ``phrases`` has the taxonomy's, ``reading`` finds what is
said of which attribute and what is not, ``odds`` what that is worth, ``bag`` what all other words
are, ``taught`` those of a shop's own, ``blending`` adds all of it to what the photo says,
``because`` tells which words spoke. Pure: nothing is read or written but what ships, and what was
taught. ``regression`` and ``weighing`` fit words and weights, for those who teach.
"""

from hangtag.texts.because import Because
from hangtag.texts.blending import Blend, Source, Texts
from hangtag.texts.reading import Evidence, TextReader
from hangtag.texts.taught import TaughtWords

__all__ = ["Because", "Blend", "Evidence", "Source", "TaughtWords", "TextReader", "Texts"]
