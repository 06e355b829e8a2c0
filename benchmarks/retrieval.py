"""From text to photo: how often a product's title finds its photo among thousands.

    python benchmarks/retrieval.py --catalog styles.csv --split split.csv
        --images "224 px=images-224" --images "60×80 px=images-60x80"
        --embedder compact --embedder transformers=Marqo/marqo-fashionSigLIP

The gallery is every product of the split that has a photo in the folder. Its vectors are of the
photos alone: no title, no metadata. The queries are its titles, each once. Products often share a
title; a query counts as answered by the first of them that is found, since no reader of the title
could tell them apart.

Beside the embedders stand two that look at no vector: BM25 of the title in descriptions that
hangtag wrote without seeing any title (what it read in the photo, with the catalog's gender,
colour, kind and usage: more than the photo alone), and chance.

Ties count against whoever makes them: a product is found behind all wrong ones of the same score.
"""

from __future__ import annotations

import argparse
import math
import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from validation import products_with_photos, tagged

from hangtag.embedders.base import Embedder
from hangtag.embedders.registry import open_embedder
from hangtag.photo_pool import PhotoPool, PhotoRequest

Scores = NDArray[np.float32]


def main() -> None:
    """Print a table a folder of photos."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--of", default="validation", help="which split")
    parser.add_argument("--images", action="append", required=True, metavar="NAME=FOLDER")
    parser.add_argument("--embedder", action="append", metavar="NAME[=MODEL]")
    asked = parser.parse_args()
    embedders = dict(_opened(told) for told in asked.embedder or ["compact"])
    for pair in asked.images:
        name, _, folder = pair.partition("=")
        products = products_with_photos(asked.catalog, Path(folder), asked.split, asked.of)
        print(table(name, products, Path(folder), embedders))


def _opened(told: str) -> tuple[str, Embedder]:
    name, _, model = told.partition("=")
    return told, open_embedder(name, **({"model": model} if model else {}))


def table(name: str, products: pa.Table, images: Path, embedders: dict[str, Embedder]) -> str:
    """The figures of one gallery, as Markdown."""
    ids, titles = products["product_id"].to_pylist(), products["title"].to_pylist()
    queries = sorted({title for title in titles if title})
    answers = answers_of(queries, titles)
    shared = sum(len(places) > 1 for places in answers)
    lines = [
        f"**{name}**: {len(ids):,} photos, {len(queries):,} titles, {shared:,} of them shared by "
        "several products",
        "",
        "| | R@1 | R@10 | MRR | photos/s | ms a title |",
        "|---|---|---|---|---|---|",
    ]
    for told, embedder in embedders.items():
        start = time.perf_counter()
        photos = np.concatenate(list(photo_vectors(ids, images, embedder)))
        middle = time.perf_counter()
        texts = embedder.embed_texts(queries)
        end = time.perf_counter()
        speed = f"{len(ids) / (middle - start):,.0f} | {1000 * (end - middle) / len(queries):.2f}"
        version = f"{told} {embedder.version}"
        lines.append(row(version, ranks(texts @ photos.T, answers), speed))
    with tempfile.TemporaryDirectory() as place:
        documents = descriptions(products, images, Path(place))
    found = ranks(bm25(documents, queries), answers)
    lines.append(row("BM25, titles in descriptions that saw none", found, "– | –"))
    lines.append(row("chance", ranks(noise(len(queries), len(ids)), answers), "– | –"))
    return "\n".join([*lines, ""])


def row(name: str, found: NDArray[np.int64], speed: str) -> str:
    """One line of the table."""
    first, ten = (found == 1).mean(), (found <= 10).mean()
    return f"| {name} | {first:.3f} | {ten:.3f} | {(1 / found).mean():.3f} | {speed} |"


def answers_of(queries: Sequence[str], titles: Sequence[str | None]) -> list[list[int]]:
    """Of each query, the places of the products of that title."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, title in enumerate(titles):
        if title:
            places[title].append(place)
    return [places[query] for query in queries]


def ranks(scores: Scores, answers: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """The place, from 1 on, of the first answer to each query; ``scores`` [queries, products]."""
    found = np.empty(len(answers), np.int64)
    for place, right in enumerate(answers):
        line = scores[place]
        no_worse = line >= line[right].max()
        no_worse[right] = False
        found[place] = 1 + int(no_worse.sum())
    return found


def photo_vectors(
    ids: Sequence[str], images: Path, embedder: Embedder
) -> Iterator[NDArray[np.float32]]:
    """Batches of vectors, in the order of the ids; every photo must be readable."""
    batch: list[NDArray[np.uint8]] = []
    with PhotoPool(images, embedder.sides) as pool:
        for photo in pool.read(PhotoRequest(one, None) for one in ids):
            if photo.pixels is None:
                raise SystemExit(f"The photo of {photo.product_id} cannot be read: {photo.error}")
            if batch and (
                len(batch) == embedder.batch_size or batch[0].shape != photo.pixels.shape
            ):
                yield embedder.embed_photos(np.stack(batch))
                batch = []
            batch.append(photo.pixels)
    if batch:
        yield embedder.embed_photos(np.stack(batch))


def descriptions(products: pa.Table, images: Path, place: Path) -> list[str]:
    """What hangtag says of each product when the catalog tells no title."""
    untitled = products.drop_columns(
        [name for name in ("title", "description", "brand") if name in products.column_names]
    )
    rows = tagged(untitled, images, place).read("attributes", ["product_id", "description"])
    said = dict(zip(rows["product_id"].to_pylist(), rows["description"].to_pylist(), strict=True))
    return [said.get(one) or "" for one in products["product_id"].to_pylist()]


def bm25(
    documents: Sequence[str], queries: Sequence[str], k: float = 1.2, b: float = 0.75
) -> Scores:
    """Scores [queries, documents] (Robertson, Zaragoza, 2009), plurals and case aside."""
    words = [Counter(_words(text)) for text in documents]
    lengths = np.array([sum(counts.values()) for counts in words], float)
    postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for place, counts in enumerate(words):
        for word, n in counts.items():
            postings[word].append((place, n))
    norm = k * (1 - b + b * lengths / max(1.0, lengths.mean()))
    scores = np.zeros((len(queries), len(documents)), np.float32)
    for line, query in enumerate(queries):
        for word in set(_words(query)):
            there = postings.get(word, [])
            if there:
                rarity = math.log(1 + (len(documents) - len(there) + 0.5) / (len(there) + 0.5))
                places, counts = np.array(there).T
                scores[line, places] += rarity * counts * (k + 1) / (counts + norm[places])
    return scores


def _words(text: str) -> list[str]:
    return [word.rstrip("s") or word for word in re.findall(r"\w+", text.lower().replace("-", ""))]


def noise(queries: int, products: int) -> Scores:
    """Scores that know nothing."""
    return np.random.default_rng(0).random((queries, products), dtype=np.float32)


if __name__ == "__main__":
    main()
