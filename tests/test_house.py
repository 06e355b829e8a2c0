"""The plan of the house: who may import whom and what, and what starts light."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "hangtag"
FILES = sorted(SOURCE.rglob("*.py"))

# A module imports from lower floors only, and from its own package.
FLOORS = (
    {"errors"},
    {"interrupting", "locking", "npzfile", "photo_faults", "words", "yamlfile"},
    {"delta", "hub", "images", "onnxfile", "pixels", "taxonomy"},
    {"photo_sources", "remote_photos", "sureness"},
    {"calibration", "photo_pool", "prompts", "readings", "thumbnails", "track_record"},
    {"heads"},
    {"catalog", "engines", "rules"},
    {"texts"},
    {"describe", "embedders", "readingblock", "workspace"},
    {"deriving", "known", "lookup", "querying", "summary"},
    {"planning"},
    {"corrections"},
    {"settling"},
    {"committing", "outcomes"},
    {"asking", "photos_expected"},
    {"running"},
    {"tagging"},
    {"evaluation", "forecasting", "search", "spark"},
    {"databricks", "teaching"},
    {"report", "sampling", "serve", "testing"},
    {"comparison", "demo", "doctor", "review"},
    {"cli"},
    {"__main__"},
)

# Libraries of others, and which files may import them. What is not here is imported nowhere.
LIBRARIES = {
    "PIL": [
        "images.py",
        "photo_faults.py",
        "photo_pool.py",
        "pixels.py",
        "testing/*.py",
        "thumbnails.py",
    ],
    "cleanlab": ["evaluation/label_noise.py"],
    "click": ["cli/*.py"],
    "crepes": ["evaluation/conformal.py"],
    "databricks": ["databricks/sdk_*.py"],
    "deltalake": ["catalog/tables.py", "delta.py"],
    "duckdb": [
        "catalog/selection.py",
        "evaluation/*.py",
        "known.py",
        "querying.py",
        "report/*.py",
        "search/corpus.py",
    ],
    "fastapi": ["review/fastapi_app.py", "serve/fastapi_*.py"],
    "fsspec": ["remote_photos.py"],
    "httpx": ["engines/served/httpx_client.py"],
    "huggingface_hub": ["hub.py"],
    "ir_measures": ["comparison/measures.py"],
    "jinja2": ["report/page.py", "report/template.py", "serve/api_page.py"],
    "lancedb": ["search/lance.py"],
    "mlflow": ["databricks/mlflow_model.py"],
    "numpy": ["*.py"],
    "onnxruntime": ["onnxfile.py"],
    "pyarrow": ["*.py"],
    "pydantic": [
        "engines/vlm/settings.py",
        "review/payloads.py",
        "rules/rulebook.py",
        "serve/*.py",
        "taxonomy.py",
        "yamlfile.py",
    ],
    "pandas": ["databricks/mlflow_model.py"],
    "pyspark": [
        "databricks/cloud_run.py",
        "databricks/tables.py",
        "databricks/tasks.py",
        "spark/*.py",
    ],
    "rich": ["cli/*.py", "evaluation/tables.py"],
    "scipy": [
        "calibration.py",
        "evaluation/metrics.py",
        "sampling/strata.py",
        "sureness.py",
        "texts/regression.py",
        "texts/weighing.py",
    ],
    "sklearn": [
        "corrections/agreement.py",
        "evaluation/metrics.py",
        "teaching/choosing.py",
        "teaching/fitting.py",
        "texts/regression.py",
    ],
    "torch": ["embedders/transformers.py", "engines/vlm/torch_*.py"],
    "transformers": ["embedders/transformers.py", "engines/vlm/torch_*.py"],
    "threadpoolctl": ["teaching/fitting.py", "teaching/words.py"],
    "tokenizers": ["embedders/compact.py"],
    "uvicorn": ["serve/uvicorn_server.py"],
    "yaml": ["yamlfile.py"],
}

# Decoding processes import these, and there are many such processes.
LEAN = (
    "errors.py",
    "images.py",
    "photo_faults.py",
    "photo_pool.py",
    "photo_sources.py",
    "cli/__init__.py",
    "__init__.py",
    "__main__.py",
)
LEAN_LIBRARIES = {"PIL", "numpy"}


def name(file: Path) -> str:
    """The path of a source file inside the package."""
    return file.relative_to(SOURCE).as_posix()


def module(file: Path) -> str:
    """The name by which a source file is imported."""
    parts = [*file.relative_to(SOURCE.parent).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imported(file: Path) -> frozenset[str]:
    """Every module that a file imports, wherever in it; of our own, ``hangtag.…``."""
    return frozenset(_imported(ast.parse(file.read_text(encoding="utf-8"))))


def _imported(tree: ast.AST) -> Iterator[str]:
    ours = {module(file) for file in FILES}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            inside = {f"{node.module}.{alias.name}" for alias in node.names} & ours
            yield from inside or {node.module}


def floor(part: str) -> int:
    """The floor of a part of the package."""
    found = [number for number, parts in enumerate(FLOORS) if part in parts]
    assert found, f"{part} has no floor: give it one in FLOORS of {Path(__file__).name}"
    return found[0]


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_module_imports_from_the_floors_below_it_only(file: Path) -> None:
    """So nothing is tangled, and everything can be tested with what is below it."""
    parts = module(file).split(".")[1:]
    if not parts:
        assert not imported(file) - {"__future__"}
        return
    for other in imported(file):
        if other.startswith("hangtag."):
            target = other.split(".")[1]
            assert target == parts[0] or floor(target) < floor(parts[0]), f"{file} imports {other}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Not even inside a package."""
    graph = {module(file): imported(file) for file in FILES}
    done: set[str] = set()

    def visit(one: str, path: tuple[str, ...]) -> None:
        assert one not in path, " → ".join([*path, one])
        if one not in done:
            for other in sorted(graph[one] & graph.keys() - {one}):
                visit(other, (*path, one))
            done.add(one)

    for one in graph:
        visit(one, ())


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_library_is_imported_in_the_files_that_are_allowed_to(file: Path) -> None:
    """A library that is to be replaced one day has few places to be looked for."""
    for library in {other.split(".")[0] for other in imported(file)}:
        if library == "hangtag" or library in sys.stdlib_module_names:
            continue
        allowed = LIBRARIES.get(library, [])
        assert any(fnmatch(name(file), pattern) for pattern in allowed), f"{file} imports {library}"
        assert name(file) not in LEAN or library in LEAN_LIBRARIES


