"""Query sets made from what people have said of products: labels, metadata, titles.

Which products answer an attribute query is told by labels and metadata alone, never by readings:
what is to be judged must not be its own judge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pyarrow as pa

from hangtag.comparison.queries import TITLE, Query
from hangtag.rules import says_nothing
from hangtag.search.understanding import Vocabulary, understand
from hangtag.taxonomy import Taxonomy

__all__ = ["COMBINED", "label_queries", "title_queries"]

# The type of queries for several attributes; the others are named for their one attribute.
COMBINED = "combined"

# Attributes in the order in which a shopper says them: striped cotton long sleeve v-neck.
_SPOKEN = ("fit", "pattern", "material", "sleeves", "collar")
# Left out: catalogs say it in a column of metadata ("usage") and no photo is needed to find it.
_UNASKED = frozenset({"formality"})
# Metadata that a query may name besides the kind of product.
_BESIDES = ("base_colour", "gender")
# Of an option, its name and so many synonyms say the same; those after may be narrower.
_SYNONYMS = 2


@dataclass(frozen=True, slots=True)
class _Labelled:
    """A product: metadata and, by attribute, what it is said to have and what would do as well."""

    product_id: str
    known: Mapping[str, str]
    meant: Mapping[str, str]
    accepted: Mapping[str, frozenset[str]]
    titled: frozenset[tuple[str, str]]


def label_queries(
    products: pa.Table,
    labels: pa.Table,
    taxonomy: Taxonomy,
    *,
    sources: Sequence[str] = (),
    least: int = 5,
    most_share: float = 0.5,
    each: int = 60,
    seed: int = 0,
) -> list[Query]:
    """Attribute-intent queries such as "green checked long sleeve shirts".

    ``products``: the table ``products`` of a workspace; ``labels``: as ``read_labels`` gives them,
    of all sources or those named. A query asks for an article type and one to three single-choice
    attributes, some also for a colour or a gender; its type is the attribute, or ``combined``.
    A product answers it if its metadata fit and its labels mean those options. Products whose
    metadata fit, but of whose attributes the labels say nothing or leave it open, are unjudged.

    Kept are queries with ``least`` answers or more that are at most ``most_share`` of the judged
    products with fitting metadata (where nearly all shirts have long sleeves, asking for them tells
    nothing), at most ``each`` of a type, drawn by ``seed``. ``titled`` is the share of the answers
    whose titles say one of the attributes in the option's name or any of its synonyms.
    """
    names = _attributes(taxonomy)
    told = _labelled(products, labels, taxonomy, frozenset(sources))
    found: dict[str, list[Query]] = {}
    for kind, wanted, answers, unjudged in _intents(told, names, least, most_share):
        text = _text(kind, wanted, taxonomy, seed)
        asked = set(wanted.items())
        query = Query(
            query_id=text,
            text=text,
            relevant=dict.fromkeys(sorted(one.product_id for one in answers), 1),
            type=next(iter(wanted)) if len(wanted) == 1 else COMBINED,
            titled=sum(not asked.isdisjoint(one.titled) for one in answers) / len(answers),
            unjudged=frozenset(unjudged),
        )
        found.setdefault(query.type, []).append(query)
    chosen = (
        query for queries in found.values() for query in _drawn(_distinct(queries), each, seed)
    )
    return sorted(chosen, key=lambda query: (query.type == COMBINED, query.type, query.text))


def title_queries(products: pa.Table, *, each: int = 300, seed: int = 0) -> list[Query]:
    """Titles as queries, answered by every product of that very title; type ``title``.

    At most ``each`` of them, drawn by ``seed``.
    """
    by_title: dict[str, list[str]] = {}
    for product_id, title in _rows(products, ("title",)):
        if title and title.strip():
            by_title.setdefault(title.strip(), []).append(product_id)
    queries = [
        Query(f"title: {title}", title, dict.fromkeys(sorted(ids), 1), TITLE, titled=1.0)
        for title, ids in by_title.items()
    ]
    return sorted(_drawn(queries, each, seed), key=lambda query: query.text)


def _attributes(taxonomy: Taxonomy) -> list[str]:
    """Those that queries ask for, in the order of speech."""
    asked = [a.name for a in taxonomy.read if not a.multiple and a.name not in _UNASKED]
    return sorted(asked, key=lambda name: _SPOKEN.index(name) if name in _SPOKEN else -1)


def _rows(products: pa.Table, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    told = (products[name].to_pylist() for name in ("product_id", *columns))
    return zip(*told, strict=True)


def _labelled(
    products: pa.Table, labels: pa.Table, taxonomy: Taxonomy, sources: frozenset[str]
) -> list[_Labelled]:
    meant: dict[str, dict[str, str]] = {}
    accepted: dict[str, dict[str, frozenset[str]]] = {}
    single = {attribute.name for attribute in taxonomy.read if not attribute.multiple}
    for row in labels.to_pylist():
        name = row["attribute"]
        if name in single and (not sources or row["source"] in sources):
            whose = row["product_id"]
            # Two labels that do not say the same leave open what is meant.
            before = accepted.setdefault(whose, {}).get(name)
            accepted[whose][name] = (before or frozenset()) | frozenset(row["accepted"])
            value = row["value"] if before is None else None
            if before is not None and meant.get(whose, {}).get(name) == row["value"]:
                value = row["value"]
            meant.setdefault(whose, {})[name] = value or ""
    vocabulary = Vocabulary.of(taxonomy)
    columns = ("article_type", "title", *_BESIDES)
    found = []
    for product_id, *values in _rows(products, columns):
        known = {c: v.strip() for c, v in zip(columns, values, strict=True) if v and v.strip()}
        says = understand(known.pop("title", ""), vocabulary).meanings
        found.append(
            _Labelled(
                product_id,
                known,
                meant.get(product_id, {}),
                accepted.get(product_id, {}),
                frozenset((m.column, value) for m in says for value in m.values),
            )
        )
    return found


_Intent = tuple[Mapping[str, str], Mapping[str, str], list[_Labelled], list[str]]


def _intents(
    told: Iterable[_Labelled], attributes: Sequence[str], least: int, most_share: float
) -> Iterator[_Intent]:
    """Metadata asked for, options asked for, the products that answer, those unjudged."""
    groups: dict[tuple[tuple[str, str], ...], list[_Labelled]] = {}
    for one in told:
        if "article_type" in one.known:
            kind = ("article_type", one.known["article_type"])
            groups.setdefault((kind,), []).append(one)
            for column in _BESIDES:
                if column in one.known:
                    groups.setdefault((kind, (column, one.known[column])), []).append(one)
    for known, members in groups.items():
        for size in (1, 2, 3):
            for names in combinations(attributes, size):
                yield from _of_group(dict(known), names, members, least, most_share)


def _of_group(
    known: Mapping[str, str],
    names: Sequence[str],
    members: Sequence[_Labelled],
    least: int,
    most_share: float,
) -> Iterator[_Intent]:
    by_options: dict[tuple[str, ...], list[_Labelled]] = {}
    for one in members:
        options = tuple(one.meant.get(name, "") for name in names)
        # "other" is no thing to ask for.
        if all(option and not _is_vague(option) for option in options):
            by_options.setdefault(options, []).append(one)
    for options, answers in by_options.items():
        if len(answers) < least:
            continue
        wanted = dict(zip(names, options, strict=True))
        right = {one.product_id for one in answers}
        unjudged = [
            one.product_id for one in members if one.product_id not in right and _open(one, wanted)
        ]
        if len(answers) <= most_share * (len(members) - len(unjudged)):
            yield known, wanted, list(answers), unjudged


def _open(one: _Labelled, wanted: Mapping[str, str]) -> bool:
    """Whether labels leave it open that a product has all of ``wanted``."""
    return all(
        name not in one.accepted or option in one.accepted[name] for name, option in wanted.items()
    )


def _is_vague(option: str) -> bool:
    return says_nothing(option) or option == "other"


def _text(
    known: Mapping[str, str], wanted: Mapping[str, str], taxonomy: Taxonomy, seed: int
) -> str:
    """In the order of speech, each option in one of the words that say it."""
    said = [known.get(column, "").lower() for column in reversed(_BESIDES)]
    for name, value in wanted.items():
        option = next(one for one in taxonomy[name].options if one.name == value)
        phrases = (option.name, *option.synonyms[:_SYNONYMS])
        said.append(phrases[_lot(seed, *known.values(), name, value) % len(phrases)])
    return " ".join(word for word in (*said, known["article_type"].lower()) if word)


def _distinct(queries: Iterable[Query]) -> list[Query]:
    """One of each text: two values of a column may differ in case alone."""
    return list({query.text: query for query in queries}.values())


def _drawn(queries: Sequence[Query], each: int, seed: int) -> list[Query]:
    return sorted(queries, key=lambda query: _lot(seed, query.text))[:each]


def _lot(seed: int, *words: str) -> int:
    """The same number for the same words, on every machine."""
    return int(hashlib.sha256(repr((seed, words)).encode()).hexdigest()[:12], 16)
