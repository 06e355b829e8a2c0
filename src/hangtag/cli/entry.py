"""From arguments to an exit code: what a verb raises becomes a message and a number.

0    done; failures of single products are reported, not fatal
1    the run could not finish
2    wrong usage
130  stopped by Ctrl-C; what was done is kept
"""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from hangtag.cli.app import app
from hangtag.errors import HangtagError, HangtagWarning

__all__ = ["run"]

_STOPPED = 130


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say and return the exit code; prints, and raises nothing.

    With ``--json`` among the arguments, standard output is one JSON document even when it is an
    error: ``{"error": …, "hint": …}``.
    """
    _print_anything()
    as_json = "--json" in arguments
    debug = "--debug" in arguments or os.environ.get("HANGTAG_DEBUG", "0") not in ("", "0")
    try:
        with _shown_warnings():
            code = app.main(list(arguments), prog_name="hangtag", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        return _told(error.format_message(), _where_to_look(error), error.exit_code, as_json)
    except (click.Abort, KeyboardInterrupt):
        return _told("Stopped.", "What was done is kept.", _STOPPED, as_json)
    except BrokenPipeError:
        # Whoever read our output has enough of it. Python would complain when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if debug:
            traceback.print_exc()
        return _failed(error, as_json)
    return code if isinstance(code, int) else 0


def _failed(error: Exception, as_json: bool) -> int:
    if isinstance(error, HangtagError):
        return _told(error.message, error.hint, error.exit_code, as_json)
    # Ours to mend, not the user's.
    told = f"{type(error).__name__}: {error}"
    hint = "That should not happen. Run it again with --debug, and report what it prints."
    return _told(told, hint, 1, as_json)


def _told(message: str, hint: str, code: int, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({"error": message, "hint": hint}))
    else:
        click.echo(f"hangtag: {message}", err=True)
        if hint:
            click.echo(f"  {hint}", err=True)
    return code


@contextmanager
def _shown_warnings() -> Iterator[None]:
    """Our own warnings are for whoever typed the command: a sentence, not a line of source."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
            if issubclass(category, HangtagWarning):
                click.echo(f"hangtag: {message}", err=True)
            else:
                usual(message, category, *rest, **more)

        warnings.simplefilter("always", HangtagWarning)
        warnings.showwarning = show
        yield


def _where_to_look(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"See {context.command_path} --help." if context else ""


def _print_anything() -> None:
    # A console or pipe with a narrow encoding shows a question mark rather than an error.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