@pytest.mark.parametrize("file", FILES, ids=name)
def test_what_a_module_offers_is_there_and_in_order(file: Path) -> None:
    """``__all__``: constants, classes, functions, each sorted; nothing twice."""
    if file.name == "__main__.py":
        return
    loaded = importlib.import_module(module(file))
    offered = list(getattr(loaded, "__all__", []))
    assert offered == sorted(set(offered), key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    assert all(hasattr(loaded, one) for one in offered)


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import hangtag", set()),
        ("import hangtag.cli", set()),
        ("from hangtag.cli.entry import run; run(['--help'])", {"click", "colorama"}),
        ("from hangtag.cli.entry import run; run(['tag', '--help'])", {"click", "colorama"}),
        ("import hangtag.photo_pool", {"PIL", "numpy"}),
    ],
)
def test_what_should_start_at_once_loads_no_heavy_library(code: str, allowed: set[str]) -> None:
    """The help, and processes that decode photos, wait for nothing that they do not need."""
    told = "before = set(sys.modules); {}; print(*(set(sys.modules) - before), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {told.format(code)}"],
        capture_output=True,
        text=True,
        check=True,
    )
    roots = {loaded.split(".")[0] for loaded in done.stderr.split()}
    strange = roots - sys.stdlib_module_names - {"__mp_main__", "hangtag"}
    assert strange <= allowed


def test_every_reason_of_a_failure_is_documented() -> None:
    """Whoever finds a code in the tables finds it in the docs."""
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    codes = {code for file in FILES for code in _reasons(ast.parse(file.read_text("utf-8")))}
    assert len(codes) > 8
    assert {code for code in codes if f"| `{code}` |" not in page} == set()


def _reasons(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if (
            isinstance(node, ast.Call)
            and isinstance(called, ast.Name)
            and called.id == "PhotoError"
        ):
            told = (part for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant))
            yield from (part.value for part in told if isinstance(part.value, str))


def test_the_generated_docs_are_fresh() -> None:
    """Commands, options and columns are documented as they are."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
