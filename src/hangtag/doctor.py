"""What is installed, which engines can run here, and what to do about those that cannot."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import Any

import hangtag
from hangtag.errors import HangtagError

__all__ = ["Diagnosis", "EngineCheck", "Library", "Machine", "diagnose"]

_REQUIREMENT = re.compile(r"""^([A-Za-z0-9._-]+).*?(?:extra\s*==\s*['"]([\w-]+)['"])?\s*\)?$""")


@dataclass(frozen=True)
class Library:
    """A library that hangtag works with. ``extras`` bring it; where there are none it is needed."""

    name: str
    version: str | None
    extras: tuple[str, ...]


@dataclass(frozen=True)
class Machine:
    """``memory_bytes`` is None where it cannot be told; a container's limit counts.

    ``java``: what the Java that Spark would start says of itself; None where there is none.
    """

    python: str
    system: str
    cores: int
    memory_bytes: int | None
    free_disk_bytes: int
    java: str | None = None


@dataclass(frozen=True)
class EngineCheck:
    """Whether an engine opens and answers one drawn photo, or has all that it needs.

    ``answer`` and ``truth`` are of the pattern it saw and of the one that was drawn; ``seconds`` is
    the time of that answer alone; an engine too heavy to be asked in passing has neither.
    ``message`` and ``hint`` say why it does not run.
    """

    name: str
    runs: bool
    version: str = ""
    answer: str = ""
    truth: str = ""
    seconds: float = 0.0
    message: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """All that ``hangtag doctor`` says."""

    hangtag: str
    machine: Machine
    libraries: Sequence[Library]
    engines: Sequence[EngineCheck]

    @property
    def missing(self) -> list[str]:
        """Libraries without which hangtag does not work."""
        return [o.name for o in self.libraries if o.version is None and not o.extras]

    @property
    def extras(self) -> dict[str, list[str]]:
        """Extra → those of its libraries that are not installed, for extras that lack some."""
        found: dict[str, list[str]] = {}
        for library in self.libraries:
            for extra in library.extras if library.version is None else ():
                found.setdefault(extra, []).append(library.name)
        return found

    @property
    def healthy(self) -> bool:
        """Whether all that is needed is there and at least one engine runs."""
        return not self.missing and any(engine.runs for engine in self.engines)

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        return {**asdict(self), "missing": self.missing, "extras": self.extras} | {
            "healthy": self.healthy
        }


def diagnose(folder: Path) -> Diagnosis:
    """Look around; ``folder`` is where the disk's free space is taken. Raises nothing."""
    return Diagnosis(
        hangtag=hangtag.__version__,
        machine=Machine(
            python=platform.python_version(),
            system=f"{platform.system()} {platform.machine()}",
            cores=_cores(),
            memory_bytes=_memory(),
            free_disk_bytes=shutil.disk_usage(folder).free,
            java=_java(),
        ),
        libraries=_libraries(),
        engines=_engines(),
    )


def _libraries() -> list[Library]:
    """Those that the installed package asks for, by name, the needed ones first."""
    try:
        asked = metadata.requires("hangtag") or []
    except metadata.PackageNotFoundError:
        return []  # run from its sources: nobody knows what it asks for
    extras: dict[str, set[str]] = {}
    needed: set[str] = set()
    for requirement in asked:
        match = _REQUIREMENT.match(requirement)
        if match is None or match[2] == "dev":
            continue
        name, extra = match[1].lower(), match[2]
        extras.setdefault(name, set())
        if extra:
            extras[name].add(extra)
        else:
            needed.add(name)
    found = [
        Library(name, _version(name), () if name in needed else tuple(sorted(by)))
        for name, by in extras.items()
    ]
    return sorted(found, key=lambda library: (library.extras, library.name))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _engines() -> list[EngineCheck]:
    try:
        from hangtag.engines.registry import engine_names
    except ImportError as error:
        return [EngineCheck("compact", runs=False, message=str(error), hint=_reinstall())]
    return [_checked(name) for name in engine_names()]


def _checked(name: str) -> EngineCheck:
    try:
        return _asked(name)
    except HangtagError as error:
        return EngineCheck(name, runs=False, message=error.message, hint=error.hint)
    except Exception as error:  # whatever is wrong with an engine, the others are looked at, too
        told = f"{type(error).__name__}: {error}"
        return EngineCheck(name, runs=False, message=told, hint=_reinstall())


def _asked(name: str) -> EngineCheck:
    """Ask an engine for the pattern of a drawn T-shirt, by the way that every photo goes."""
    import numpy as np

    from hangtag.engines.base import PhotoBatch, wants_exact_photos
    from hangtag.engines.registry import look_at_engine, open_engine
    from hangtag.images import PhotoLimits, decode
    from hangtag.taxonomy import default_taxonomy
    from hangtag.testing import random_product

    about = look_at_engine(name)
    if about is not None:
        return EngineCheck(name, runs=True, version=about)
    taxonomy = default_taxonomy()
    pattern = taxonomy["pattern"]
    engine = open_engine(name, taxonomy)
    product = random_product(np.random.default_rng(2), "Tshirts")
    file = BytesIO()
    product.photo(640).save(file, "JPEG", quality=90)
    exact = wants_exact_photos(engine)
    pixels = decode(file.getvalue(), engine.sides, PhotoLimits(), exact=exact)
    start = time.perf_counter()
    answers = engine.answer(PhotoBatch(["drawn"], pixels[None], [{}]), [pattern])
    seconds = time.perf_counter() - start
    return EngineCheck(
        name,
        runs=True,
        version=engine.version,
        answer=pattern.names[int(answers.scores["pattern"][0].argmax())],
        truth=product.truth["pattern"][0],
        seconds=round(seconds, 4),
    )


def _reinstall() -> str:
    return f"Install it anew: {Path(sys.executable).name} -m pip install --force-reinstall hangtag"


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if found is None:
        return None
    try:
        told = subprocess.run(  # noqa: S603 - the very program that Spark would start
            [found, "-version"], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return next(iter((told.stderr or told.stdout).splitlines()), "")


def _cores() -> int:
    if sys.platform != "win32" and hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int | None:
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    for limit in (
        Path("/sys/fs/cgroup/memory.max"),
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    ):
        try:
            total = min(total, int(limit.read_text()))
        except (OSError, ValueError):
            continue
    return total
