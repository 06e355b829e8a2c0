"""Titles and descriptions as evidence beside the photo.

``plain`` makes words of a shop's text, ``phrases`` has the taxonomy's, ``reading`` finds what is
said of which attribute and what is not, ``odds`` what that is worth, ``bag`` what all other words
are, ``blending`` adds both to what the photo says. Pure: nothing is read or written but what ships.
"""

from hangtag.texts.blending import Blend, Source, Texts
from hangtag.texts.reading import Evidence, TextReader

__all__ = ["Blend", "Evidence", "Source", "TextReader", "Texts"]
