"""Which words of a text speak for a value, for people who wonder why."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from hangtag.taxonomy import Attribute
from hangtag.texts.blending import Texts

__all__ = ["Because"]

# So many are told at most.
_TOLD = 4
# Log-odds that a word must add to be told of: by a quarter.
_LEAST = 0.22


class Because:
    """Tells which words speak for values; for several threads at once."""

    def __init__(self, texts: Texts):
        self._texts = texts
        self._lock = threading.Lock()

    def words(
        self, attribute: Attribute, option: str, metadata: Mapping[str, str | None]
    ) -> list[str]:
        """Words and phrases of title and description as they stand there, the strongest first.

        Phrases of the taxonomy come before all other words.
        """
        with self._lock:
            return self._words(attribute, option, metadata)

    def _words(
        self, attribute: Attribute, option: str, metadata: Mapping[str, str | None]
    ) -> list[str]:
        reader = self._texts.reader
        written = reader.texts(metadata)
        phrases = [
            evidence.words.casefold()
            for text in written
            for evidence in reader.evidence(text)
            if evidence.attribute == attribute.name
            and option in evidence.options
            and evidence.kind in ("made", "said")
        ]
        found = list(dict.fromkeys(phrases))
        told = {word for phrase in found for word in phrase.split()}
        for word, odds in self._texts.spoken(attribute, option, written):
            if odds >= _LEAST and word not in told:
                found.append(word)
                told.add(word)
        return found[:_TOLD]
