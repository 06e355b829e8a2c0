"""What ``when`` and ``unless`` of a rulebook mean, compiled so that testing them is cheap."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from hangtag.readings import METADATA
from hangtag.taxonomy import Taxonomy

__all__ = ["Answers", "Condition", "Value", "compiled", "one_of", "strangers"]

# One option, the options that hold, or None: not asked, or not sure enough.
Value = str | tuple[str, ...] | None
# Attributes and the options that satisfy.
Answers = tuple[tuple[str, frozenset[str]], ...]

_GROUP = "group"


@dataclass(frozen=True, slots=True)
class Condition:
    """What a product's metadata, group and values are compared with.

    ``columns`` (compared without regard to case) and ``groups`` are known before the photo is seen,
    ``answers`` after it.
    """

    columns: tuple[tuple[str, frozenset[str]], ...] = ()
    groups: frozenset[str] | None = None
    answers: Answers = ()

    def known(self, metadata: Mapping[str, str | None], group: str | None) -> Iterator[bool]:
        """Of each condition on a column or the group, whether it holds."""
        for column, names in self.columns:
            yield (metadata.get(column) or "").strip().casefold() in names
        if self.groups is not None:
            yield group in self.groups


def one_of(value: Value, options: frozenset[str]) -> bool:
    """Whether the value is one of ``options``; of several values, whether any of them is."""
    if value is None:
        return False
    return value in options if isinstance(value, str) else not options.isdisjoint(value)


def compiled(written: Mapping[str, list[str]]) -> Condition:
    """A ``when`` of the rulebook: column, attribute or ``group`` → names, one of which must hold.

    Where an attribute has the name of a metadata column, the column is meant.
    """
    return Condition(
        columns=tuple(
            (key, frozenset(map(str.casefold, names)))
            for key, names in written.items()
            if key in METADATA
        ),
        groups=frozenset(written[_GROUP]) if _GROUP in written else None,
        answers=tuple(
            (key, frozenset(names))
            for key, names in written.items()
            if key not in METADATA and key != _GROUP
        ),
    )


def strangers(
    written: Mapping[str, Collection[str]],
    taxonomy: Taxonomy,
    *,
    tiers: Collection[int],
    columns: bool,
) -> str | None:
    """What in ``written`` the taxonomy does not know, as a sentence, or None.

    Attributes of ``tiers`` may be named and, where ``columns``, metadata columns and the group.
    """
    allowed = {a.name: a.names for a in taxonomy if a.tier in tiers}
    others = [_GROUP, *METADATA] if columns else []
    for key, names in written.items():
        if key == _GROUP and columns:
            known: Collection[str] = taxonomy.groups
        elif key in others:
            continue
        elif key in allowed:
            known = allowed[key]
        else:
            return f"{key!r} cannot stand here; {_rather(key, [*allowed, *others])}"
        odd = next((name for name in names if name not in known), None)
        if odd is not None:
            return f"{key} has no {odd!r}; {_rather(odd, known)}"
    return None


def _rather(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
