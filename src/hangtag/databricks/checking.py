"""A bundle, checked offline: fields, references, names, entry points, parameters of tasks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

from hangtag.databricks.names import Names
from hangtag.databricks.parts import Part
from hangtag.databricks.sdk_fields import Fault, Place, field_faults
from hangtag.databricks.sdk_kinds import resource_kinds
from hangtag.databricks.tasks import parser
from hangtag.errors import HangtagError, TaxonomyError, UsageError
from hangtag.yamlfile import line_of, load_yaml

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
_KNOWN = ("bundle.name", "bundle.target", "workspace.current_user.userName",
          "workspace.current_user.short_name", "workspace.file_path", "workspace.root_path",
          "workspace.host")  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and where. ``line``: from 1 on; None where it is no line's fault."""

    file: str
    what: str
    line: int | None = None


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

    def tell(name: str, faults: Iterable[Fault]) -> None:
        for fault in faults:
            found.append(Finding(name, str(fault), line_of(folder / name, fault.place)))

    whole: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {}
    for name, data in parts.items():
        tell(name, field_faults(Part, data, ()))
        for place, kind, key, resource in _resources(data):
            if kind not in kinds:
                tell(name, [Fault(place[:-1], "a kind that is not checked here")])
                continue
            in_target = place[0] == "targets"
            tell(name, field_faults(kinds[kind], resource, place, partial=in_target))
            if in_target or not isinstance(resource, dict):
                continue
            if key in whole.setdefault(kind, {}):
                tell(name, [Fault(place, "it is there twice")])
            whole[kind][key] = (name, resource)
    top = parts.get("databricks.yml") or {}
    variables = _mapping(top.get("variables"))
    values = {n: str(_mapping(v).get("default", "")) for n, v in variables.items()}
    targets = {n: _mapping(target) for n, target in _mapping(top.get("targets")).items()}
    known = {*_KNOWN, *(f"var.{name}" for name in variables)}
    known |= {f"resources.{kind}.{key}" for kind, of in whole.items() for key in of}
    for name, data in parts.items():
        tell(name, _dangling(data, known))
    tell("databricks.yml", _names(values, targets))
    for key, (name, job) in whole.get("jobs", {}).items():
        here = ("resources", "jobs", key)
        faults = _job(job, values, (folder / name).parent)
        tell(name, (Fault((*here, *fault.place), fault.what) for fault in faults))
    return found


def _mapping(value: Any) -> dict[str, Any]:
    """What should be one; where it is none, that is told by its fields."""
    return value if isinstance(value, dict) else {}


def _resources(data: Mapping[str, Any]) -> Iterator[tuple[Place, str, str, Any]]:
    """Place, kind, key and definition of each, those that targets lay over others too."""
    places: list[tuple[Place, Any]] = [(("resources",), data.get("resources"))]
    for name, target in _mapping(data.get("targets")).items():
        places.append((("targets", name, "resources"), _mapping(target).get("resources")))
    for place, kinds in places:
        for kind, resources in _mapping(kinds).items():
            for key, resource in _mapping(resources).items():
                yield (*place, kind, key), kind, key, resource


def _included(folder: Path, root: Path, found: list[Finding]) -> Iterator[Path]:
    try:
        patterns = load_yaml(root).get("include")
    except TaxonomyError:
        return  # it is told when the file is read
    for number, pattern in enumerate(patterns if isinstance(patterns, list) else []):
        there = sorted(folder.glob(str(pattern)))
        if not there:
            line = line_of(root, ("include", number))
            found.append(Finding(root.name, f"include: nothing matches {pattern}", line))
        yield from there


def _dangling(value: Any, known: set[str], place: Place = ()) -> Iterator[Fault]:
    """References to what is not there."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _dangling(part, known, (*place, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _dangling(part, known, (*place, number))
    elif isinstance(value, str):
        for name in _REFERENCE.findall(value):
            whole = ".".join(name.split(".")[:3]) if name.startswith("resources.") else name
            if whole not in known:
                yield Fault(place, f"${{{name}}} refers to nothing")


def _names(values: Mapping[str, str], targets: Mapping[str, Any]) -> Iterator[Fault]:
    """Names that Unity Catalog would refuse, in variables and in what targets make of them."""
    told = {"catalog", "schema", "volume", "prefix"}
    for target, settings in [("", {}), *targets.items()]:
        place: Place = ("targets", target, "variables") if target else ("variables",)
        own = {n: str(v) for n, v in _mapping(settings.get("variables")).items()}
        for name in own.keys() - values.keys():
            yield Fault((*place, name), "there is no such variable")
        all_of = {**values, **own}
        try:
            Names(
                **{n: all_of[n] for n in told & all_of.keys()},
                **({"endpoint": all_of["index_endpoint"]} if "index_endpoint" in all_of else {}),
            )
        except UsageError as error:
            yield Fault(place, error.message)


def _dicts(value: Any) -> list[tuple[int, dict[str, Any]]]:
    """The mappings of a list, with their places; that others are none is told by their fields."""
    parts = enumerate(value if isinstance(value, list) else [])
    return [(number, part) for number, part in parts if isinstance(part, dict)]


def _job(job: Mapping[str, Any], values: Mapping[str, str], folder: Path) -> Iterator[Fault]:
    tasks = _dicts(job.get("tasks"))
    keys = [str(task.get("task_key")) for _, task in tasks]
    clusters = {
        str(cluster.get("job_cluster_key")): number
        for number, cluster in _dicts(job.get("job_clusters"))
    }
    parameters = {parameter.get("name") for _, parameter in _dicts(job.get("parameters"))}
    after: dict[str, list[str]] = {}
    for (number, task), key in zip(tasks, keys, strict=True):
        if key in after:
            yield Fault(("tasks", number), f"the task {key} is there twice")
        after[key] = [str(other.get("task_key")) for _, other in _dicts(task.get("depends_on"))]
    for (number, _), key in zip(tasks, keys, strict=True):
        for other in after[key]:
            if other not in after:
                what = f"it depends on {other}, which is not there"
                yield Fault(("tasks", number, "depends_on"), what)
    yield from _circles(after)
    used = {str(task.get("job_cluster_key")) for _, task in tasks}
    for cluster, number in clusters.items():
        if cluster not in used:
            yield Fault(("job_clusters", number), f"no task uses {cluster}")
    for number, task in tasks:
        place: Place = ("tasks", number)
        wanted = task.get("job_cluster_key")
        if wanted is not None and str(wanted) not in clusters:
            what = f"there is no cluster {wanted} in this job"
            yield Fault((*place, "job_cluster_key"), what)
        for name in _PARAMETER.findall(repr(task)):
            kind, _, parameter = name.strip().rpartition(".")
            if kind == "job.parameters" and parameter not in parameters:
                yield Fault(place, f"the job has no parameter {parameter}")
        python = task.get("spark_python_task")
        if isinstance(python, dict):
            here = (*place, "spark_python_task")
            yield from (Fault(here, fault) for fault in _python(python, values, folder))


def _circles(after: Mapping[str, list[str]]) -> Iterator[Fault]:
    left = dict(after)
    while left:
        free = [key for key, others in left.items() if not set(others) & left.keys()]
        if not free:
            yield Fault(("tasks",), f"{', '.join(sorted(left))} wait for each other")
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
