"""What `hangtag teach` makes of 200, 500 and all labels of attributes that no model of ours knows.

    python benchmarks/teach_curve.py --catalog styles.csv --labels attributes.parquet
        --split split.csv --images "60×80 px=images-60x80" --attribute "Heel Type" ...
        [--texts descriptions.parquet]

LABELS has the columns id, attribute and value, as a shop's staff typed them. Options are the values
that enough products of the split ``train`` have; labels are drawn from ``train``, and shown is what
the heads answer for products of ``validation``. Three draws each, but where all are taken; the mean
is shown. With ``--texts`` (columns id, brand, description) also what titles and descriptions make
of it: by the options' names alone, and by words that were taught. Prints Markdown.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from validation import arguments, described

from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.evaluation import read_ids
from hangtag.evaluation.metrics import (
    calibration_error,
    chance_error,
    macro_f1,
    reliability,
    wilson,
)
from hangtag.onnxfile import load_network, shipped
from hangtag.readings import Reading
from hangtag.tagging import tag
from hangtag.taxonomy import Attribute, default_taxonomy, load_taxonomy
from hangtag.teaching import LEAST, teach
from hangtag.teaching.seeing import features_in
from hangtag.texts import Texts
from hangtag.workspace import Workspace

SIZES = (50, 100, 200, 500)
DRAWS = 3


class Label(NamedTuple):
    """What somebody typed of one product."""

    product_id: str
    value: str


class Shown(NamedTuple):
    """One lesson, on products of validation: by photos, or by photos and texts."""

    n: int
    accuracy: float
    majority: float
    f1: float
    ece: float
    chance: float


class Outcome(NamedTuple):
    """One lesson: photos alone; with texts as they are; with words taught, too, if they were."""

    photo: Shown
    phrases: Shown
    words: Shown
    learned: bool
    seconds: float


def main() -> None:
    """Print a table, or two, a folder of photos."""
    parser = arguments(__doc__, texts=True)
    parser.add_argument("--attribute", action="append", required=True)
    asked = parser.parse_args()
    train, validation = (read_ids(asked.split, name) for name in ("train", "validation"))
    for pair in asked.images:
        name, _, folder = pair.partition("=")
        there = {path.stem for path in Path(folder).iterdir()}
        labels = labels_of(asked.labels, asked.attribute, there)
        found: list[tuple[str, int, list[Outcome], str]] = []
        with tempfile.TemporaryDirectory() as place:
            shop = workspace_of(asked.catalog, Path(folder), labels, asked.texts, Path(place))
            for attribute, told in labels.items():
                seen = [label for label in told if label.product_id in train]
                shown = [label for label in told if label.product_id in validation]
                found += curve(shop, attribute, seen, shown, Path(place))
        print(f"**{name}**\n")
        print(by_photos(found))
        if asked.texts:
            print(by_texts(found))


def by_photos(found: Sequence[tuple[str, int, list[Outcome], str]]) -> str:
    """What heads make of photos alone."""
    rows = []
    for title, size, outcomes, refused in found:
        if not outcomes:
            rows.append([title, str(size), f"refused: {refused}", *[""] * 5])
            continue
        one = mean([outcome.photo for outcome in outcomes])
        seconds = float(np.mean([outcome.seconds for outcome in outcomes]))
        rows.append([
            title, str(size), with_interval(one), f"{one.majority:.3f}", f"{one.f1:.3f}",
            f"{one.ece:.3f} ({one.chance:.3f})", str(one.n), f"{seconds:.1f}",
        ])  # fmt: skip
    header = ("attribute", "labels", "right on validation (95 %)", "majority", "macro-F1",
              "ECE (by chance)", "n", "seconds")  # fmt: skip
    return table(header, rows)


def by_texts(found: Sequence[tuple[str, int, list[Outcome], str]]) -> str:
    """What texts add."""
    rows = []
    for title, size, outcomes, _ in found:
        if not outcomes:
            continue
        photo = mean([outcome.photo for outcome in outcomes])
        phrases = mean([outcome.phrases for outcome in outcomes])
        before = [title, str(size), f"{photo.accuracy:.3f}", f"{phrases.accuracy:.3f}"]
        learned = sum(outcome.learned for outcome in outcomes)
        if not learned:
            rows.append([*before, "not taught", f"{photo.f1:.2f}, {phrases.f1:.2f}", ""])
            continue
        words = mean([outcome.words for outcome in outcomes])
        some = f", in {learned} of {len(outcomes)} draws" if learned < len(outcomes) else ""
        rows.append([
            *before, f"{with_interval(words)}{some}",
            f"{photo.f1:.2f}, {phrases.f1:.2f}, {words.f1:.2f}",
            f"{words.ece:.3f} ({words.chance:.3f})",
        ])  # fmt: skip
    header = ("attribute", "labels", "photo alone", "and names of options in texts",
              "and words taught (95 %)", "macro-F1, each", "ECE (by chance)")  # fmt: skip
    return table(header, rows)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join([*(f"| {' | '.join(cells)} |" for cells in lines), ""])


def mean(shown: Sequence[Shown]) -> Shown:
    """Of several draws."""
    figures = list(zip(*shown, strict=True))[1:]
    return Shown(shown[0].n, *(float(np.mean(column)) for column in figures))


def with_interval(shown: Shown) -> str:
    """Accuracy and Wilson's interval."""
    low, high = wilson(round(shown.accuracy * shown.n), shown.n)
    return f"{shown.accuracy:.3f} ({low:.3f}–{high:.3f})"


