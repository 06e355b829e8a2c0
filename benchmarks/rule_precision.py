"""How often a product that a rule speaks up about was really read wrong.

    python benchmarks/rule_precision.py --catalog DIR --images DIR/images

DIR holds styles.csv, split.csv, labels.parquet and descriptions.parquet. The compact engine reads
the photos of the split ``validation``, titles and descriptions count, and every rule of the
rulebook is on. Of the products that a rule flags and that have a label of what it contradicts,
those are counted whose value the label does not accept. Labels that were made from the category
say nothing here: the rules look at it too. Prints Markdown, most flags first.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from validation import described

from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.evaluation import read_ids, read_labels
from hangtag.evaluation.metrics import wilson
from hangtag.rules import Rules, default_rules
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace

FROM_CATEGORY = "category"


@dataclass
class Flags:
    """Of one rule: products flagged, those with a label, those of them that were read wrong."""

    flagged: int = 0
    labelled: int = 0
    wrong: int = 0


def main() -> None:
    """Tag, count and print."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    arguments.add_argument("--catalog", type=Path, required=True)
    arguments.add_argument("--images", type=Path, required=True)
    asked = arguments.parse_args()
    only = read_ids(asked.catalog / "split.csv", "validation")
    there = {path.stem for path in asked.images.iterdir()} & only
    rows = pa.Table.from_batches(open_catalog(asked.catalog / "styles.csv").batches())
    chosen = rows.filter(pc.is_in(rows["product_id"], pa.array(sorted(there))))
    rules = all_on(default_rules(default_taxonomy()))
    with tempfile.TemporaryDirectory() as place:
        pq.write_table(
            described(chosen, asked.catalog / "descriptions.parquet"),
            Path(place) / "chosen.parquet",
        )
        workspace = Workspace(Path(place) / "shop")
        engine = open_engine("compact", default_taxonomy())
        catalog = open_catalog(Path(place) / "chosen.parquet")
        tag(catalog, asked.images, workspace, engine, rules=rules)
        found = count(workspace, rules, asked.catalog / "labels.parquet")
        products = workspace.count("attributes")
    print(f"{products:,} validation products, {engine.name} {engine.version}\n")
    print("| rule | flagged | with a label | read wrong (95 %) | |")
    print("|---|---|---|---|---|")
    shipped = default_rules(default_taxonomy()).rulebook.consistency
    for code, flags in sorted(found.items(), key=lambda pair: -pair[1].flagged):
        low, high = wilson(flags.wrong, flags.labelled)
        share = f"{flags.wrong / max(1, flags.labelled):.2f} ({low:.2f}–{high:.2f})"
        print(
            f"| `{code}` | {flags.flagged:,} | {flags.labelled:,} "
            f"| {share if flags.labelled else '–'} | {'' if shipped[code].on else 'off'} |"
        )


def all_on(rules: Rules) -> Rules:
    """The same rules, those among them that ship switched off."""
    book = rules.rulebook
    checks = {code: rule.model_copy(update={"on": True}) for code, rule in book.consistency.items()}
    return Rules(rules.taxonomy, book.model_copy(update={"consistency": checks}))


def count(workspace: Workspace, rules: Rules, labels: Path) -> dict[str, Flags]:
    """Rule → its flags."""
    told = read_labels(labels, rules.taxonomy)
    told = told.filter(pc.not_equal(told["source"], FROM_CATEGORY))
    accepted: dict[tuple[str, str], set[str]] = {}
    denied: Counter[tuple[str, str, str]] = Counter()
    for row in told.to_pylist():
        key = (row["product_id"], row["attribute"])
        if row["present"]:
            accepted.setdefault(key, set()).update(row["accepted"])
        else:
            denied[(*key, row["value"])] += 1
    found = {code: Flags() for code in rules.rulebook.consistency}
    for row in workspace.read("attributes").to_pylist():
        for code in set(row["issues"] or ()) & found.keys():
            flags = found[code]
            flags.flagged += 1
            verdicts = [
                judged(row, name, options, accepted, denied)
                for name, options in rules.rulebook.consistency[code].expect.items()
            ]
            known = [verdict for verdict in verdicts if verdict is not None]
            flags.labelled += bool(known)
            flags.wrong += any(known)
    return found


def judged(
    row: dict[str, object],
    name: str,
    expected: list[str],
    accepted: dict[tuple[str, str], set[str]],
    denied: Counter[tuple[str, str, str]],
) -> bool | None:
    """Whether the value that a rule contradicts is wrong; None where no label says."""
    key = (str(row["product_id"]), name)
    value = row[name]
    if isinstance(value, list):
        # Something that should be there was not read: wrong where a label says that it is there.
        if accepted.get(key, set()) & set(expected):
            return True
        return False if any(denied[(*key, option)] for option in expected) else None
    if value is None or value in expected or key not in accepted:
        return None
    return value not in accepted[key]


if __name__ == "__main__":
    main()
