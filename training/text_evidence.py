"""Fit what titles and descriptions are worth as evidence.

    python -m training.text_evidence --catalog DIR --images DIR [--images DIR ...]
        --work DIR

Log-odds of cues are fitted on the training part of ``train``, from what the shop's staff typed;
what they and all other words (``training.text_words``) are worth beside the photo on what each
network of ``training.folds`` says of the products that it never saw, with the photos of each
folder, once with descriptions and once with titles alone. Writes ``models/texts.json``: log-odds
and counts for the taxonomy's own phrases, nothing of the shop's texts. Run it again after the
engine's model or the words have changed.

Labels that were made from descriptions say nothing of how right descriptions are. Where staff typed
"Printed" and the label says from the description which print, any print counts as right here.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.readings import Reading
from hangtag.sureness import Sureness
from hangtag.tagging import tag
from hangtag.taxonomy import Attribute, Taxonomy, default_taxonomy
from hangtag.texts import Evidence, TextReader
from hangtag.texts.bag import WordOdds
from hangtag.texts.odds import AttributeOdds, Cue, TextOdds, cues
from hangtag.texts.reading import PLACES, Written
from hangtag.texts.weighing import Pair, Weighing, phrase_weights, surenesses, word_weights
from hangtag.workspace import Workspace
from training.asking import asked_for
from training.folds import FOLDS, Fold
from training.labels import read_styles, split_ids

FILE = "texts.json"
PRINTED = ("floral print", "graphic print", "abstract print", "geometric pattern", "polka dots")
# Words such as "clean" and "classic" stand in every other description, and nobody has labelled
# which products they fit.
SILENT = ("style_keywords",)
# How many labelled products a kind of product must have for a share of its own.
STRATUM = 30
# How far log-odds lie from those of the wider group, as a standard deviation.
SPREAD = 0.7
POOLED_SPREAD = 2.0
# What is denied is hardly ever a label: taken for granted, where labels do not say otherwise.
DENIED = -3.0
# From how many products on a phrase has log-odds of its own.
ENOUGH = 12


@dataclass(frozen=True)
class Labelled:
    """One label: the product, the attribute, the options that count as right."""

    product: int
    attribute: str
    accepted: frozenset[str]


@dataclass(frozen=True)
class Case:
    """A cue of a labelled product; ``prior``: log-odds of its options in products of the kind."""

    cue: Cue
    prior: float
    right: bool


def metadata_of(catalog: Path) -> dict[int, dict[str, str]]:
    """What a run would know of each product, the shop's description included."""
    table = read_styles(catalog / "styles.csv")
    texts = pd.read_parquet(catalog / "descriptions.parquet").drop_duplicates("id").set_index("id")
    table = table.join(texts[["brand", "description"]])
    return {
        int(i): {
            str(name): value for name, value in row.items() if isinstance(value, str) and value
        }
        for i, row in zip(table.index.tolist(), table.to_dict("records"), strict=True)
    }


def staff_labels(catalog: Path, products: set[int]) -> list[Labelled]:
    """Single-choice labels of these products, as far as no text had a part in them."""
    labels = pd.read_parquet(catalog / "labels.parquet")
    typed = pd.read_parquet(catalog / "merchandiser_attributes.parquet")
    printed = set(typed[(typed.attribute == "Pattern") & (typed.value == "Printed")].id)
    single = {a.name for a in default_taxonomy().read if not a.multiple}
    found = []
    some = labels[labels.id.isin(products) & labels.attribute.isin(single)]
    columns = (some[name].tolist() for name in ("id", "attribute", "accepted", "source"))
    for product, attribute, told, source in zip(*columns, strict=True):
        accepted = frozenset(str(told).split("|"))
        if source == "description":
            if attribute != "pattern" or product not in printed:
                continue
            accepted = frozenset(PRINTED)
        found.append(Labelled(int(product), str(attribute), accepted))
    return found


