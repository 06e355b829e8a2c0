"""What words are worth on texts of brands that they were not fitted to.

    python -m training.text_transfer --catalog DIR --images DIR [--images DIR ...] --work DIR

Brands are dealt into four groups. Words are fitted four times, each time without one group, and
blended with the photos of ``validation`` products of that group, with the weights that ship. Prints
Markdown: how often photo and phrases are right, with words that know the brand, and with words that
do not; with descriptions, and with titles alone. Nothing is fitted to ``validation``.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from hangtag.readings import Reading
from hangtag.taxonomy import default_taxonomy
from hangtag.texts import Texts
from hangtag.texts.bag import WordOdds, no_words
from training.asking import asked_for
from training.labels import split_ids
from training.text_evidence import Labelled, metadata_of, photo_readings
from training.text_words import GAINING, asked_labels, fitted

GROUPS = 4


def group_of(metadata: Mapping[str, str]) -> int:
    """The group that a product's brand was dealt into; the same on every machine."""
    return zlib.crc32(metadata.get("brand", "").casefold().encode()) % GROUPS


def words_without(
    left_out: int, labels: Sequence[Labelled], metadata: Mapping[int, dict[str, str]]
) -> WordOdds:
    """Words fitted to all labels but those of one group of brands."""
    some = [label for label in labels if group_of(metadata[label.product]) != left_out]
    return fitted(some, metadata)


def hits(
    readers: Sequence[Texts],
    labels: Sequence[Labelled],
    seen: Mapping[tuple[int, str], Reading],
    metadata: Mapping[int, dict[str, str]],
) -> dict[str, list[bool]]:
    """Attribute → whether the blend was right, product by product, each by its group's reader."""
    right: dict[str, list[bool]] = defaultdict(list)
    for label in labels:
        reading = seen.get((label.product, label.attribute))
        if reading is not None:
            told = metadata[label.product]
            blend = readers[group_of(told)].blend({label.attribute: reading}, told)
            right[label.attribute].append(
                blend.readings[label.attribute].value[0] in label.accepted
            )
    return right


def main() -> None:
    """Fit five times and print."""
    asked = asked_for(__doc__)
    taxonomy = default_taxonomy()
    metadata = metadata_of(asked.catalog)
    parts = {name: set(map(int, ids)) for name, ids in split_ids(asked.catalog).items()}
    known = asked_labels(asked.catalog, parts["train"], metadata, taxonomy)
    shown = asked_labels(asked.catalog, parts["validation"], metadata, taxonomy)
    shipped = Texts.shipped(taxonomy)
    readers = [
        [replace(shipped, words=no_words())] * GROUPS,
        [replace(shipped, words=fitted(known, metadata))] * GROUPS,
        [replace(shipped, words=words_without(k, known, metadata)) for k in range(GROUPS)],
    ]
    titles = {
        product: {name: value for name, value in told.items() if name != "description"}
        for product, told in metadata.items()
    }
    print("| photos | texts | attribute | n | phrases | and words | and words of other brands |")
    print("|---|---|---|---|---|---|---|")
    for number, folder in enumerate(asked.images):
        place = asked.work / f"transfer-{number}"
        seen = photo_readings(asked.catalog, folder, parts["validation"], place).readings
        for name, told in (("titles and descriptions", metadata), ("titles", titles)):
            found = [hits(some, shown, seen, told) for some in readers]
            for attribute in GAINING:
                rates = " | ".join(f"{np.mean(right[attribute]):.3f}" for right in found)
                n = len(found[0][attribute])
                print(f"| {folder} | {name} | {attribute} | {n:,} | {rates} |", flush=True)


if __name__ == "__main__":
    main()
