"""What a title and a description say of a product, attribute by attribute.

    Checked shirt with long sleeves, no pockets. Pairs well with jeans.

    checked      → pattern: checkered        said
    long sleeves → sleeves: long sleeve      said
    pockets      → details: has pockets      denied
    jeans        → material: denim           beside

No model: a phrase means what the taxonomy's names and synonyms say, unless the words around it say
otherwise. How much that is worth as evidence is another matter, see ``odds``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from hangtag.taxonomy import Taxonomy
from hangtag.texts.phrases import Phrase, Phrasebook
from hangtag.texts.plain import BREAK, plain, tokens
from hangtag.words import AFTER_NOT, NOT, OR, base_forms, stem

__all__ = ["PLACES", "READER", "Evidence", "Kind", "Place", "TextReader", "Written"]

# Another one when the same text could be read another way.
READER = "1"

Place = Literal["title", "description"]
PLACES: tuple[Place, ...] = ("title", "description")
Kind = Literal["made", "said", "denied", "imitated", "part", "beside"]

_DENYING = NOT | {"neither", "never", "lack"} - {"except", "excluding", "minus"}
_AFTER_DENYING = AFTER_NOT | {
    "have", "has", "having", "come", "feature", "made", "visible", "additional", "extra",
}  # fmt: skip
# Faux leather; leather-look.
_IMITATING = frozenset({"faux", "fake", "imitation", "artificial", "simulated", "mock", "like"})
_IMITATED = frozenset(
    {"look", "like", "effect", "finish", "feel", "inspired", "tone", "toned", "plated", "colour",
     "coloured", "color", "colored", "hued", "hue", "shade"}
)  # fmt: skip
# Rubber outsole, striped cuffs, leather trim: of a part, not of the product.
_PARTS = frozenset(
    {"trim", "trimming", "piping", "lining", "lined", "strap", "sole", "outsole", "midsole",
     "insole", "footbed", "label", "tab", "tag", "patch", "detail", "detailing", "panel",
     "buckle", "handle", "belt", "cuff", "border", "hem", "hemline", "yoke", "lace", "tape",
     "tipping", "accent", "insert", "overlay", "tongue", "heel", "toe", "shaft", "waistband",
     "stitching", "bezel", "dial", "case", "swab", "cloth", "counter", "pull", "puller", "loop"}
)  # fmt: skip
# Made of leather; 100% cotton; leather upper.
_MAKING = frozenset({"made", "crafted", "constructed", "composition", "material", "fabric"})
_MAIN = frozenset({"upper", "body", "fabric"})
# Headings behind which somebody tells what to wear it with.
_ADVICE = frozenset({"style", "styling", "note", "tip", "model", "statistic"})
# Team this with jeans; worn over a striped tee: whatever comes behind is another product.
_COMBINING = frozenset(
    {"team", "teamed", "teaming", "pair", "paired", "pairing", "match", "matched", "combine",
     "combined", "wear", "worn", "wearing", "go", "goe", "went", "style", "styled", "sport",
     "coordinate", "accessorise", "accessorize", "layer", "layered", "throw", "thrown", "slip",
     "look", "clubbed", "club", "complement", "carry", "flaunt"}
)  # fmt: skip
_WITH = frozenset({"with", "over", "under", "underneath", "beneath", "atop", "against"})
_INSTEAD = frozenset({"instead", "rather", "unlike"})
# "a pair of", "the style": names of things, not what is done with them.
_NAMING = frozenset({"a", "an", "the", "each", "every", "of", "perfect"})
# So many words lie between "wear" and "with" at most, and between a phrase and its part.
_GAP, _PART_GAP, _MADE_GAP = 5, 2, 3
# A sentence of so many words is a heading.
_HEADING = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that speak of one attribute.

    ``options``: what they mean, one or any of several ("printed"). ``words``: as written.
    ``phrase``: the taxonomy's phrase, as stems. ``kind``: what the product is ``made`` of ("leather
    upper"); ``said`` of it; ``denied``; ``imitated`` ("denim look"); of a ``part`` ("leather
    trim"); of what stands ``beside`` it.
    """

    attribute: str
    options: tuple[str, ...]
    words: str
    phrase: str
    place: Place
    kind: Kind


class _Word(NamedTuple):
    """A word as the reader knows it: its stem, the forms it may have in phrases.

    ``real``: neither a mark nor a number.
    """

    stem: str
    forms: tuple[str, ...]
    starts: bool
    less: tuple[Phrase, ...]
    real: bool


