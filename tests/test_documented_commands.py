"""What the documents tell people to type is what the command takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hangtag.cli.app import app

TOP = Path(__file__).parents[1]
# Generated from what the commands themselves say.
GENERATED = "cli.md"
FOLDERS = ("images", "photos", "shop", "smol", "small")
OUR_FILES = re.compile(r"[\w.-]+\.(csv|parquet|yaml|json|jpg|txt|html)")


def commands() -> Iterator[tuple[str, str]]:
    """Lines of code blocks that begin with ``hangtag``, whole, without what goes on elsewhere.

    That is an ellipsis, or a cloud's Volume.
    """
    for path in (TOP / "README.md", *(TOP / "docs").glob("*.md")):
        text = path.read_text("utf-8").replace("\\\n", " ")
        for block in re.findall(r"^```(?:console)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                told = line.removeprefix("$ ")
                elsewhere = re.search("…|/Volumes/", told) or path.name == GENERATED
                if told.startswith("hangtag ") and not elsewhere:
                    yield path.name, told


@pytest.mark.parametrize(("document", "command"), sorted(set(commands())))
def test_a_documented_command_is_understood(
    document: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verb, options and values, where the files and folders that it names are there."""
    assert document
    monkeypatch.chdir(tmp_path)
    _, verb, *rest = shlex.split(command, comments=True)
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    for word in rest:
        if OUR_FILES.fullmatch(word):
            (tmp_path / word).write_text("id\n")
    # As people get there: a command keeps the settings of whoever calls it first.
    context = click.Context(app, info_name="hangtag", **app.context_settings)
    context = app.commands[verb].make_context(verb, rest, parent=context)
    assert context.command_path == f"hangtag {verb}"


def test_there_are_commands_to_try() -> None:
    """Or the documents are written in another way than this looks for."""
    assert len(set(commands())) > 50