def labels_of(path: Path, wanted: Sequence[str], there: set[str]) -> dict[str, list[Label]]:
    """Attribute → labels of products that have a photo and one value."""
    rows = pq.read_table(path, columns=["id", "attribute", "value"]).to_pylist()
    said: dict[str, dict[str, set[str]]] = {name: defaultdict(set) for name in wanted}
    for row in rows:
        if row["attribute"] in said and str(row["id"]) in there:
            said[row["attribute"]][str(row["id"])].add(row["value"])
    return {
        name: [Label(i, *values) for i, values in sorted(told.items()) if len(values) == 1]
        for name, told in said.items()
    }


def workspace_of(
    catalog: Path, images: Path, labels: dict[str, list[Label]], texts: Path | None, place: Path
) -> Workspace:
    """A workspace with all labelled products, and their descriptions where there are ``texts``."""
    ids = {label.product_id for told in labels.values() for label in told}
    rows = pa.Table.from_batches(open_catalog(catalog).batches())
    chosen = rows.filter(pc.is_in(rows["product_id"], pa.array(sorted(ids))))
    if texts is not None:
        chosen = described(chosen, texts)
    pq.write_table(chosen, place / "chosen.parquet")
    workspace = Workspace(place / "shop")
    engine = open_engine("compact", default_taxonomy())
    tag(open_catalog(place / "chosen.parquet"), images, workspace, engine, text=False)
    return workspace


def taxonomy_file(place: Path, name: str, options: Sequence[str]) -> Path:
    """A taxonomy with one attribute more."""
    path = place / "own.yaml"
    attribute = {"tier": 2, "options": dict.fromkeys(options)}
    own = {"extends": "fashion", "name": "own", "version": "1", "attributes": {name: attribute}}
    path.write_text(yaml.safe_dump(own, sort_keys=False))
    return path


