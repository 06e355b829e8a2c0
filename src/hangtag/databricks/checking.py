"""A bundle, checked offline: fields, references, names, entry points, parameters of tasks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

from hangtag.databricks.names import Names
from hangtag.databricks.sdk_fields import field_faults, resource_kinds
from hangtag.databricks.tasks import parser
from hangtag.errors import HangtagError, TaxonomyError, UsageError
from hangtag.yamlfile import load_yaml

__all__ = ["LIVE", "Finding", "check_bundle"]

# What no check on this side can see.
LIVE = (
    "that the catalog, the schema and the volume exist, and that the jobs' principal may use them "
    "(sql/permissions.sql)",
    "that the cloud has the node types, and quota for GPUs (cpu_node_type, gpu_node_type)",
    "that clusters can install hangtag and see the volume at its path",
    "that MERGE, primary keys and the change data feed behave in the runtime as documented",
    "that both models are registered, at the versions named, before the endpoints are deployed",
    "that the AI Search endpoint comes online, and the index fills",
    "how fast and at what price any of it runs",
)

_REFERENCE = re.compile(r"\$\{([^}]+)\}")
_PARAMETER = re.compile(r"\{\{([^}]+)\}\}")
# Of bundles, in every resource; they are no fields of the API.
_OF_BUNDLES = ("permissions", "lifecycle")
_TOP = {
    "bundle", "include", "variables", "targets", "resources", "permissions", "artifacts", "sync",
    "workspace", "run_as", "experimental", "presets", "scripts",
}  # fmt: skip
_KNOWN = ("bundle.name", "bundle.target", "workspace.current_user.userName",
          "workspace.current_user.short_name", "workspace.file_path", "workspace.root_path",
          "workspace.host")  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and where."""

    file: str
    what: str


def check_bundle(folder: Path) -> list[Finding]:
    """Everything that is wrong with a bundle, as far as it shows without a workspace.

    Raises UsageError where there is no bundle, MissingExtraError without databricks-sdk.
    """
    root = folder / "databricks.yml"
    if not root.is_file():
        raise UsageError(
            f"There is no bundle in {folder}: it has no databricks.yml.",
            "Write one: hangtag databricks init.",
        )
    kinds = resource_kinds()
    found: list[Finding] = []
    parts: dict[str, dict[str, Any]] = {}
    for path in [root, *_included(folder, root, found)]:
        name = path.relative_to(folder).as_posix()
        try:
            parts[name] = load_yaml(path)
        except TaxonomyError as error:
            found.append(Finding(name, error.message))
    whole: dict[str, dict[str, tuple[str, Any]]] = {}
    for name, data in parts.items():
        unknown = sorted(set(data) - _TOP)
        found += [Finding(name, f"{key}: there is no such part of a bundle") for key in unknown]
        for kind, resources in (data.get("resources") or {}).items():
            if kind not in kinds:
                found.append(Finding(name, f"resources.{kind}: a kind that is not checked here"))
                continue
            for key, resource in (resources or {}).items():
                if key in whole.setdefault(kind, {}):
                    found.append(Finding(name, f"resources.{kind}.{key}: it is there twice"))
                whole[kind][key] = (name, resource)
                bare = {n: v for n, v in resource.items() if n not in _OF_BUNDLES}
                place = f"resources.{kind}.{key}"
                found += [Finding(name, f) for f in field_faults(kinds[kind], bare, place)]
    variables = (parts.get("databricks.yml") or {}).get("variables") or {}
    values = {n: str((v or {}).get("default", "")) for n, v in variables.items()}
    targets = (parts.get("databricks.yml") or {}).get("targets") or {}
    known = {*_KNOWN, *(f"var.{name}" for name in variables)}
    known |= {f"resources.{kind}.{key}" for kind, of in whole.items() for key in of}
    for name, data in parts.items():
        found += [Finding(name, what) for what in _dangling(data, known)]
    found += [Finding("databricks.yml", what) for what in _names(values, targets)]
    for key, (name, job) in whole.get("jobs", {}).items():
        if isinstance(job, dict):
            file = (folder / name).parent
            found += [Finding(name, f"resources.jobs.{key}.{f}") for f in _job(job, values, file)]
    return found


def _included(folder: Path, root: Path, found: list[Finding]) -> Iterator[Path]:
    try:
        patterns = load_yaml(root).get("include") or []
    except TaxonomyError:
        return  # it is told when the file is read
    for pattern in patterns:
        there = sorted(folder.glob(pattern))
        if not there:
            found.append(Finding("databricks.yml", f"include: nothing matches {pattern}"))
        yield from there