def evidence_of(
    products: Iterable[int], metadata: Mapping[int, dict[str, str]], reader: TextReader
) -> dict[int, dict[str, list[Evidence]]]:
    """What the texts of each product say, by attribute."""
    found: dict[int, dict[str, list[Evidence]]] = {}
    for product in products:
        by_name: dict[str, list[Evidence]] = defaultdict(list)
        for evidence in reader.read(metadata.get(product, {})):
            by_name[evidence.attribute].append(evidence)
        found[product] = dict(by_name)
    return found


def cases_of(
    attribute: Attribute,
    labels: Sequence[Labelled],
    evidence: Mapping[int, dict[str, list[Evidence]]],
    metadata: Mapping[int, dict[str, str]],
    taxonomy: Taxonomy,
) -> list[Case]:
    """Every cue of labelled products that have such an attribute."""
    mine = [
        label
        for label in labels
        if label.attribute == attribute.name
        and attribute.applies_to(taxonomy.group(metadata[label.product]))
    ]
    strata: dict[str, list[frozenset[str]]] = defaultdict(list)
    for label in mine:
        strata[metadata[label.product].get("article_type", "")].append(label.accepted)
    everything = [label.accepted for label in mine]
    shares: dict[tuple[str, tuple[str, ...]], float] = {}

    def share(kind: str, options: tuple[str, ...]) -> float:
        key = (kind, options)
        if key not in shares:
            overall = np.mean([bool(accepted & set(options)) for accepted in everything])
            some = strata[kind]
            hits = sum(bool(accepted & set(options)) for accepted in some)
            worth = STRATUM / 3
            shares[key] = float((hits + worth * overall) / (len(some) + worth))
        return min(max(shares[key], 1e-3), 1 - 1e-3)

    found = []
    for label in mine:
        told = evidence[label.product].get(attribute.name, [])
        kind = metadata[label.product].get("article_type", "")
        for cue in cues(attribute, told):
            p = share(kind, cue.evidence.options)
            right = bool(label.accepted & set(cue.evidence.options))
            found.append(Case(cue, math.log(p / (1 - p)), right))
    return found


def fitted(cases: Sequence[Case], towards: float, spread: float = SPREAD) -> float:
    """Log-odds that make these cases likeliest, beside their priors; a normal prior on them.

    Logistic regression with an offset and a single constant, by Newton's method.
    """
    prior = np.array([case.prior for case in cases])
    right = np.array([case.right for case in cases], float)
    odds = towards
    for _ in range(30):
        p = 1 / (1 + np.exp(-(prior + odds)))
        slope = float((right - p).sum()) - (odds - towards) / spread**2
        bend = float((p * (1 - p)).sum()) + 1 / spread**2
        step = slope / bend
        odds += max(-1.0, min(1.0, step))
        if abs(step) < 1e-6:
            break
    return odds


def by(cases: Iterable[Case], key: Any) -> dict[Any, list[Case]]:
    """Cases by what ``key`` makes of them, in the order of the keys."""
    groups: dict[Any, list[Case]] = defaultdict(list)
    for case in cases:
        groups[key(case)].append(case)
    return dict(sorted(groups.items()))


def numbers(cases: Sequence[Case], odds: float) -> list[float]:
    """Log-odds, how many products they are from, how many of them the words were right for."""
    return [round(odds, 3), len(cases), sum(case.right for case in cases)]


def odds_of(cases: Sequence[Case], pooled: Mapping[str, float]) -> dict[str, Any]:
    """The log-odds of one attribute: each level drawn towards the one above it."""
    odds: dict[str, Any] = {}
    options: dict[str, Any] = defaultdict(dict)
    phrases: dict[str, Any] = defaultdict(lambda: defaultdict(dict))
    for where, all_of_it in by(cases, lambda c: c.cue.where).items():
        overall = fitted(all_of_it, pooled.get(where, 0.0))
        odds[where] = numbers(all_of_it, overall)
        for option, some in by(all_of_it, lambda c: c.cue.options).items():
            of_option = fitted(some, overall)
            options[option][where] = numbers(some, of_option)
            for phrase, few in by(some, lambda c: c.cue.evidence.phrase).items():
                if ENOUGH <= len(few) < len(some):
                    phrases[option][phrase][where] = numbers(few, fitted(few, of_option))
    return {"odds": odds, "options": options, "phrases": phrases}


