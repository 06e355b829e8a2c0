"""Judge the shipped engine's readings on labels: from which confidence on they stand.

    python -m training.track_record --catalog DIR --images DIR [--images DIR ...] --work DIR

On what each network of ``training.folds`` says of the products that it never saw, from photos of
each folder, for the photo alone and for photo and text together; style words on products that were
judged by eye, by fits that had not seen them. Writes ``models/compact.record.json``. Run it after
``training.calibrate`` and ``training.text_evidence``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from hangtag.engines.registry import open_engine
from hangtag.evaluation.blended import FROM_TEXTS
from hangtag.readings import Reading
from hangtag.sureness import fit_sureness
from hangtag.taxonomy import Taxonomy, default_taxonomy
from hangtag.texts import Texts
from hangtag.texts.bag import WordOdds
from hangtag.texts.odds import TextOdds
from hangtag.track_record import BySource, Judged, TrackRecord
from training.asking import asked_for
from training.folds import FOLDS, MODELS
from training.judged import STYLE, said_apart
from training.text_evidence import metadata_of, seen_apart

OUT = MODELS / "compact.record.json"

Pairs = Mapping[str, list[tuple[float, bool]]]


# How many products of all sizes count beside those of one, in what its confidences promise.
STRENGTH = 100


def judged(pairs: Pairs, among: Pairs | None = None) -> dict[str, Judged]:
    """Attribute → confidence and rightness of readings, surest first.

    With ``among``, the same of photos of all sizes, what the confidences of these promise is fitted
    to both.
    """
    found = {}
    for name, some in sorted(pairs.items()):
        confidence, right = arrays(some)
        promised = None
        if among is not None:
            usual = fit_sureness(*arrays(among[name]))
            own = fit_sureness(confidence, right, towards=usual, strength=STRENGTH)
            promised = own.told(confidence)
        found[name] = Judged.of(confidence, right, promised=promised)
    return found


def arrays(pairs: Sequence[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    """Confidences and whether they were right."""
    confidence, right = zip(*pairs, strict=True)
    return np.array(confidence), np.array(right, bool)


class Told:
    """Confidence and rightness of readings by attribute: of all photos, and by pixels a side."""

    def __init__(self) -> None:
        self.all: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        self.by_side: dict[int, dict[str, list[tuple[float, bool]]]] = {}

    def add(self, side: int, name: str, pair: tuple[float, bool]) -> None:
        """One more reading."""
        self.all[name].append(pair)
        self.by_side.setdefault(side, defaultdict(list))[name].append(pair)


def texts_of(taxonomy: Taxonomy, models: Path) -> Texts:
    """What reads texts, with the odds and words that are beside a network."""
    odds = TextOdds.from_json(json.loads((models / "texts.json").read_text("utf-8")))
    return Texts(taxonomy, odds, WordOdds.load(models / "words.npz"))


def main() -> None:
    """Judge, write and print."""
    asked = asked_for(__doc__)
    taxonomy = default_taxonomy()
    single = {a.name: a for a in taxonomy.read if not a.multiple}
    metadata = metadata_of(asked.catalog)
    rows = pd.read_parquet(asked.catalog / "labels.parquet")
    rows = rows[rows.id.isin(metadata) & rows.attribute.isin(list(single))]
    labels: dict[int, list[tuple[str, frozenset[str], str]]] = defaultdict(list)
    columns = (rows[name].tolist() for name in ("id", "attribute", "accepted", "source"))
    for product, name, accepted, source in zip(*columns, strict=True):
        if single[name].applies_to(taxonomy.group(metadata[product])):
            labels[product].append((name, frozenset(accepted.split("|")), source))
    photo, both = Told(), Told()
    for found, texts in (
        (found, texts_of(taxonomy, fold.models(asked.work)))
        for fold in FOLDS.values()
        for found in seen_apart(asked, fold)
    ):
        seen: dict[int, dict[str, Reading]] = defaultdict(dict)
        for (product, name), reading in found.readings.items():
            seen[product][name] = reading
        for product, readings in seen.items():
            side = found.sides[product]
            blend = texts.blend(readings, metadata[product])
            for name, right, source in labels[product]:
                reading, other = readings[name], blend.readings[name]
                photo.add(side, name, (reading.confidence, reading.value[0] in right))
                if source not in FROM_TEXTS:
                    both.add(side, name, (other.confidence, other.value[0] in right))
    # Words that fit are never taken from texts: both say the same.
    for side, confidence, fits in said_apart(asked.work, STYLE):
        for told in (photo, both):
            told.add(side, STYLE, (confidence, fits))
    engine = open_engine("compact", taxonomy)
    record = TrackRecord(
        engine=engine.name,
        engine_version=engine.version,
        fitted_on="products of the train part that a network never saw, by title",
        photo=judged(photo.all),
        both=judged(both.all),
        by_side={
            side: BySource(
                judged(photo.by_side[side], photo.all), judged(both.by_side[side], both.all)
            )
            for side in sorted(photo.by_side)
        },
    )
    OUT.write_text(json.dumps(record.to_json(), separators=(",", ":")) + "\n", encoding="utf-8")
    alone, together = (
        {
            "any": record.least(taxonomy.read, 0.95, text=text),
            **record.least_by_side(taxonomy.read, 0.95, text=text),
        }
        for text in (False, True)
    )
    for size, lines in alone.items():
        for name, line in lines.items():
            beside = together[size][name]
            print(f"{size} px {name:12} for .95 the photo {line:.3f}, with text {beside:.3f}")


if __name__ == "__main__":
    main()
