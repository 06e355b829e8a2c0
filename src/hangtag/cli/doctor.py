"""The verb ``doctor``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hangtag.cli.options import common

if TYPE_CHECKING:
    from hangtag.doctor import Diagnosis, EngineCheck

__all__ = ["doctor"]


@click.command(short_help="Say what can run here and what is missing.")
@common
def doctor(as_json: bool, quiet: bool) -> int:  # noqa: ARG001 - it is short as it is
    """Say what is installed, which engines can run, and how to get what is missing.

    Ends with 1 when nothing can be tagged here.
    """
    from hangtag.doctor import diagnose

    diagnosis = diagnose(Path.cwd())
    if as_json:
        click.echo(json.dumps(diagnosis.to_json(), indent=1))
    else:
        _print(diagnosis)
    return 0 if diagnosis.healthy else 1


def _print(diagnosis: Diagnosis) -> None:
    from hangtag.cli.tables import print_table

    machine = diagnosis.machine
    memory = f"{_gib(machine.memory_bytes)} of memory, " if machine.memory_bytes else ""
    click.echo(f"hangtag {diagnosis.hangtag}, Python {machine.python}, {machine.system}")
    click.echo(f"{machine.cores} cores, {memory}{_gib(machine.free_disk_bytes)} of disk free here")
    if any(library.name == "pyspark" and library.version for library in diagnosis.libraries):
        without = "no Java, which Spark needs (17 or later), unless it is reached at sc://HOST"
        click.echo(f"For Spark: {machine.java or without}")

    click.echo("\nEngines")
    print_table((e.name, "runs" if e.runs else "does not run", _says(e)) for e in diagnosis.engines)

    click.echo("\nLibraries")
    print_table(
        (o.name, o.version or "missing") for o in diagnosis.libraries if o.version or not o.extras
    )
    if diagnosis.missing:
        click.echo(f"\nMissing. Get it with: pip install {' '.join(diagnosis.missing)}")
    for extra, names in diagnosis.extras.items():
        click.echo(
            f"\nNot installed, and only needed for '{extra}': {', '.join(names)}"
            f"\n  pip install 'hangtag[{extra}]'"
        )
    if diagnosis.healthy:
        click.echo("\nAll that is needed is there. Try it: hangtag demo")


def _says(engine: EngineCheck) -> str:
    if not engine.runs:
        return f"{engine.message} {engine.hint}".strip()
    if not engine.answer:
        return engine.version
    seen = "rightly" if engine.answer == engine.truth else f"though it is {engine.truth}"
    return (
        f"{engine.version}; saw a drawn T-shirt as {engine.answer}, {seen}, "
        f"in {engine.seconds * 1000:.0f} ms"
    )


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
