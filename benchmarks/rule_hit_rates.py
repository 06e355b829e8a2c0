"""How often the consistency rules hold where people have said the answer.

    python benchmarks/rule_hit_rates.py --catalog DIR            # the figures
    python benchmarks/rule_hit_rates.py --catalog DIR --check    # are those in the rulebook true?
    python benchmarks/rule_hit_rates.py --markdown               # the table of docs/rules.md

DIR holds styles.csv, split.csv, labels.parquet and merchandiser_attributes.parquet. Only
products of the training split are looked at, and no photo: this measures the rules, not an engine.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from hangtag.rules import default_rules, says_nothing
from hangtag.rules.conditions import compiled
from hangtag.rules.rulebook import Consistency
from hangtag.taxonomy import Attribute, default_taxonomy

COLUMNS = {
    "gender": "gender", "masterCategory": "master_category", "subCategory": "sub_category",
    "articleType": "article_type", "baseColour": "base_colour", "season": "season", "year": "year",
    "usage": "usage",
}  # fmt: skip
LABELS, CONSTRUCTED = "labels", "by construction"
# Labels with this source were made from the category, not said by anyone.
FROM_CATEGORY = "category"


@dataclass
class Product:
    """What is known of one product, and what people said of it.

    ``said``: evidence → attribute → the options that count as right; ``first``: those meant most.
    Of multiple-choice attributes ``denied`` holds the options that were said to be absent.
    """

    metadata: Mapping[str, str]
    said: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(dict))
    first: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(dict))
    denied: set[str] = field(default_factory=set)


def main() -> int:
    """Print the figures, or check them."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    arguments.add_argument("--catalog", type=Path)
    arguments.add_argument(
        "--check", action="store_true", help="exit 1 where the rulebook is wrong"
    )
    arguments.add_argument(
        "--markdown", action="store_true", help="the rulebook's table for the docs"
    )
    chosen = arguments.parse_args()
    rules = default_rules(default_taxonomy()).rulebook.consistency
    if chosen.markdown:
        print("\n".join(table(rules)))
        return 0
    if chosen.catalog is None:
        arguments.error("--catalog DIR is needed to measure")
    products = read_products(chosen.catalog)
    wrong = 0
    print(f"{'rule':28} {'evidence':16} {'matched':>8} {'said':>6} {'held':>6}  95 % interval")
    for code, rule in rules.items():
        for written in rule.measured:
            matched, said, held = measure(rule, written.evidence, products)
            rate = held / said if said else 0.0
            low, high = wilson(held, said)
            true = written.n == said and abs(written.hit_rate - rate) < 0.0006
            wrong += not true
            print(
                f"{code:28} {written.evidence:16} {matched:8} {said:6} {rate:6.3f}"
                f"  {low:.3f}–{high:.3f}"
                + ("" if rule.on else "  off")
                + ("" if true else f"  the rulebook says {written.hit_rate} of {written.n}")
            )
    if chosen.check and wrong:
        print(f"{wrong} figures in the rulebook are not what the catalog gives.", file=sys.stderr)
        return 1
    return 0


def read_products(catalog: Path) -> list[Product]:
    """Every product of the training split."""
    with (catalog / "split.csv").open(encoding="utf-8", newline="") as file:
        training = {row["id"] for row in csv.DictReader(file) if row["split"] == "train"}
    with (catalog / "styles.csv").open(encoding="utf-8", newline="") as file:
        # A surplus comma belongs to the name, the last column, which no rule looks at.
        products = {
            row["id"]: Product({ours: row[theirs] or "" for theirs, ours in COLUMNS.items()})
            for row in csv.DictReader(file)
            if row["id"] in training
        }
    taxonomy = default_taxonomy()
    for row in pq.read_table(catalog / "labels.parquet").to_pylist():
        product = products.get(str(row["id"]))
        if product is None:
            continue
        evidences = [CONSTRUCTED] if row["source"] == FROM_CATEGORY else [CONSTRUCTED, LABELS]
        options = {o for o in (row["accepted"] or row["value"] or "").split("|") if o}
        if row["present"] is False:
            product.denied |= options
            options = set()
        for evidence in evidences:
            product.said[evidence].setdefault(row["attribute"], set()).update(options)
            meant = {row["value"]} & options
            product.first[evidence].setdefault(row["attribute"], set()).update(meant)
    for row in pq.read_table(catalog / "merchandiser_attributes.parquet").to_pylist():
        product = products.get(str(row["id"]))
        if product is None or not row["value"]:
            continue
        for attribute in taxonomy.read:
            option = attribute.option_for(row["value"])
            if option is not None:
                product.said[row["attribute"]].setdefault(attribute.name, set()).add(option)
    return list(products.values())


def measure(rule: Consistency, evidence: str, products: list[Product]) -> tuple[int, int, int]:
    """How many products the rule speaks of, of how many the answer was said, and where it held."""
    taxonomy, when = default_taxonomy(), compiled(rule.when)
    matched = said = held = 0
    for product in products:
        group = taxonomy.group(product.metadata)
        answers, first = product.said.get(evidence, {}), product.first.get(evidence, {})
        if not all(when.known(product.metadata, group)):
            continue
        if not all(options & first.get(name, set()) for name, options in when.answers):
            continue
        matched += 1
        for holds in _held(rule, product, answers, group):
            said += 1
            held += holds
    return matched, said, held


def _held(
    rule: Consistency, product: Product, answers: Mapping[str, set[str]], group: str | None
) -> Iterator[bool]:
    taxonomy = default_taxonomy()
    for name, options in rule.expect.items():
        attribute: Attribute = taxonomy[name]
        found = answers.get(name, set())
        if not attribute.applies_to(group):
            continue
        if attribute.multiple:
            if found & {*options} or {*options} <= product.denied:
                yield bool(found & {*options})
        elif found:
            yield bool(found & {*options}) or all(map(says_nothing, found))


def wilson(held: int, said: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927)."""
    if not said:
        return 0.0, 1.0
    rate, square = held / said, z * z
    middle = (rate + square / (2 * said)) / (1 + square / said)
    half = z / (1 + square / said) * math.sqrt(rate * (1 - rate) / said + square / (4 * said**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def table(rules: Mapping[str, Consistency]) -> Iterator[str]:
    """The rulebook's consistency rules as a Markdown table."""
    yield "| rule | when | expected | held | of | 95 % interval | evidence | |"
    yield "|---|---|---|---|---|---|---|---|"
    for code, rule in rules.items():
        for number, measured in enumerate(rule.measured):
            low, high = wilson(round(measured.hit_rate * measured.n), measured.n)
            first = number == 0
            yield "| " + " | ".join([
                f"`{code}`" if first else "",
                _names(rule.when) if first else "",
                _names(rule.expect) if first else "",
                f"{measured.hit_rate:.3f}",
                f"{measured.n:,}",
                f"{low:.3f}–{high:.3f}",
                measured.evidence,
                "" if rule.on or not first else "off",
            ]) + " |"  # fmt: skip


def _names(names: Mapping[str, list[str]]) -> str:
    return "; ".join(f"{key}: {', '.join(options)}" for key, options in names.items())


if __name__ == "__main__":
    raise SystemExit(main())
