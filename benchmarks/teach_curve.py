"""What `hangtag teach` makes of 200, 500 and all labels of attributes that no model of ours knows.

    python benchmarks/teach_curve.py --catalog styles.csv --labels attributes.parquet
        --split split.csv --images "60×80 px=images-60x80" --attribute "Heel Type" ...

LABELS has the columns id, attribute and value, as a shop's staff typed them. Options are the values
that enough products of the split ``train`` have; labels are drawn from ``train``, and shown is what
the heads answer for products of ``validation``. Three draws each, but where all are taken; the mean
is shown. Prints Markdown.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from validation import arguments

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
from hangtag.tagging import tag
from hangtag.taxonomy import Attribute, default_taxonomy, load_taxonomy
from hangtag.teaching import LEAST, teach
from hangtag.teaching.embedding import features_in
from hangtag.workspace import Workspace

SIZES = (50, 100, 200, 500)
DRAWS = 3


class Label(NamedTuple):
    """What somebody typed of one product."""

    product_id: str
    value: str


class Shown(NamedTuple):
    """One lesson, on products of validation."""

    n: int
    accuracy: float
    majority: float
    f1: float
    ece: float
    chance: float
    seconds: float


def main() -> None:
    """Print a table a folder of photos."""
    parser = arguments(__doc__)
    parser.add_argument("--attribute", action="append", required=True)
    asked = parser.parse_args()
    train, validation = (read_ids(asked.split, name) for name in ("train", "validation"))
    for pair in asked.images:
        name, _, folder = pair.partition("=")
        there = {path.stem for path in Path(folder).iterdir()}
        labels = labels_of(asked.labels, asked.attribute, there)
        print(f"**{name}**\n")
        print(
            "| attribute | labels | right on validation (95 %) | majority | macro-F1 "
            "| ECE (by chance) | n | seconds |"
        )
        print("|---|---|---|---|---|---|---|---|")
        with tempfile.TemporaryDirectory() as place:
            shop = workspace_of(asked.catalog, Path(folder), labels, Path(place))
            for attribute, told in labels.items():
                seen = [label for label in told if label.product_id in train]
                shown = [label for label in told if label.product_id in validation]
                for line in curve(shop, attribute, seen, shown, Path(place)):
                    print(line, flush=True)
        print()


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
    catalog: Path, images: Path, labels: dict[str, list[Label]], place: Path
) -> Workspace:
    """A workspace with all labelled products."""
    ids = {label.product_id for told in labels.values() for label in told}
    rows = pa.Table.from_batches(open_catalog(catalog).batches())
    chosen = rows.filter(pc.is_in(rows["product_id"], pa.array(sorted(ids))))
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
) -> list[str]:
    """A row for each number of labels."""
    name = title.lower().replace(" ", "_")
    counts = Counter(label.value for label in seen)
    options = [value for value, n in counts.most_common() if n >= LEAST]
    shown = [label for label in shown if label.value in options]
    attribute = load_taxonomy(taxonomy_file(place, name, options))[name]
    lines = []
    usable = [label for label in seen if label.value in options]
    for size in [*(size for size in SIZES if size < len(usable)), len(usable)]:
        found, refused = [], ""
        for draw in range(DRAWS if size < len(usable) else 1):
            chosen = np.random.default_rng(draw).permutation(len(usable))[:size]
            one = lesson(shop, attribute, [usable[i] for i in chosen], shown, place)
            if isinstance(one, str):
                refused = one
            else:
                found.append(one)
        if not found:
            lines.append(f"| {title} | {size} | refused: {refused} | | | | | |")
            continue
        n = found[0].n
        mean = [float(np.mean([getattr(one, field) for one in found])) for field in Shown._fields]
        low, high = wilson(round(mean[1] * n), n)
        told = f"| {title} | {size} | {mean[1]:.3f} ({low:.3f}–{high:.3f}) "
        told += f"| {mean[2]:.3f} | {mean[3]:.3f} | {mean[4]:.3f} ({mean[5]:.3f}) "
        lines.append(told + f"| {n} | {mean[6]:.1f} |")
    return lines


def lesson(
    shop: Workspace, attribute: Attribute, seen: list[Label], shown: list[Label], place: Path
) -> Shown | str:
    """Teach from some labels and look at others; or why it was refused."""
    file = taxonomy_file(place, attribute.name, attribute.names)
    labels = place / "labels.csv"
    lines = [f'{label.product_id},{attribute.name},"{label.value}"' for label in seen]
    labels.write_text("\n".join(["id,attribute,value", *lines]) + "\n")
    shop.taught_file.unlink(missing_ok=True)
    done = teach(shop, labels, taxonomy=load_taxonomy(file), taxonomy_file=file)
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
    said = [attribute.names[best] for best in likely.argmax(axis=1)]
    truth = [label.value for label in kept]
    right = np.array([a == b for a, b in zip(said, truth, strict=True)])
    sure = likely.max(axis=1)
    return Shown(
        n=len(kept),
        accuracy=float(right.mean()),
        majority=max(Counter(truth).values()) / len(truth),
        f1=macro_f1(truth, said),
        ece=calibration_error(reliability(sure, right)),
        chance=chance_error(sure),
        seconds=done.seconds_teaching,
    )


if __name__ == "__main__":
    main()
