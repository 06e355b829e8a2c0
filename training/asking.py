"""What the steps behind the network are told on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path


def asked_of_model(description: str | None, model: Path) -> argparse.Namespace:
    """``catalog``, ``work`` and ``model``, by default ``model``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--catalog", type=Path, required=True, help="the folder that training/README.md describes"
    )
    parser.add_argument("--work", type=Path, required=True, help="where decoded photos are kept")
    parser.add_argument("--model", type=Path, default=model)
    return parser.parse_args()


def asked_for(description: str | None) -> argparse.Namespace:
    """``catalog``, ``images`` (one folder or several) and ``work``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--catalog", type=Path, required=True, help="the folder that training/README.md describes"
    )
    parser.add_argument(
        "--images", type=Path, action="append", required=True,
        help="a folder of photos, unpacked; once for each size",
    )  # fmt: skip
    parser.add_argument(
        "--work", type=Path, required=True, help="where what was read of photos is kept"
    )
    return parser.parse_args()
