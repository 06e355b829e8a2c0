"""One writer at a time: a lock that the kernel frees when its holder dies, however it dies."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hangtag.errors import WorkspaceBusyError

__all__ = ["hold"]

_POLL_SECONDS = 0.2


@contextmanager
def hold(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock file ``path``, which is made where it is missing and never removed.

    The file says in JSON who holds it or held it last. Another process that holds it: raises
    WorkspaceBusyError that names it, or with ``wait`` comes back when it is free. The lock is that
    of ``flock``: on a network drive it is as good as the drive's.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _locked(file):
            if not wait:
                raise WorkspaceBusyError(
                    f"Another run is working on {path.parent}: {_holder(path)}.",
                    "Wait for it to end, add --wait, or stop it; what it has done is kept.",
                )
            time.sleep(_POLL_SECONDS)
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(file, 0)
        os.write(file, json.dumps(holder).encode())
        yield
    finally:
        # Closing frees the lock. Removing the file would let two runs lock two files of one name.
        os.close(file)


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "it has only just begun"


if sys.platform == "win32":
    import msvcrt

    def _locked(file: int) -> bool:
        # One byte far behind the text: Windows keeps others from reading what is locked.
        os.lseek(file, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _locked(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
