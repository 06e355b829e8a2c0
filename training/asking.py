"""What the steps are told on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.folds import FOLDS, SHIPPED, Fold


def parser_of(description: str | None) -> argparse.ArgumentParser:
    """With ``catalog`` and ``work``, which every step is told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--catalog", type=Path, required=True, help="the folder that training/README.md describes"
    )
    parser.add_argument(
        "--work", type=Path, required=True, help="where photos, checkpoints and readings are kept"
    )
    return parser


def with_fold(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """And the network that a step is about; see ``fold_of``."""
    parser.add_argument("--fold", choices=FOLDS, default=SHIPPED.name, help="which network")
    return parser


def fold_of(asked: argparse.Namespace) -> Fold:
    """The network that was asked for."""
    return FOLDS[asked.fold]


def asked_of_network(description: str | None) -> argparse.Namespace:
    """``catalog``, ``work``, ``fold``, and ``model``, by default where export writes it."""
    parser = with_fold(parser_of(description))
    parser.add_argument("--model", type=Path, help="[default: where export writes it]")
    asked = parser.parse_args()
    asked.fold = fold_of(asked)
    asked.model = asked.model or asked.fold.network(asked.work)
    return asked


def asked_for(description: str | None) -> argparse.Namespace:
    """``catalog``, ``work`` and ``images`` (one folder or several)."""
    parser = parser_of(description)
    parser.add_argument(
        "--images", type=Path, action="append", required=True,
        help="a folder of photos, unpacked; once for each size",
    )  # fmt: skip
    return parser.parse_args()