class Seen(NamedTuple):
    """(product, attribute) → reading, and product → pixels a side at which its photo was read."""

    readings: Mapping[tuple[int, str], Reading]
    sides: Mapping[int, int]


def photo_readings(
    catalog: Path, images: Path, products: set[int], place: Path, network: Path | None = None
) -> Seen:
    """What the engine, with a network or the one that ships, sees in photos of these products.

    The folder ``place`` keeps it, so that a second time only what has changed is read.
    """
    there = {int(path.stem) for path in images.iterdir() if path.stem.isdigit()} & products
    rows = pa.Table.from_batches(open_catalog(catalog / "styles.csv").batches())
    ids = pa.array(sorted(map(str, there)), pa.string())
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows.filter(pc.is_in(rows["product_id"], ids)), place / "products.parquet")
    workspace = Workspace(place / "shop")
    engine = open_engine("compact", default_taxonomy(), model=network)
    tag(open_catalog(place / "products.parquet"), images, workspace, engine, text=False)
    readings = {
        (int(row["product_id"]), row["attribute"]): Reading(
            row["attribute"], tuple(row["value"]), row["confidence"], dict(row["probabilities"])
        )
        for row in workspace.read("readings").to_pylist()
    }
    done = workspace.read("ledger", ["product_id", "photo_side"]).to_pylist()
    return Seen(readings, {int(row["product_id"]): row["photo_side"] for row in done})


def pairs_of(
    weighing: Weighing,
    labels: Iterable[Labelled],
    seen: Sequence[Mapping[tuple[int, str], Reading]],
    written: Mapping[int, Sequence[Written]],
    reader: TextReader,
) -> Iterator[Pair]:
    """Each photo of each labelled product with what is written of it."""
    name = weighing.attribute.name
    for label in labels:
        texts = written[label.product]
        evidence = [e for text in texts for e in reader.evidence(text) if e.attribute == name]
        for readings in seen:
            photo = readings.get((label.product, name))
            if photo is not None:
                yield weighing.pair(photo, label.accepted, texts, evidence)


def bare(attribute: Attribute, told: Mapping[str, Any]) -> AttributeOdds:
    """The log-odds of one attribute as the package reads them, without weights."""
    data = {"attributes": {attribute.name: {"weight": {}, **told}},
            "pooled": {"weight": {}, "odds": {}}, "silent": []}  # fmt: skip
    return TextOdds.from_json(data).attributes[attribute.name]


def seen_apart(asked: argparse.Namespace, fold: Fold) -> list[Seen]:
    """What a network sees of the products that it never saw, in the photos of each folder."""
    products = set(map(int, split_ids(asked.catalog, fold)["calibration"]))
    work = fold.work(asked.work)
    return [
        photo_readings(
            asked.catalog, folder, products, work / f"texts-{n}", fold.network(asked.work)
        )
        for n, folder in enumerate(asked.images)
    ]


@dataclass(frozen=True)
class PhraseOdds:
    """Log-odds of cues: by attribute, and ``pooled`` over all of them."""

    attributes: Mapping[str, dict[str, Any]]
    pooled: Mapping[str, float]