class Written(NamedTuple):
    """One text as the reader takes it in.

    ``inside``, ``beside``: places of words that are the brand's name; that speak of what the
    product is worn with.
    """

    place: Place
    tokens: list[str]
    words: list[_Word]
    inside: frozenset[int]
    beside: frozenset[int]

    def said(self, *, brand: bool = False) -> set[str]:
        """Stems of what is said of the product, and nothing that it is worn with.

        Words of its ``brand`` are in only where they are asked for.
        """
        without = self.beside if brand else self.inside | self.beside
        return {
            word.stem for place, word in enumerate(self.words) if word.real and place not in without
        }

    def written(self, *, brand: bool = False) -> dict[str, str]:
        """The same stems, and the first word that each of them stands for, in small letters.

        A letter alone has the word behind it: "t" of a T-shirt is no word.
        """
        without = self.beside if brand else self.inside | self.beside
        found: dict[str, str] = {}
        for place, word in enumerate(self.words):
            if word.real and place not in without:
                behind = place + 2 if len(self.tokens[place]) == 1 else place + 1
                found.setdefault(word.stem, " ".join(self.tokens[place:behind]).casefold())
        return found


_MARKS = frozenset({BREAK, ","})

# Texts have a few ten thousand different words; this bounds odd ones.
_WORDS = 65_536


@dataclass(frozen=True)
class TextReader:
    """Reads titles and descriptions by a phrasebook; make it once and ask it often.

    Not for several threads at once.
    """

    book: Phrasebook
    _known: dict[str, _Word] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> TextReader:
        """A reader of the attributes of tiers 1 and 2."""
        return cls(Phrasebook.of(taxonomy))

    def read(self, metadata: Mapping[str, str | None]) -> tuple[Evidence, ...]:
        """Evidence in the columns ``title`` and ``description``, in the order of the words.

        Words of the brand are left out: "Classic Polo" has no collar, or has one by chance.
        """
        return tuple(one for text in self.texts(metadata) for one in self.evidence(text))

    def texts(self, metadata: Mapping[str, str | None]) -> list[Written]:
        """The texts that there are of ``title`` and ``description``."""
        brand = metadata.get("brand")
        told = [(place, metadata.get(place)) for place in PLACES]
        return [self._written(text, place, brand) for place, text in told if text]

    def read_text(self, text: str, place: Place, brand: str | None = None) -> list[Evidence]:
        """Evidence in one text."""
        return self.evidence(self._written(text, place, brand))

    def _written(self, text: str, place: Place, brand: str | None) -> Written:
        written = tokens(plain(text))
        words = list(map(self._word, written))
        return Written(place, written, words, _places_of(brand, written), _beside(words))

    def evidence(self, text: Written) -> list[Evidence]:
        """What one text says, in the order of its words."""
        place, written, words, inside, beside = text
        matches = [
            (first, size, phrase)
            for first, size, phrase in self._matches(words)
            if not inside.issuperset(range(first, first + size))
        ]
        sections = _sections(words) if matches else {}
        found: list[Evidence] = []
        denied_up_to: dict[str, int] = {}
        for first, size, phrase in _longest(matches):
            end = first + size
            if first in beside:
                kind: Kind = "beside"
            else:
                kind = _kind(words, first, end, denied_up_to.get(phrase.attribute, -1))
            if kind in ("made", "said") and first in sections:
                kind = sections[first]
            if kind == "denied":
                denied_up_to[phrase.attribute] = end
            said = " ".join(written[first:end])
            found.append(
                Evidence(phrase.attribute, phrase.options, said, phrase.phrase, place, kind)
            )
        for place_of, word in enumerate(words):
            for phrase in word.less:
                found.append(
                    Evidence(phrase.attribute, phrase.options, written[place_of], phrase.phrase,
                             place, "denied")
                )  # fmt: skip
        return found

    def _word(self, written: str) -> _Word:
        known = self._known.get(written)
        if known is None:
            if len(self._known) >= _WORDS:
                self._known.clear()
            known = self._known[written] = self._look_up(written)
        return known

    def _look_up(self, written: str) -> _Word:
        root = stem(written)
        forms = tuple(form for form in (root, *base_forms(root)) if form in self.book.starts)
        less: tuple[Phrase, ...] = ()
        base = root.removesuffix("less")
        if base != root and not forms:
            less = self.book.phrases.get(stem(base), ())
        real = root not in _MARKS and not root.isdecimal()
        return _Word(root, forms, bool(forms), less, real)

    def _matches(self, words: Sequence[_Word]) -> list[tuple[int, int, Phrase]]:
        """Every phrase: its first word's place, how many words, what it means."""
        phrases, longest = self.book.phrases, self.book.longest
        found: list[tuple[int, int, Phrase]] = []
        for first, word in enumerate(words):
            if not word.starts:
                continue
            for form in word.forms:
                for phrase in phrases.get(form, ()):
                    found.append((first, 1, phrase))
            before = word.stem
            for size in range(2, min(longest, len(words) - first) + 1):
                following = words[first + size - 1].stem
                if following in (BREAK, ","):
                    break
                for form in (following, *base_forms(following)):
                    for phrase in phrases.get(before + form, ()):
                        found.append((first, size, phrase))
                before += following
        return found


