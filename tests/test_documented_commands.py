"""What the documents tell people to type is what the command takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hangtag.cli.app import app

DOCS = Path(__file__).parents[1] / "docs"
FOLDERS = ("images", "shop", "smol", "small")
FILES = ("styles.csv", "labels.csv", "labels.parquet", "readouts.yaml", "calibration.json")


def commands() -> Iterator[tuple[str, str]]:
    """Lines of code blocks that begin with ``hangtag``, whole; those with an ellipsis are none."""
    for name in ("engines.md", "served.md", "vlm.md"):
        text = (DOCS / name).read_text("utf-8").replace("\\\n", " ")
        for block in re.findall(r"^```(?:console)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                told = line.removeprefix("$ ")
                if told.startswith("hangtag ") and "…" not in told:
                    yield name, told


@pytest.mark.parametrize(("document", "command"), sorted(set(commands())))
def test_a_documented_command_is_understood(
    document: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verb, options and values, where the files that it names are there."""
    assert document
    monkeypatch.chdir(tmp_path)
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    for name in FILES:
        (tmp_path / name).write_text("id\n")
    _, verb, *rest = shlex.split(command)
    found = app.commands[verb]
    context = found.make_context(verb, rest)
    assert isinstance(context, click.Context)


def test_there_are_commands_to_try() -> None:
    """Or the documents are written in another way than this looks for."""
    assert len(set(commands())) > 10