def curve(
    shop: Workspace, title: str, seen: list[Label], shown: list[Label], place: Path
) -> list[tuple[str, int, list[Outcome], str]]:
    """For each number of labels what came of each draw, or why it was refused."""
    name = title.lower().replace(" ", "_")
    counts = Counter(label.value for label in seen)
    options = [value for value, n in counts.most_common() if n >= LEAST]
    shown = [label for label in shown if label.value in options]
    attribute = load_taxonomy(taxonomy_file(place, name, options))[name]
    lines: list[tuple[str, int, list[Outcome], str]] = []
    usable = [label for label in seen if label.value in options]
    for size in [*(size for size in SIZES if size < len(usable)), len(usable)]:
        found: list[Outcome] = []
        refused = ""
        for draw in range(DRAWS if size < len(usable) else 1):
            chosen = np.random.default_rng(draw).permutation(len(usable))[:size]
            one = lesson(shop, attribute, [usable[i] for i in chosen], shown, place)
            if isinstance(one, str):
                refused = one
            else:
                found.append(one)
        lines.append((title, size, found, refused))
    return lines


def lesson(
    shop: Workspace, attribute: Attribute, seen: list[Label], shown: list[Label], place: Path
) -> Outcome | str:
    """Teach from some labels and look at others; or why it was refused."""
    file = taxonomy_file(place, attribute.name, attribute.names)
    labels = place / "labels.csv"
    lines = [f'{label.product_id},{attribute.name},"{label.value}"' for label in seen]
    labels.write_text("\n".join(["id,attribute,value", *lines]) + "\n")
    for left in ("taught.npz", "taught-words.npz"):
        (shop.path / left).unlink(missing_ok=True)
    taxonomy = load_taxonomy(file)
    done = teach(shop, labels, taxonomy=taxonomy, taxonomy_file=file)
    (told,) = done.lessons
    heads = shop.taught()
    if told.head is None or heads is None:
        return told.refused
    with shop.lock():
        images = Path((shop.last_run() or {})["images"])
        network = load_network(shipped("compact.onnx"))
        features = features_in(shop, network, [label.product_id for label in shown], images)
    kept = [label for label in shown if label.product_id in features]
    x = np.stack([features[label.product_id] for label in kept])
    likely = heads.heads[attribute.name].probabilities(x, attribute)
    photos = [reading(attribute, row) for row in likely.tolist()]
    truth = [label.value for label in kept]
    written = texts_of(shop, [label.product_id for label in kept])
    by_names, by_words = (
        blended(Texts.shipped(taxonomy, taught), photos, written)
        for taught in ({}, shop.taught_words())
    )
    return Outcome(
        photo=judged(photos, truth),
        phrases=judged(by_names, truth),
        words=judged(by_words, truth),
        learned=bool(done.words_taught),
        seconds=done.seconds_teaching,
    )


def reading(attribute: Attribute, likely: Sequence[float]) -> Reading:
    """The likeliest option."""
    known = dict(zip(attribute.names, likely, strict=True))
    best = max(known, key=known.__getitem__)
    return Reading(attribute.name, (best,), known[best], known)


def texts_of(shop: Workspace, ids: Sequence[str]) -> list[dict[str, str | None]]:
    """Title, description and brand of each."""
    columns = ["title", "description", "brand"]
    rows = shop.read("products", ["product_id", *columns]).to_pylist()
    told = {row["product_id"]: {name: row[name] for name in columns} for row in rows}
    return [told[i] for i in ids]


def blended(
    texts: Texts, photos: Sequence[Reading], written: Sequence[Mapping[str, str | None]]
) -> list[Reading]:
    """Photo and text together."""
    return [
        texts.blend({photo.attribute: photo}, told).readings[photo.attribute]
        for photo, told in zip(photos, written, strict=True)
    ]


def judged(readings: Sequence[Reading], truth: Sequence[str]) -> Shown:
    """How right they are."""
    said = [reading.value[0] for reading in readings]
    sure = np.array([reading.confidence for reading in readings])
    right = np.array([a == b for a, b in zip(said, truth, strict=True)])
    return Shown(
        n=len(truth),
        accuracy=float(right.mean()),
        majority=max(Counter(truth).values()) / len(truth),
        f1=macro_f1(truth, said),
        ece=calibration_error(reliability(sure, right)),
        chance=chance_error(sure),
    )


if __name__ == "__main__":
    main()