def _longest(matches: Iterable[tuple[int, int, Phrase]]) -> list[tuple[int, int, Phrase]]:
    """No word twice for one attribute, the longest phrase first; in the order of the words."""
    taken: set[tuple[str, int]] = set()
    kept = []
    for first, size, phrase in sorted(matches, key=lambda match: (-match[1], match[0])):
        places = {(phrase.attribute, place) for place in range(first, first + size)}
        if not places & taken:
            taken |= places
            kept.append((first, size, phrase))
    kept.sort(key=lambda match: match[0])
    return kept


def _places_of(brand: str | None, written: Sequence[str]) -> frozenset[int]:
    """Where the name of the brand stands."""
    if not brand:
        return frozenset()
    name = [word.casefold() for word in tokens(brand)]
    low = [word.casefold() for word in written]
    inside: set[int] = set()
    for first in range(len(low) - len(name) + 1) if name else ():
        if low[first : first + len(name)] == name:
            inside.update(range(first, first + len(name)))
    return frozenset(inside)


def _beside(words: Sequence[_Word]) -> frozenset[int]:
    """Places of words that speak of what the product is worn with."""
    found: set[int] = set()
    since: int | None = None  # the word after which another product may be named
    inside = False
    for place, word in enumerate(words):
        if word.stem == BREAK:
            since, inside = None, False
        elif inside:
            found.add(place)
        elif word.stem in _INSTEAD:
            inside = True
        elif word.stem in _COMBINING:
            before = words[place - 1].stem if place else BREAK
            after = words[place + 1].stem if place + 1 < len(words) else BREAK
            if before not in _NAMING and after != "of":
                since = place
        elif since is not None and word.stem in _WITH and place - since <= _GAP:
            inside = True
    return frozenset(found)


def _sections(words: Sequence[_Word]) -> dict[int, Kind]:
    """Places behind a heading such as "Outsole" or "Style note", and what is spoken of there."""
    found: dict[int, Kind] = {}
    section: Kind | None = None
    start = 0
    for end in (*(place for place, word in enumerate(words) if word.stem == BREAK), len(words)):
        sentence = [word.stem for word in words[start:end]]
        if 0 < len(sentence) <= _HEADING and end < len(words):
            section = None
            if sentence[-1] in _PARTS:
                section = "part"
            elif sentence[-1] in _ADVICE:
                section = "beside"
        elif section is not None:
            found.update(dict.fromkeys(range(start, end), section))
        start = end + 1
    return found


def _kind(words: Sequence[_Word], first: int, end: int, denied_up_to: int) -> Kind:
    before = words[first - 1].stem if first else BREAK
    after = words[end].stem if end < len(words) else BREAK
    if after == "free" or _is_denied(words, first, denied_up_to):
        return "denied"
    if before in _IMITATING or after in _IMITATED:
        return "imitated"
    behind = [word.stem for word in _upto_break(words, end)]
    if any(word in _PARTS for word in behind):
        return "part"
    if before.isdecimal() or any(word in _MAIN for word in behind):
        return "made"
    for word in reversed(words[max(0, first - _MADE_GAP) : first]):
        if word.stem == BREAK:
            break
        if word.stem in _MAKING:
            return "made"
    return "said"


def _is_denied(words: Sequence[_Word], first: int, denied_up_to: int) -> bool:
    """Whether a negation stands before the word, or one goes on: "no pockets or zips"."""
    place = first - 1
    while place >= 0 and words[place].stem in _AFTER_DENYING:
        place -= 1
    if place >= 0 and words[place].stem in _DENYING:
        return True
    return denied_up_to >= 0 and all(word.stem in OR for word in words[denied_up_to:first])


def _upto_break(words: Sequence[_Word], start: int) -> Iterator[_Word]:
    for word in words[start : start + _PART_GAP]:
        if word.stem in (BREAK, ",", "and", "with", "in", "on"):
            return
        yield word
