"""The command line: one file a verb, each thin: parse, call, print.

A verb imports what it calls when it is called, so that ``hangtag --help`` answers at once.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """What the command ``hangtag`` runs."""
    # Inside, because processes that decode photos import the script of the command once more.
    from hangtag.cli.entry import run

    sys.exit(run(sys.argv[1:]))
