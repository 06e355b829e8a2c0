"""What is said of a product, as tokens: its title, its description, and words for its labels.

A text is drawn anew each time a product comes up, so that the text tower learns from all three.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from training.labels import read_styles

TAXONOMY = Path(__file__).parents[1] / "src/hangtag/taxonomies/fashion.yaml"
# Tokens a text; a title has 8 on average, and what comes later in a description says little.
LENGTH = 24
VOCABULARY = 6000
# How often a title, a description, words for the labels are drawn.
CHANCES = (0.6, 0.15, 0.25)


def new_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """A WordPiece tokenizer (Schuster & Nakajima, 2012), lower case, no accents, fitted to texts.

    Token 0 is padding, and 1 stands for what has no letter or digit in it.
    """
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    words = Regex(r"[\p{L}\p{N}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(words, behavior="removed", invert=True)
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCABULARY,
        min_frequency=2,
        special_tokens=["[PAD]", "[UNK]"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.enable_truncation(LENGTH)
    return tokenizer


def padded(tokenizer: Tokenizer, texts: Sequence[str]) -> np.ndarray:
    """Texts → int64 [n, LENGTH], padded with 0."""
    tokens = np.zeros((len(texts), LENGTH), np.int64)
    for row, found in enumerate(tokenizer.encode_batch(list(texts))):
        tokens[row, : len(found.ids)] = found.ids
    return tokens


class Texts:
    """Texts of the products ``ids``, [n]; ``title_of`` [n] numbers their titles."""

    def __init__(self, catalog: Path, ids: np.ndarray):
        styles = read_styles(catalog / "styles.csv").reindex(ids)
        self.titles: list[str] = styles.title.fillna("").tolist()
        self.descriptions = _descriptions(catalog, ids)
        self._facts = _facts(catalog, ids, styles)
        self.title_of = np.unique(self.titles, return_inverse=True)[1]

    def phrases(self) -> list[str]:
        """Every way to say every fact, once."""
        return sorted({way for facts in self._facts for fact in facts for way in fact})

    def drawn(self, rows: np.ndarray, rng: np.random.Generator) -> list[str]:
        """One text of each of these products."""
        return [self._one(int(row), rng) for row in rows]

    def _one(self, row: int, rng: np.random.Generator) -> str:
        kind = rng.choice(3, p=CHANCES)
        if kind == 1 and self.descriptions[row]:
            return self.descriptions[row]
        if kind == 2:
            facts = self._facts[row]
            kept = [fact[rng.integers(len(fact))] for fact in facts if rng.random() < 0.6]
            if kept:
                return " ".join(rng.permutation(np.array(kept, dtype=object)))
        return self.titles[row]


def _descriptions(catalog: Path, ids: np.ndarray) -> list[str]:
    table = pd.read_parquet(catalog / "descriptions.parquet").drop_duplicates("id").set_index("id")
    plain = table.description.fillna("").map(
        lambda html: " ".join(re.sub(r"<[^>]+>|&[a-z]+;", " ", html).split())[:400]
    )
    found: list[str] = plain.reindex(ids).fillna("").tolist()
    return found


def _facts(catalog: Path, ids: np.ndarray, styles: pd.DataFrame) -> list[list[list[str]]]:
    """For each product what is known of it, and for each fact the ways to say it."""
    ways: dict[tuple[str, str], list[str]] = {}
    for name, attribute in yaml.safe_load(TAXONOMY.read_text())["attributes"].items():
        for option, about in attribute["options"].items():
            synonyms = about.get("synonyms", []) if isinstance(about, dict) else []
            ways[name, option] = [option, *map(str, synonyms)]
    facts: list[list[list[str]]] = [[] for _ in ids]
    for column in ("gender", "base_colour", "article_type", "usage"):
        for row, value in enumerate(styles[column].fillna("").tolist()):
            if value and value != "NA":
                facts[row].append([value])
    labels = pd.read_parquet(catalog / "labels.parquet")
    labels = labels[labels.id.isin(ids) & labels.value.notna() & (labels.present != False)]  # noqa: E712
    silent = {"unknown", "no clear pattern", "not applicable", "other", "cannot determine"}
    for product, name, value in zip(labels.id, labels.attribute, labels.value, strict=True):
        if value not in silent and (name, value) in ways:
            facts[int(np.searchsorted(ids, product))].append(ways[name, value])
    return facts