def phrase_odds(
    labels: Sequence[Labelled],
    metadata: Mapping[int, dict[str, str]],
    taxonomy: Taxonomy,
    reader: TextReader,
) -> PhraseOdds:
    """Fit them to labels."""
    single = [a for a in taxonomy.read if not a.multiple]
    evidence = evidence_of({label.product for label in labels}, metadata, reader)
    cases = {a.name: cases_of(a, labels, evidence, metadata, taxonomy) for a in single}
    # Every attribute counts alike in what is true of all of them: no more cases than the median.
    limit = int(np.median([len(some) for some in cases.values()]))
    rng = np.random.default_rng(0)
    everything = [
        some[i]
        for some in cases.values()
        for i in (rng.permutation(len(some))[:limit] if some else ())
    ]
    pooled = {
        where: fitted(some, 0.0, POOLED_SPREAD)
        for where, some in by(everything, lambda c: c.cue.where).items()
    } | {f"{place} denied": DENIED for place in PLACES}
    return PhraseOdds({a.name: odds_of(cases[a.name], pooled) for a in single}, pooled)


@dataclass
class Pairs:
    """Photos with what is written of them: all of it, and their ``titles`` alone."""

    whole: list[Pair] = field(default_factory=list)
    titles: list[Pair] = field(default_factory=list)


def written_down(
    taxonomy: Taxonomy,
    odds: PhraseOdds,
    weights: Mapping[str, Mapping[str, float]],
    sure: Mapping[str, Sureness],
) -> dict[str, Any]:
    """As ``hangtag.texts.odds`` reads it."""
    mean = {
        name: round(float(np.mean([weight[name] for weight in weights.values()])), 3)
        for name in (*PLACES, "photo")
    }
    return {
        "fitted_on": "the training split of the catalog, by what its staff typed",
        "taxonomy": f"{taxonomy.name} {taxonomy.version}",
        "numbers": "log-odds, products, products for which the words were right",
        "silent": list(SILENT),
        "pooled": {"weight": mean,
                   "odds": {where: round(value, 3) for where, value in odds.pooled.items()}},
        "attributes": {
            name: {"weight": weights[name], "sure": sure[name].to_json(), **one}
            for name, one in odds.attributes.items()
        },
    }  # fmt: skip


def main() -> None:
    """Fit, write and print."""
    asked = asked_for(__doc__)
    taxonomy = default_taxonomy()
    metadata = metadata_of(asked.catalog)
    reader = TextReader.of(taxonomy)
    odds: dict[str, PhraseOdds] = {}
    pairs = {a.name: Pairs() for a in taxonomy.read if not a.multiple}
    for fold in FOLDS.values():
        parts = {n: set(map(int, ids)) for n, ids in split_ids(asked.catalog, fold).items()}
        train, held = (staff_labels(asked.catalog, parts[n]) for n in ("train", "calibration"))
        odds[fold.name] = phrase_odds(train, metadata, taxonomy, reader)
        words = WordOdds.load(fold.models(asked.work) / "words.npz")
        seen = [one.readings for one in seen_apart(asked, fold)]
        written = {label.product: reader.texts(metadata[label.product]) for label in held}
        titles = {i: [t for t in texts if t.place == "title"] for i, texts in written.items()}
        for name, some in pairs.items():
            told = bare(taxonomy[name], odds[fold.name].attributes[name])
            weighing = Weighing(taxonomy[name], told, words)
            mine = [
                label
                for label in held
                if label.attribute == name
                and taxonomy[name].applies_to(taxonomy.group(metadata[label.product]))
            ]
            some.whole.extend(pairs_of(weighing, mine, seen, written, reader))
            some.titles.extend(pairs_of(weighing, mine, seen, titles, reader))
    weights = {}
    for name, some in pairs.items():
        phrases = phrase_weights(some.whole)
        weights[name] = phrases | word_weights(some.whole + some.titles, phrases)
        print(f"{name:16} weights {weights[name]} from {len(some.whole):,} photos")
    sure = surenesses({name: some.whole + some.titles for name, some in pairs.items()}, weights)
    for name, one in sure.items():
        print(f"{name:16} {one}")
    for fold in FOLDS.values():
        out = fold.models(asked.work) / FILE
        data = written_down(taxonomy, odds[fold.name], weights, sure)
        text = json.dumps(data, separators=(",", ":"), sort_keys=True)
        out.write_text(text + "\n", encoding="utf-8")
        print(f"{fold.name} {FILE}: {out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
