"""The shop's labels and texts as training targets.

Every head gets a target and a weight for each product and option; weight 0 means "nobody said".
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from training.folds import SHIPPED, Fold

COLUMNS = (
    "id",
    "gender",
    "master_category",
    "sub_category",
    "article_type",
    "base_colour",
    "season",
    "year",
    "usage",
    "title",
)

# A style word counts as said when the shop's description says it so.
STYLE_WORDS = {
    "athletic": r"\bathlet|\btraining\b|\brunning\b|\bgym\b|\bworkout",
    "sporty": r"\bsporty\b|\bsports?\b",
    "vintage": r"\bvintage\b|\bretro\b|\bold.school\b|\bdistressed\b",
    "modern": r"\bmodern\b|\bcontemporary\b|\btrendy\b",
    "minimalist": r"\bminimal|\bunderstated\b|\bsimple\b|\bclean lines\b",
    "bohemian": r"\bboho\b|\bbohemian\b|\bethnic\b|\bfolk\b",
    "streetwear": r"\bstreet|\burban\b|\bfunky\b|\bskate|\bgraffiti\b",
    "professional": r"\boffice\b|\bformal\b|\bprofessional\b|\bcorporate\b|\bworkwear\b",
    "elegant": r"\belegan|\bchic\b|\bsophisticat|\bclassy\b|\bgraceful\b",
}
LOGO_WORDS = r"\blogo|\bbrand|\bemblem|\bcrest\b"
# A text that does not mention a thing is weak evidence that the thing is absent.
SILENCE = 0.3
# The auxiliary heads teach the backbone what kind of product it sees; only `category` ships.
AUXILIARY = {
    "category": ("sub_category", 50),
    "article_type": ("article_type", 60),
    "gender": ("gender", 60),
    "base_colour": ("base_colour", 60),
}


@dataclass(frozen=True)
class Targets:
    """One head: ``multiple`` says whether options exclude each other.

    ``accepted`` and ``weight`` are float32 [products, options]; in a single-choice head a product
    without label has weight 0 throughout, and several options may be accepted.
    """

    options: tuple[str, ...]
    multiple: bool
    accepted: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class Part:
    """The products of one part of the catalog, in the order of every array."""

    ids: np.ndarray
    heads: dict[str, Targets]


def read_styles(path: Path) -> pd.DataFrame:
    """The catalog's lines; a surplus comma belongs to the title, the last column."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        table = pd.DataFrame([[*row[:9], ",".join(row[9:])] for row in rows], columns=list(COLUMNS))
    return table.astype({"id": np.int64}).drop_duplicates("id").set_index("id")


def split_ids(catalog: Path, fold: Fold = SHIPPED) -> dict[str, np.ndarray]:
    """Product ids of ``train``, ``calibration`` (taken out of train by title), ``validation``."""
    split = pd.read_csv(catalog / "split.csv")
    titles = read_styles(catalog / "styles.csv").title.reindex(split.id).fillna("")
    share = np.array([int(hashlib.sha256(t.encode()).hexdigest()[:8], 16) / 2**32 for t in titles])
    train = (split.split == "train").to_numpy()
    low, high = fold.held_out
    held_out = (share >= low) & (share < high)
    ids = split.id.to_numpy()
    return {
        "train": ids[train & ~held_out],
        "calibration": ids[train & held_out],
        "validation": ids[~train],
    }


def build_part(
    catalog: Path,
    ids: np.ndarray,
    vocabulary: Mapping[str, Sequence[str]],
    auxiliary: Mapping[str, Sequence[str]],
) -> Part:
    """Targets of ``vocabulary`` (attribute → options) and of the auxiliary heads."""
    ids = np.sort(ids)
    labels = pd.read_parquet(catalog / "labels.parquet")
    labels = labels[labels.id.isin(ids)]
    heads = {
        name: _single_choice(labels[labels.attribute == name], ids, tuple(options))
        for name, options in vocabulary.items()
        if name not in ("details", "style_keywords")
    }
    texts = _texts(catalog, ids)
    heads["details"] = _details(
        labels[labels.attribute == "details"], ids, tuple(vocabulary["details"]), texts
    )
    heads["style_keywords"] = _style(tuple(vocabulary["style_keywords"]), texts)
    styles = read_styles(catalog / "styles.csv").reindex(ids)
    for name, options in auxiliary.items():
        column = AUXILIARY[name][0]
        heads[name] = _category(styles[column].to_numpy(), tuple(options))
    return Part(ids, heads)


def auxiliary_options(catalog: Path, ids: np.ndarray) -> dict[str, list[str]]:
    """The values of each auxiliary head that enough products have, most frequent first."""
    styles = read_styles(catalog / "styles.csv").reindex(ids)
    found = {}
    for name, (column, enough) in AUXILIARY.items():
        counts = styles[column].value_counts()
        found[name] = [
            str(value) for value in counts.index[counts >= enough] if value and value != "NA"
        ]
    return found


def _single_choice(labels: pd.DataFrame, ids: np.ndarray, options: tuple[str, ...]) -> Targets:
    accepted = np.zeros((len(ids), len(options)), np.float32)
    column = {option: i for i, option in enumerate(options)}
    for row, values in zip(np.searchsorted(ids, labels.id), labels.accepted, strict=True):
        for value in values.split("|"):
            accepted[row, column[value]] = 1
    weight = np.repeat(accepted.max(1, keepdims=True), len(options), 1)
    return Targets(options, False, accepted, weight)


def _details(
    labels: pd.DataFrame, ids: np.ndarray, options: tuple[str, ...], texts: pd.Series
) -> Targets:
    accepted = np.zeros((len(ids), len(options)), np.float32)
    weight = np.zeros_like(accepted)
    column = {option: i for i, option in enumerate(options)}
    for row, option, present in zip(
        np.searchsorted(ids, labels.id), labels.value, labels.present, strict=True
    ):
        accepted[row, column[option]] = float(present)
        weight[row, column[option]] = 1
    # Nobody wrote down that there is no logo; a description that names no brand mark hints at it.
    logo = column["has logo"]
    silent = (
        (texts.str.len() > 60).to_numpy()
        & ~texts.str.contains(LOGO_WORDS).to_numpy()
        & (weight[:, logo] == 0)
    )
    weight[silent, logo] = SILENCE
    return Targets(options, True, accepted, weight)


def _style(options: tuple[str, ...], texts: pd.Series) -> Targets:
    said = np.stack([texts.str.contains(STYLE_WORDS[option]).to_numpy() for option in options], 1)
    spoken = (texts.str.len() > 60).to_numpy()[:, None]
    accepted = said.astype(np.float32)
    weight = np.where(said, 1.0, np.where(spoken, SILENCE, 0.0)).astype(np.float32)
    return Targets(options, True, accepted, weight)


def _category(values: np.ndarray, options: tuple[str, ...]) -> Targets:
    accepted = (values[:, None] == np.array(options, dtype=object)[None]).astype(np.float32)
    weight = np.repeat(accepted.max(1, keepdims=True), len(options), 1)
    return Targets(options, False, accepted, weight)


def _texts(catalog: Path, ids: np.ndarray) -> pd.Series:
    table = pd.read_parquet(catalog / "descriptions.parquet").drop_duplicates("id").set_index("id")
    plain = table.description.fillna("").map(lambda html: re.sub(r"<[^>]+>|&[a-z]+;", " ", html))
    return plain.str.lower().reindex(ids).fillna("")
