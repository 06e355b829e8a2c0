"""Write the parts of the docs that code knows better: the commands, the options, the columns.

    python docs/generate.py            # write them anew
    python docs/generate.py --check    # exit code 1 when one of them is stale

A generated part stands between ``<!-- begin: NAME -->`` and ``<!-- end: NAME -->``; what is around
it is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pyarrow as pa

from hangtag.cli.app import app
from hangtag.readings import (
    CATALOG,
    CORRECTIONS,
    FAILURES,
    LEDGER,
    METADATA,
    READINGS,
    SAMPLES,
    attributes_schema,
)
from hangtag.taxonomy import Attribute, Taxonomy, default_taxonomy

DOCS = Path(__file__).parent

# Table → column → what it is. A column that is missing here fails the check.
MEANING = {
    "products": {
        "product_id": "the catalog's id",
        "photo": "where the catalog says that the photo lies; null where it says nothing",
        "title": "metadata, as text; so are all the others",
    },
    "readings": {
        "product_id": "whose",
        "attribute": "what was read",
        "value": "one option, or those that hold of a multiple-choice attribute",
        "confidence": "the probability of the value; of several, that of the least sure decision",
        "probabilities": "every option; calibrated, unless `run.json` says otherwise",
        "engine": "what looked at the photo",
        "engine_version": "changes when the same photo could get another answer",
        "taxonomy_version": "which options there were to choose from",
        "image_sha256": "of the photo's bytes",
        "read_at": "when",
    },
    "attributes": {
        "product_id": "whose",
        "sources": "attribute → who speaks for its value: photo, text, both or person",
        "description": "one line from what is sure and what the catalog knows",
        "issues": "reason codes of the rules that spoke; see rules.md",
        "needs_review": "whether a person should look",
    },
    "corrections": {
        "correction_id": "save_id and attribute; no two rows have the same",
        "save_id": "the key of what was saved together, chosen by who sent it",
        "product_id": "whose",
        "attribute": "what was spoken of",
        "kind": "confirmed, corrected, or reverted: taken back",
        "value": "the options that hold, says the person; null in a row that takes one back",
        "before": "what attributes said until then; null where it said nothing",
        "before_source": "who spoke for that: photo, text, both or person",
        "read": "what the engine had answered",
        "read_confidence": "and how sure it was",
        "engine": "which engine that was",
        "engine_version": "and in which version",
        "taxonomy_version": "which options there were to choose from",
        "person": "who said it",
        "said_at": "when",
        "queue": "how the product came to the person; see review.md",
        "note": "a remark, may be empty",
        "reverts": "the correction_id that is taken back by this row",
    },
    "samples": {
        "sample": "the sample's name",
        "product_id": "whose",
        "stratum": "the part of the catalog that it was drawn from",
        "stratum_products": "how many products that part had",
        "stratum_drawn": "how many of them were drawn",
        "stratum_read": "attribute → how many of them had a reading of it",
        "stratum_shown": "attribute → how many of them had a value of it in attributes",
        "probability": "with which this product was drawn: stratum_drawn of stratum_products",
        "position": "its place in a random order, in which the sample is reviewed",
        "seed": "with which the sample was drawn",
        "engine": "which engine had read the catalog",
        "engine_version": "and in which version",
        "drawn_at": "when",
    },
    "failures": {
        "product_id": "whose",
        "stage": "where it stopped: photo or engine",
        "reason": "a code; see below",
        "message": "a sentence",
        "failed_at": "when",
    },
    "ledger": {
        "product_id": "whose",
        "image_sha256": "of the photo that was read; null where there was none",
        "fingerprint": "what read it: engine, version and calibration, or the decoder that failed",
        "attribute_keys": "which definitions its readings answer",
        "metadata_sha256": "what its row in attributes was derived from",
        "category_seen": "the kind of product that the engine saw, where it was sure",
        "photo_side": "at how many pixels a side the photo was read",
        "outcome": "tagged or failed",
        "reason": "why it failed",
    },
}


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say what is stale")
    check = parser.parse_args().check
    stale = []
    for page, parts in pages().items():
        path = DOCS / page
        before = path.read_text(encoding="utf-8")
        after = before
        for name, text in parts.items():
            after = replaced(after, name, text, page)
        if _words(after) != _words(before):
            stale.append(page)
            if not check:
                path.write_text(after, encoding="utf-8")
    for page in stale:
        print(f"docs/{page} is stale: python docs/generate.py" if check else f"docs/{page} written")
    return 1 if check and stale else 0


def pages() -> dict[str, dict[str, str]]:
    """Page → the generated parts of it, by name."""
    taxonomy = default_taxonomy()
    return {
        "cli.md": {"commands": "\n".join(commands())},
        "taxonomy.md": {"options": "\n".join(options(taxonomy)), "groups": groups(taxonomy)},
        "tables.md": {
            name: columns(name, schema, taxonomy)
            for name, schema in (
                ("products", CATALOG),
                ("readings", READINGS),
                ("attributes", attributes_schema(taxonomy)),
                ("failures", FAILURES),
                ("corrections", CORRECTIONS),
                ("samples", SAMPLES),
                ("ledger", LEDGER),
            )
        },
    }


def replaced(page: str, name: str, text: str, where: str) -> str:
    """The page with another generated part."""
    part = re.compile(rf"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    if not part.search(page):
        sys.exit(f"docs/{where} has no part named {name}.")
    return part.sub(lambda found: f"{found[1]}{text}\n{found[2]}", page)


def commands() -> Iterator[str]:
    """``--help`` of every verb."""
    # As wide as a terminal of 80 columns would show it, wherever this runs.
    context = click.Context(app, info_name="hangtag", terminal_width=80, **app.context_settings)
    yield _help(context)
    for name in app.list_commands(context):
        yield f"\n## hangtag {name}\n"
        yield _help(click.Context(app.commands[name], parent=context, info_name=name))


def _help(context: click.Context) -> str:
    return f"```\n$ {context.command_path} --help\n{context.get_help()}\n```"


def options(taxonomy: Taxonomy) -> Iterator[str]:
    """A section an attribute with a table of its options."""
    for attribute in taxonomy:
        yield f"\n### {attribute.name}\n"
        yield f"{_kind(attribute)}\n"
        yield "| option | is | others say |\n|---|---|---|"
        for option in attribute.options:
            yield f"| {option.name} | {option.definition} | {', '.join(option.synonyms)} |"


def _kind(attribute: Attribute) -> str:
    asked = f"“{attribute.question}” " if attribute.question else ""
    if not attribute.multiple:
        many = "One option."
    elif attribute.at_most:
        many = f"Up to {attribute.at_most} options."
    else:
        many = "Any number of options."
    whom = ""
    if attribute.only_for:
        whom = f" Only for {', '.join(sorted(attribute.only_for))}."
    elif attribute.not_for:
        whom = f" Not for {', '.join(sorted(attribute.not_for))}."
    fallback = f" Where it cannot be told: *{attribute.fallback}*." if attribute.fallback else ""
    return f"Tier {attribute.tier}. {asked}{many}{whom}{fallback}"


def groups(taxonomy: Taxonomy) -> str:
    """Which categories of a catalog make up a group."""
    lines = ["| group | categories |", "|---|---|"]
    for group, columns_of in taxonomy.groups.items():
        named = "; ".join(f"{c}: {', '.join(sorted(n))}" for c, n in columns_of.items())
        lines.append(f"| {group} | {named} |")
    return "\n".join(lines)


def columns(table: str, schema: pa.Schema, taxonomy: Taxonomy) -> str:
    """The columns of a table, their types, and what they are."""
    lines = ["| column | type | is |", "|---|---|---|"]
    for field in schema:
        meaning = MEANING[table].get(field.name) or _of_attribute(field.name, taxonomy)
        if meaning is None and field.name not in METADATA:
            sys.exit(f"Say in docs/generate.py what {field.name} of the table {table} is.")
        lines.append(f"| {field.name} | {_type(field.type)} | {meaning or ''} |")
    return "\n".join(lines)


def _of_attribute(column: str, taxonomy: Taxonomy) -> str | None:
    for attribute in taxonomy:
        if column == attribute.name:
            if attribute.multiple:
                return "the options that hold; null where it was not asked"
            return "the option; null where it was not asked, or is not sure enough"
        if column == f"{attribute.name}_confidence":
            return f"of the reading, also where {attribute.name} was withheld"
    return None


def _type(kind: pa.DataType) -> str:
    if pa.types.is_map(kind):
        return f"map of {_type(kind.key_type)} to {_type(kind.item_type)}"
    if pa.types.is_list(kind):
        return f"list of {_type(kind.value_type)}"
    return "timestamp (UTC, microseconds)" if pa.types.is_timestamp(kind) else str(kind)


def _words(text: str) -> list[str]:
    # Where lines break is left to whoever formats help texts.
    return text.split()


if __name__ == "__main__":
    sys.exit(main())
