"""The verb ``taxonomy``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hangtag.cli.options import FILE, common

if TYPE_CHECKING:
    from hangtag.taxonomy import Attribute, Taxonomy

__all__ = ["taxonomy"]

_TIERS = {1: "always read", 2: "read where clearly visible", 3: "derived by rules"}


@click.command(short_help="Show what is read, or check a taxonomy of yours.")
@click.argument("file", type=FILE, required=False)
@common
def taxonomy(file: Path | None, as_json: bool, quiet: bool) -> None:  # noqa: ARG001 - says little
    """Show what is read: attributes and their options.

    With FILE, a taxonomy of your own in YAML, checks it and names the line of every fault.
    """
    from hangtag.taxonomy import default_taxonomy, load_taxonomy

    found = load_taxonomy(file) if file else default_taxonomy()
    if as_json:
        click.echo(json.dumps(_document(found), indent=1))
        return
    click.echo(f"{found.name} {found.version}: {len(found.attributes)} attributes")
    for tier, says in _TIERS.items():
        attributes = [a for a in found if a.tier == tier]
        if attributes:
            click.echo(f"\nTier {tier}, {says}")
            _print(attributes)


def _print(attributes: list[Attribute]) -> None:
    from hangtag.cli.tables import print_table

    print_table(
        (a.name, _how_many(a), ", ".join(a.names), _for_whom(a) or "every product")
        for a in attributes
    )


def _how_many(attribute: Attribute) -> str:
    if not attribute.multiple:
        return "one of"
    return f"up to {attribute.at_most} of" if attribute.at_most else "any of"


def _for_whom(attribute: Attribute) -> str:
    if attribute.only_for:
        return f"only {', '.join(sorted(attribute.only_for))}"
    return f"not {', '.join(sorted(attribute.not_for))}" if attribute.not_for else ""


def _document(found: Taxonomy) -> dict[str, Any]:
    return {
        "name": found.name,
        "version": found.version,
        "attributes": [
            {
                "name": a.name,
                "title": a.title,
                "tier": a.tier,
                "multiple": a.multiple,
                "at_most": a.at_most,
                "fallback": a.fallback,
                "only_for": sorted(a.only_for),
                "not_for": sorted(a.not_for),
                "options": {o.name: list(o.synonyms) for o in a.options},
            }
            for a in found
        ],
    }
