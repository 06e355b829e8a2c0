"""Where reading and label differ, which one does the photo show? Judged by eye, blind.

    python benchmarks/label_noise.py [--workspace shop/ --labels labels.parquet]

``label_judgements.csv`` has every validation product of the catalog that the model card tells of on
which the compact model 1.1.0 and the label of ``pattern`` differed at 224 px (``differed``), and as
many on which they agreed (``agreed``). Whoever judged saw the photo at that size and two answers in
an order drawn by lot, not whose they were: the label, and the other one, which is the reading
where they differed and the likeliest wrong option where they agreed. ``unclear``: too fine to see.

With a workspace and labels, tells how many of its differences were judged.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from itertools import product
from pathlib import Path

from hangtag.evaluation import read_labels
from hangtag.evaluation.metrics import wilson
from hangtag.workspace import Workspace

JUDGED = Path(__file__).with_name("label_judgements.csv")
VERDICTS = ("label", "other", "both", "neither", "unclear")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--labels", type=Path)
    asked = parser.parse_args()
    with JUDGED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    print("| attribute | reading and label | n | " + " | ".join(VERDICTS) + " |")
    print("|---" * (len(VERDICTS) + 3) + "|")
    kinds = product(("pattern", "formality"), ("differed", "agreed"))
    for kind in kinds:
        told = Counter(row["fits"] for row in rows if (row["attribute"], row["reading"]) == kind)
        cells = [with_interval(told[name], told.total()) for name in VERDICTS]
        print(f"| {' | '.join(kind)} | {told.total()} | " + " | ".join(cells) + " |")
    if asked.workspace and asked.labels:
        found = differences(asked.workspace, asked.labels)
        judged = {(row["id"], row["attribute"]) for row in rows if row["reading"] == "differed"}
        print(f"\n{len(found & judged)} of {len(found)} differences here were judged")


def with_interval(some: int, n: int) -> str:
    """A count and the 95 % interval of its share."""
    low, high = wilson(some, n)
    return f"{some} ({low:.0%}–{high:.0%})"


def differences(workspace: Path, labels: Path) -> set[tuple[str, str]]:
    """Product and attribute wherever a workspace says of the two what the label does not."""
    shop = Workspace(workspace)
    rows = shop.read("readings", ["product_id", "attribute", "value"]).to_pylist()
    read = {(row["product_id"], row["attribute"]): row["value"][0] for row in rows if row["value"]}
    truth = {
        (row["product_id"], row["attribute"]): row["accepted"]
        for row in read_labels(labels, shop.taxonomy()).to_pylist()
        if row["attribute"] in {"pattern", "formality"}
    }
    return {one for one in read.keys() & truth.keys() if read[one] not in truth[one]}


if __name__ == "__main__":
    main()
