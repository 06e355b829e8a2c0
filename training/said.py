"""Titles and descriptions as labels, where nobody typed one and the text leaves little doubt.

Of products that staff did label, what such texts say is right in 93 to 98 % of cases.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from hangtag.taxonomy import default_taxonomy
from hangtag.texts import TextReader
from hangtag.texts.odds import shipped_odds
from training.labels import Part
from training.text_evidence import metadata_of

# From which log-odds on, and how much such a label counts beside one that somebody typed.
LEAST, WORTH = 2.5, 0.7


def with_said(part: Part, catalog: Path) -> Part:
    """The part with what texts say of products that have no label, attribute by attribute."""
    taxonomy, odds = default_taxonomy(), shipped_odds()
    reader, metadata = TextReader.of(taxonomy), metadata_of(catalog)
    single = [a for a in taxonomy.read if not a.multiple]
    heads = {
        name: replace(t, accepted=t.accepted.copy(), weight=t.weight.copy())
        for name, t in part.heads.items()
    }
    added = dict.fromkeys((a.name for a in single), 0)
    for row, product in enumerate(part.ids.tolist()):
        known = metadata[product]
        evidence = reader.read(known)
        for attribute in single:
            targets = heads[attribute.name]
            if targets.weight[row, 0] or not attribute.applies_to(taxonomy.group(known)):
                continue
            mine = [one for one in evidence if one.attribute == attribute.name]
            shifts = odds.shifts(attribute, mine)
            option = max(shifts, key=lambda name: shifts[name], default=None)
            if option is not None and shifts[option] >= LEAST:
                targets.accepted[row, targets.options.index(option)] = 1
                targets.weight[row] = WORTH
                added[attribute.name] += 1
    print("labels from texts:", added, flush=True)
    return Part(np.asarray(part.ids), heads)