def _dangling(value: Any, known: set[str], place: str = "") -> Iterator[str]:
    """References to what is not there."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _dangling(part, known, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _dangling(part, known, f"{place}[{number}]")
    elif isinstance(value, str):
        for name in _REFERENCE.findall(value):
            whole = ".".join(name.split(".")[:3]) if name.startswith("resources.") else name
            if whole not in known:
                yield f"{place}: ${{{name}}} refers to nothing"


def _names(values: Mapping[str, str], targets: Mapping[str, Any]) -> Iterator[str]:
    """Names that Unity Catalog would refuse, in variables and in what targets make of them."""
    told = {"catalog", "schema", "volume", "prefix"}
    for target, settings in [("variables", {}), *targets.items()]:
        own = {n: str(v) for n, v in ((settings or {}).get("variables") or {}).items()}
        for name in own.keys() - values.keys():
            yield f"targets.{target}.variables.{name}: there is no such variable"
        all_of = {**values, **own}
        try:
            Names(
                **{n: all_of[n] for n in told & all_of.keys()},
                **({"endpoint": all_of["index_endpoint"]} if "index_endpoint" in all_of else {}),
            )
        except UsageError as error:
            yield f"{target}: {error.message}"


def _job(job: Mapping[str, Any], values: Mapping[str, str], folder: Path) -> Iterator[str]:
    tasks = [task for task in job.get("tasks") or [] if isinstance(task, dict)]
    keys = [str(task.get("task_key")) for task in tasks]
    clusters = {cluster.get("job_cluster_key") for cluster in job.get("job_clusters") or []}
    parameters = {parameter.get("name") for parameter in job.get("parameters") or []}
    for key in {key for key in keys if keys.count(key) > 1}:
        yield f"tasks.{key}: it is there twice"
    after = {
        str(task.get("task_key")): [str(d.get("task_key")) for d in task.get("depends_on") or []]
        for task in tasks
    }
    for key, others in after.items():
        for other in others:
            if other not in after:
                yield f"tasks.{key}: it depends on {other}, which is not there"
    yield from _circles(after)
    used = {task.get("job_cluster_key") for task in tasks}
    for cluster in sorted(str(c) for c in clusters - used):
        yield f"job_clusters.{cluster}: no task uses it"
    for task in tasks:
        place = f"tasks.{task.get('task_key')}"
        wanted = task.get("job_cluster_key")
        if wanted is not None and wanted not in clusters:
            yield f"{place}: there is no cluster {wanted} in this job"
        for name in _PARAMETER.findall(repr(task)):
            kind, _, parameter = name.strip().rpartition(".")
            if kind == "job.parameters" and parameter not in parameters:
                yield f"{place}: the job has no parameter {parameter}"
        python = task.get("spark_python_task")
        if isinstance(python, dict):
            yield from (f"{place}: {fault}" for fault in _python(python, values, folder))


def _circles(after: Mapping[str, list[str]]) -> Iterator[str]:
    left = dict(after)
    while left:
        free = [key for key, others in left.items() if not set(others) & left.keys()]
        if not free:
            yield f"tasks: {', '.join(sorted(left))} wait for each other"
            return
        for key in free:
            del left[key]


def _python(task: Mapping[str, Any], values: Mapping[str, str], folder: Path) -> Iterator[str]:
    """The file is there, what it imports from hangtag exists, and takes the parameters."""
    path = folder / str(task.get("python_file"))
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        yield f"{task.get('python_file')} is no Python file: {error}"
        return
    ours = False
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "hangtag":
            ours |= node.module == "hangtag.databricks.tasks"
            try:
                module = import_module(str(node.module))
            except ImportError as error:
                yield f"{path.name}: {error}"
                continue
            for alias in node.names:
                if not hasattr(module, alias.name):
                    yield f"{path.name}: {node.module} has no {alias.name}"
    if not ours:
        return
    told = [_resolved(str(one), values) for one in task.get("parameters") or []]
    complaint = StringIO()
    try:
        with redirect_stderr(complaint):
            parser().parse_args(told)
    except SystemExit:
        yield f"parameters: {complaint.getvalue().strip().splitlines()[-1]}"
    except HangtagError as error:
        yield f"parameters: {error.message}"


def _resolved(text: str, values: Mapping[str, str]) -> str:
    """With the defaults of variables; what a job's parameter will be, nobody knows yet."""
    text = _REFERENCE.sub(lambda m: values.get(m[1].removeprefix("var."), m[0]), text)
    return _PARAMETER.sub("1", text)
