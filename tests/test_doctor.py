"""What the doctor sees."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path

import pytest

from hangtag import doctor
from hangtag.doctor import Diagnosis, EngineCheck, Library, Machine, diagnose
from hangtag.engines import registry
from hangtag.errors import MissingExtraError
from hangtag.taxonomy import Taxonomy
from hangtag.testing.scripted import ScriptedEngine

MACHINE = Machine("3.11.0", "Linux x86_64", 2, None, 10**9)
RUNS = EngineCheck("compact", runs=True)


def test_libraries_are_those_that_the_package_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is needed anyway comes with no extra, and developers' tools are left out."""
    monkeypatch.setattr(
        metadata,
        "requires",
        lambda _: [
            "numpy>=1.26",
            "no-such-library>=2",
            'numpy>=2; extra == "train"',
            'no-such-net>=1; extra == "train"',
            "no-such-net>=1; extra == 'vlm'",
            'pytest>=8; extra == "dev"',
        ],
    )
    libraries = {library.name: library for library in doctor._libraries()}
    assert libraries["numpy"].extras == ()
    assert libraries["numpy"].version
    assert libraries["no-such-library"] == Library("no-such-library", None, ())
    assert libraries["no-such-net"].extras == ("train", "vlm")
    assert "pytest" not in libraries


def test_a_missing_library_is_named_and_makes_it_unhealthy() -> None:
    """Those that only an extra needs do not."""
    extra = Library("torch", None, ("train",))
    fine = Diagnosis("1", MACHINE, [Library("numpy", "2", ()), extra], [RUNS])
    assert fine.healthy
    assert fine.extras == {"train": ["torch"]}
    ill = Diagnosis("1", MACHINE, [Library("numpy", None, ())], [RUNS])
    assert not ill.healthy
    assert ill.missing == ["numpy"]


def test_every_engine_is_asked_and_what_fails_tells_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A missing extra, a fault in an engine's library: the others are looked at all the same."""

    def extra_is_missing(_taxonomy: Taxonomy) -> ScriptedEngine:
        raise MissingExtraError("transformers", "vlm")

    def library_is_broken(_taxonomy: Taxonomy) -> ScriptedEngine:
        raise ImportError("DLL load failed")

    openers = {"a": extra_is_missing, "b": library_is_broken, "c": ScriptedEngine}
    monkeypatch.setattr(registry, "_OPENERS", openers)
    diagnosis = diagnose(tmp_path)
    a, b, c = diagnosis.engines
    assert "pip install 'hangtag[vlm]'" in a.hint
    assert "DLL load failed" in b.message
    assert b.hint
    assert c.runs
    assert c.answer
    assert c.truth
    assert diagnosis.machine.cores >= 1
    assert diagnosis.machine.free_disk_bytes > 0
    assert diagnosis.to_json()["healthy"] == diagnosis.healthy


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_java_is_the_one_that_spark_would_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """That of JAVA_HOME, else the first on the path; one that does not run is none."""
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"17.0.1\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert doctor._java() == 'openjdk version "17.0.1"'
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(java.parent))
    assert doctor._java() == 'openjdk version "17.0.1"'
    java.write_text("#!/bin/sh\nexit 1\n")
    assert doctor._java() is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor._java() is None
